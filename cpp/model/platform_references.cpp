// What elements of a platform file say of others. SimGrid looks for these too, but names neither the element nor, for
// links, the line.
#include "model/platform_checks.hpp"
#include "model/platform_file.hpp"
#include "model/simgrid_units.hpp"
#include "model/xml_document.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wrench_serverless::model {
namespace {

class ReferenceChecker {
public:
  explicit ReferenceChecker(const PlatformFile& file) : file_(file), elements_(file.document().elements()) {
    for (std::size_t i = 0; i < elements_.size(); ++i)
      index(i);
  }

  void check() const {
    for (const XmlElement& element : elements_) {
      if (element.name == "prop" && element.value("id") == "remote_disk")
        check_remote_disk(element);
      else if (element.name == "link_ctn")
        check_link(element, "id");
      else if (element.name == "host_link")
        check_host_link(element);
      else if (element.name == "trace_connect")
        check_profiled(element);
      else if (element.find("src") != nullptr)
        check_route(element);
    }
  }

private:
  void index(std::size_t index) {
    const XmlElement& element = elements_[index];
    if (element.name == "cluster" || element.name == "zone" || element.name == "AS")
      if (!zones_.emplace(element.value("id"), index).second)
        throw FileError(element.line, "id of " + title(element) + ": there is another zone or cluster of that name");
    if (element.name == "router")
      routers_.emplace(element.value("id"), index);
    if (element.name == "cabinet")
      prefixes_.emplace_back("link_");
    else if (element.name == "cluster")
      prefixes_.push_back(is_flat(element) ? element.value("id") + "_" : "");
    if (element.name == "link")
      links_.push_back(element.value("id"));
  }

  // Between hosts and routers, or between the zones of a zone, by way of a host or router within each.
  void check_route(const XmlElement& route) const {
    const bool of_zones = route.name.ends_with("oneRoute") || route.name.ends_with("ASroute");
    for (const std::string end : {"src", "dst"}) {
      if (of_zones) {
        check_zone(route, end);
        check_gateway(route, "gw_" + end, zones_.find(route.value(end))->second);
      } else if (!file_.has_point(route.value(end))) {
        fail(route, end, "host or router", file_.host_names());
      }
    }
  }

  void check_zone(const XmlElement& route, const std::string& end) const {
    const auto zone = zones_.find(route.value(end));
    if (zone != zones_.end() && elements_[zone->second].parent == route.parent)
      return;
    std::vector<std::string> known;
    for (const auto& [name, index] : zones_)
      if (elements_[index].parent == route.parent)
        known.push_back(name);
    fail(route, end, "zone in " + title(elements_[route.parent]) + " with the name", known);
  }

  void check_gateway(const XmlElement& route, const std::string& attribute, std::size_t zone) const {
    const std::string name = route.value(attribute);
    if (!file_.has_point(name))
      fail(route, attribute, "host or router", file_.host_names());
    const std::size_t point = index_of(name);
    std::size_t around = point;
    while (around != XmlElement::none && around != zone)
      around = elements_[around].parent;
    if (around == XmlElement::none && point != XmlElement::none)
      throw FileError(route.line, attribute + " of <" + route.name + ">: " + shown(name) + " is not in " +
                                      title(elements_[zone]) + "; give a host or router that is");
  }

  // none: a cluster has it made.
  std::size_t index_of(const std::string& point) const {
    if (const auto router = routers_.find(point); router != routers_.end())
      return router->second;
    const XmlElement* host = file_.element_of_host(point);
    return host == nullptr ? XmlElement::none : static_cast<std::size_t>(host - elements_.data());
  }

  void check_host_link(const XmlElement& host_link) const {
    if (!file_.has_point(host_link.value("id")))
      fail(host_link, "id", "host or router", file_.host_names());
    check_link(host_link, "up");
    check_link(host_link, "down");
  }

  void check_profiled(const XmlElement& connection) const {
    const std::string kind = connection.value("kind");
    if (kind.empty() || kind == "HOST_AVAIL" || kind == "SPEED") {
      if (file_.element_of_host(connection.value("element")) == nullptr)
        fail(connection, "element", "host", file_.host_names());
    } else {
      check_link(connection, "element");
    }
  }

  void check_link(const XmlElement& element, std::string_view attribute) const {
    const std::string name = element.value(attribute);
    const bool may_be_made =
        std::ranges::any_of(prefixes_, [&](const auto& prefix) { return name.starts_with(prefix); });
    if (!may_be_made && !has_link(name))
      fail(element, attribute, "link", links_);
  }
  static bool is_flat(const XmlElement& cluster) {
    const std::string topology = cluster.value("topology");
    return topology.empty() || topology == "FLAT";
  }

  // Also one direction of a link that has two.
  bool has_link(const std::string& name) const {
    if (file_.find_link(name))
      return true;
    for (const std::string_view direction : {"_UP", "_DOWN"})
      if (name.ends_with(direction) &&
          file_.find_link(name.substr(0, name.size() - direction.size())) == LinkSharing::SplitDuplex)
        return true;
    return false;
  }

  void check_remote_disk(const XmlElement& property) const {
    const std::string value = property.value("value");
    const auto parts = split(value, ":");
    const std::string what = "value of <prop> 'remote_disk': " + shown(value);
    if (parts.size() != 3)
      throw FileError(property.line, what + "; give mount:disk:host such as /scratch:Disk1:bob");
    const XmlElement* host = file_.element_of_host(std::string(parts[2]));
    if (host == nullptr)
      throw FileError(property.line, what + ": there is no host " + shown(parts[2]));
    const bool there = std::ranges::any_of(elements_, [&](const XmlElement& element) {
      return element.name == "disk" && &elements_[element.parent] == host && element.value("id") == parts[1];
    });
    if (!there)
      throw FileError(property.line, what + ": host " + shown(parts[2]) + " has no disk " + shown(parts[1]));
  }

  [[noreturn]] static void fail(const XmlElement& element, std::string_view attribute, const std::string& what,
                                const std::vector<std::string>& known) {
    constexpr std::size_t most = 5;
    std::string names;
    for (std::size_t i = 0; i < std::min(known.size(), most); ++i)
      names.append(i == 0 ? "" : ", ").append(shown(known[i]));
    throw FileError(element.line, std::string(attribute) + " of <" + element.name + ">: there is no " + what + " " +
                                      shown(element.value(attribute)) + "; the file has " +
                                      (known.empty() ? "none" : names) + (known.size() > most ? " and more" : ""));
  }

  const PlatformFile& file_;
  const std::vector<XmlElement>& elements_;
  std::map<std::string, std::size_t> zones_, routers_; // elements
  std::vector<std::string> links_;
  std::vector<std::string> prefixes_; // of the names of links that SimGrid makes
};

} // namespace

void check_references(const PlatformFile& file) { ReferenceChecker(file).check(); }

} // namespace wrench_serverless::model
