// Platform::to_xml: the platform as a file that SimGrid reads, with the layout that the builder makes.
#include "wrench_serverless/platform.hpp"

#include "model/platform_file.hpp"
#include "model/platform_layout.hpp"
#include "model/platform_text.hpp"
#include "model/profile.hpp"
#include "model/whole_file.hpp"
#include "model/xml_document.hpp"
#include "wrench_serverless/errors.hpp"

#include <array>
#include <charconv>
#include <system_error>

namespace wrench_serverless {
namespace {

// The shortest text that reads back as exactly this number, whatever the locale.
std::string number(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

// ' name="value"'
std::string attribute(std::string_view name, std::string_view value) {
  return std::string(" ").append(name).append("=\"").append(model::xml_escaped(value)).append("\"");
}

std::string property(std::string_view id, std::string_view value) {
  return "<prop" + attribute("id", id) + attribute("value", value) + "/>";
}

std::string host_xml(const Platform::Host& host) {
  return "    <host" + attribute("id", host.name) + attribute("speed", number(host.options.speed) + "f") +
         attribute("core", std::to_string(host.options.cores)) + ">\n" + model::contents_of_host(host) +
         "    </host>\n";
}

std::string properties_xml(const std::vector<Platform::Property>& properties, std::string_view before,
                           std::string_view after) {
  std::string xml;
  for (const auto& [name, value] : properties)
    xml.append(before).append(property(name, value)).append(after);
  return xml;
}

std::string link_xml(std::string_view name, const LinkOptions& link,
                     const std::vector<Platform::Property>& properties = {}) {
  constexpr std::array<std::string_view, 3> policies{"SHARED", "FATPIPE", "SPLITDUPLEX"};
  return "    <link" + attribute("id", name) + attribute("bandwidth", number(link.bandwidth) + "Bps") +
         attribute("latency", number(link.latency) + "s") +
         attribute("sharing_policy", policies[static_cast<std::size_t>(link.sharing)]) +
         (properties.empty() ? "/>\n" : ">" + properties_xml(properties, "", "") + "</link>\n");
}

std::string route_xml(const Platform& platform, const Platform::Route& route) {
  std::string xml = "    <route" + attribute("src", platform.vertices()[route.source].name) +
                    attribute("dst", platform.vertices()[route.destination].name) +
                    attribute("symmetrical", route.symmetrical ? "YES" : "NO") + ">";
  for (const auto [index, down] : route.links) {
    const Platform::Link& link = platform.links()[index];
    xml += "<link_ctn" + attribute("id", link.name);
    if (link.options.sharing == LinkSharing::SplitDuplex)
      xml += attribute("direction", down ? "DOWN" : "UP");
    xml += "/>";
  }
  return xml + "</route>\n";
}

// The link as host_link wants it: without a direction, so that a split-duplex one is named by its halves.
std::string half(const Platform& platform, Platform::RouteLink link) {
  const Platform::Link& whole = platform.links()[link.link];
  if (whole.options.sharing != LinkSharing::SplitDuplex)
    return whole.name;
  return whole.name + (link.down ? "_DOWN" : "_UP");
}

std::string star_xml(const Platform& platform, const std::vector<Spoke>& spokes) {
  std::string xml = link_xml(loopback_name, {.bandwidth = loopback_bandwidth, .sharing = LinkSharing::Fatpipe});
  for (const Spoke& spoke : spokes)
    xml += "    <host_link" + attribute("id", platform.vertices()[spoke.vertex].name) +
           attribute("up", half(platform, spoke.up)) + attribute("down", half(platform, spoke.down)) + "/>\n";
  for (const Spoke& spoke : spokes) {
    const std::string& name = platform.vertices()[spoke.vertex].name;
    xml += "    <route" + attribute("src", name) + attribute("dst", name) + "><link_ctn" +
           attribute("id", loopback_name) + "/></route>\n";
  }
  return xml;
}

// As a trace of its own: SimGrid connects each to one element only.
std::string profile_xml(const model::NamedProfile& profile) {
  constexpr std::array<std::string_view, 5> kinds{"HOST_AVAIL", "SPEED", "LINK_AVAIL", "BANDWIDTH", "LATENCY"};
  const std::string_view kind = kinds[static_cast<std::size_t>(profile.kind)];
  const std::string id = std::string(kind) + " of " + profile.element;
  const auto& [steps, stochastic, loops, loop_delay] = profile.pattern;
  std::string xml = "    <trace" + attribute("id", id) +
                    attribute("periodicity", number(loops ? steps.back().date.first + loop_delay : -1.0)) + ">\n";
  for (const auto& [date, value] : steps)
    xml += number(date.first) + " " + number(value.first) + "\n";
  return xml + "    </trace>\n    <trace_connect" + attribute("kind", kind) + attribute("trace", id) +
         attribute("element", profile.element) + "/>\n";
}

} // namespace

std::string model::contents_of_host(const Platform::Host& host) {
  std::string xml;
  if (host.options.ram)
    xml += "      " + property("ram", format_bytes(*host.options.ram)) + "\n";
  xml += properties_xml(host.properties, "      ", "\n");
  for (const DiskOptions& disk : host.disks)
    xml += "      <disk" + attribute("id", disk.name) + attribute("read_bw", number(disk.read_bandwidth) + "Bps") +
           attribute("write_bw", number(disk.write_bandwidth) + "Bps") + ">" +
           property("size", format_bytes(disk.size)) + property("mount", disk.mount) + "</disk>\n";
  return xml;
}

std::string model::added_points_and_links(const Platform& platform) {
  std::string xml;
  for (const Platform::Vertex& vertex : platform.vertices())
    if (!vertex.of_file)
      xml += vertex.host ? host_xml(platform.hosts()[*vertex.host])
                         : "    <router" + attribute("id", vertex.name) + "/>\n";
  for (const Platform::Link& link : platform.links())
    if (!link.of_file)
      xml += link_xml(link.name, link.options, link.properties);
  return xml;
}

std::string model::added_routes(const Platform& platform) {
  std::string xml;
  for (const Platform::Route& route : platform.routes())
    xml += route_xml(platform, route);
  return xml;
}

std::string model::added_profiles(const Platform& platform) {
  std::string xml;
  for (const NamedProfile& profile : profiles_of(platform))
    xml += profile_xml(profile);
  return xml;
}

std::string model::platform_parts(const Platform& platform) {
  std::string xml = added_points_and_links(platform) + added_routes(platform) + added_profiles(platform);
  for (const Platform::Host& host : platform.hosts()) {
    if (host.of_file)
      xml += "<host" + attribute("id", host.name) + ">" + contents_of_host(host) + "</host>";
    for (const auto& [disk, disk_property] : host.disk_properties)
      xml += attribute(host.name, disk) + property(disk_property.name, disk_property.value);
  }
  for (const Platform::Link& link : platform.links())
    if (link.of_file)
      xml += attribute("link", link.name) + properties_xml(link.properties, "", "");
  return xml;
}

std::string Platform::to_xml() const {
  if (file_)
    return model::file_with_additions(*this);
  const PlatformLayout layout = layout_platform(*this);
  constexpr std::array<std::string_view, 3> routings{"Cluster", "Floyd", "DijkstraCache"};
  std::string xml = "<?xml version='1.0'?>\n"
                    "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
                    "<platform version=\"4.1\">\n  <zone";
  xml += attribute("id", zone_name) + attribute("routing", routings[static_cast<std::size_t>(layout.routing)]) + ">\n";
  for (const Vertex& vertex : vertices_)
    xml += vertex.host ? host_xml(hosts_[*vertex.host]) : "    <router" + attribute("id", vertex.name) + "/>\n";
  for (const Link& link : links_)
    xml += link_xml(link.name, link.options, link.properties);
  if (layout.routing == Routing::Star)
    xml += star_xml(*this, layout.spokes);
  else
    for (const Route& route : routes_)
      xml += route_xml(*this, route);
  for (const model::NamedProfile& profile : model::profiles_of(*this))
    xml += profile_xml(profile);
  return xml + "  </zone>\n</platform>\n";
}

void Platform::save_xml(const std::string& path) const {
  const std::string xml = to_xml();
  try {
    model::write_whole_file(path, xml);
  } catch (const std::system_error& error) {
    throw PlatformError("the platform cannot be written to '" + path + "': " + error.code().message());
  }
}

} // namespace wrench_serverless
