#include "bindings/quantities.hpp"
#include "bindings/register.hpp"
#include "model/platform_file.hpp"
#include "model/simgrid_options.hpp"
#include "wrench_serverless/platform.hpp"

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <filesystem>
#include <variant>

namespace wrench_serverless {
namespace {

LinkSharing to_sharing(const std::string& text) {
  if (text == "shared")
    return LinkSharing::Shared;
  if (text == "fatpipe")
    return LinkSharing::Fatpipe;
  if (text == "splitduplex")
    return LinkSharing::SplitDuplex;
  throw std::invalid_argument("sharing: '" + text + "'; give 'shared', 'fatpipe' or 'splitduplex'");
}

using Profile = std::optional<ResourceProfile>;

void add_host(Platform& platform, const std::string& name, int cores, const py::object& speed, const py::object& ram,
              const Profile& state_profile, const Profile& speed_profile) {
  platform.add_host(name, {.cores = cores,
                           .speed = to_speed(speed, "speed"),
                           .ram = to_optional(ram, "ram", to_bytes),
                           .state_profile = state_profile,
                           .speed_profile = speed_profile});
}

void add_disk(Platform& platform, const std::string& host, const std::string& name, const py::object& size,
              const py::object& read_bandwidth, const py::object& write_bandwidth, const std::string& mount) {
  platform.add_disk(host, {.name = name,
                           .size = to_bytes(size, "size"),
                           .read_bandwidth = to_bandwidth(read_bandwidth, "read_bandwidth"),
                           .write_bandwidth = to_bandwidth(write_bandwidth, "write_bandwidth"),
                           .mount = mount});
}

void add_link(Platform& platform, const std::string& name, const py::object& bandwidth, const py::object& latency,
              const std::string& sharing, const Profile& state_profile, const Profile& bandwidth_profile,
              const Profile& latency_profile) {
  platform.add_link(name, {.bandwidth = to_bandwidth(bandwidth, "bandwidth"),
                           .latency = to_seconds(latency, "latency"),
                           .sharing = to_sharing(sharing),
                           .state_profile = state_profile,
                           .bandwidth_profile = bandwidth_profile,
                           .latency_profile = latency_profile});
}

// Dates and the period may be texts ("5min"). What they have to be is checked where the profile is used.
double to_profile_time(const std::variant<double, std::string>& time, const char* argument) {
  const auto* const number = std::get_if<double>(&time);
  return number != nullptr ? *number : parse_seconds(std::get<std::string>(time), argument);
}

ResourceProfile to_profile(const std::vector<std::pair<std::variant<double, std::string>, double>>& points,
                           const std::optional<std::variant<double, std::string>>& period) {
  ResourceProfile profile;
  if (period)
    profile.period = to_profile_time(*period, "period");
  for (const auto& [date, value] : points)
    profile.points.push_back({to_profile_time(date, "points"), value});
  return profile;
}

void register_profile(py::module_& module) {
  py::class_<ResourceProfile> type(module, "ResourceProfile", R"(How a host or a link varies by itself over time.

points: pairs of a date (s, or a text such as "5min"; ascending from 0) and the value from then on: 1 or 0 for a state (on, off), a
share of a host's speed, a bandwidth in bytes/s, a latency in s. With a period (s) it starts again.)");
  type.attr("__module__") = "wrench_serverless";
  type.def(py::init(&to_profile), py::arg("points"), py::arg("period") = py::none())
      .def_property_readonly("points",
                             [](const ResourceProfile& profile) {
                               std::vector<std::pair<double, double>> points;
                               for (const auto& [date, value] : profile.points)
                                 points.emplace_back(date, value);
                               return points;
                             })
      .def_property_readonly("period", [](const ResourceProfile& profile) { return profile.period; });
}

Platform cluster(int nodes, int cores, const py::object& speed, const py::object& ram, const py::object& disk,
                 const py::object& disk_bandwidth, const py::object& link_bandwidth, const py::object& link_latency,
                 const py::object& wan_bandwidth, const py::object& wan_latency, const std::string& sharing,
                 std::optional<int> head_cores, const py::object& head_speed, const py::object& head_ram,
                 const py::object& head_disk, const py::object& head_disk_bandwidth, int user_cores,
                 const py::object& user_speed, const py::object& user_ram, const py::object& user_disk,
                 const py::object& user_disk_bandwidth) {
  return Platform::cluster(
      {.nodes = nodes,
       .cores = cores,
       .speed = to_speed(speed, "speed"),
       .ram = to_bytes(ram, "ram"),
       .disk = to_bytes(disk, "disk"),
       .disk_bandwidth = to_bandwidth(disk_bandwidth, "disk_bandwidth"),
       .link_bandwidth = to_bandwidth(link_bandwidth, "link_bandwidth"),
       .link_latency = to_seconds(link_latency, "link_latency"),
       .wan_bandwidth = to_bandwidth(wan_bandwidth, "wan_bandwidth"),
       .wan_latency = to_seconds(wan_latency, "wan_latency"),
       .sharing = to_sharing(sharing),
       .head_cores = head_cores,
       .head_speed = to_optional(head_speed, "head_speed", to_speed),
       .head_ram = to_optional(head_ram, "head_ram", to_bytes),
       .head_disk = to_optional(head_disk, "head_disk", to_bytes),
       .head_disk_bandwidth = to_optional(head_disk_bandwidth, "head_disk_bandwidth", to_bandwidth),
       .user_cores = user_cores,
       .user_speed = to_speed(user_speed, "user_speed"),
       .user_ram = to_bytes(user_ram, "user_ram"),
       .user_disk = to_bytes(user_disk, "user_disk"),
       .user_disk_bandwidth = to_bandwidth(user_disk_bandwidth, "user_disk_bandwidth")});
}

std::string to_xml(const Platform& platform, const std::optional<std::filesystem::path>& path) {
  if (path)
    platform.save_xml(path->string());
  return platform.to_xml();
}

std::string describe(const Platform& platform) {
  const auto count = [](const auto& parts) {
    return std::ranges::count_if(parts, [](const auto& part) { return !part.of_file; });
  };
  const std::string links = std::to_string(count(platform.links())) + " links";
  if (!platform.file())
    return "<Platform: " + std::to_string(platform.hosts().size()) + " hosts, " + links + ">";
  std::string text =
      "<Platform from '" + platform.file()->path() + "': " + std::to_string(platform.host_names().size()) + " hosts";
  if (count(platform.hosts()) > 0 || count(platform.links()) > 0)
    text += "; added " + std::to_string(count(platform.hosts())) + " hosts, " + links;
  return text + ">";
}

void add_property(Platform& platform, const std::string& element, const std::string& name, const std::string& value,
                  const std::optional<std::string>& disk) {
  if (disk)
    platform.add_disk_property(element, *disk, name, value);
  else
    platform.add_property(element, name, value);
}

void register_cluster(py::class_<Platform>& type) {
  type.def_static(
      "cluster", cluster, py::kw_only(), py::arg("nodes") = 1, py::arg("cores") = 1, py::arg("speed") = "1Gf",
      py::arg("ram") = "64GB", py::arg("disk") = "500GB", py::arg("disk_bandwidth") = "1GBps",
      py::arg("link_bandwidth") = "10Gbps", py::arg("link_latency") = "50us", py::arg("wan_bandwidth") = "1Gbps",
      py::arg("wan_latency") = "10ms", py::arg("sharing") = "splitduplex", py::arg("head_cores") = py::none(),
      py::arg("head_speed") = py::none(), py::arg("head_ram") = py::none(), py::arg("head_disk") = py::none(),
      py::arg("head_disk_bandwidth") = py::none(), py::arg("user_cores") = 1, py::arg("user_speed") = "1Gf",
      py::arg("user_ram") = "64GB", py::arg("user_disk") = "10TB", py::arg("user_disk_bandwidth") = "1GBps",
      R"(A star: hosts "user", "head", "node-0", "node-1" and so on around the router "switch".

Each host has one disk, mounted at "/", and one link to the switch: "wan" for the user, "link-head",
"link-node-0" and so on for the others. Options of the head that are None are those of a node. The
platform can be extended like any other one.)");
}

} // namespace

void register_platform(py::module_& module) {
  register_profile(module);
  py::class_<Platform> type(module, "Platform", R"(A platform built in code, or read from a SimGrid platform file (R1).

Sizes, speeds, bandwidths and times are numbers (bytes, flop/s, bytes/s, s) or texts with a unit. A bad
value is a ValueError that names the argument, a name that is taken or missing a PlatformError. One
platform can serve any number of simulations.)");
  type.attr("__module__") = "wrench_serverless";
  type.def(py::init<>())
      .def("add_host", add_host, py::arg("name"), py::arg("cores") = 1, py::arg("speed") = "1Gf",
           py::arg("ram") = py::none(), py::kw_only(), py::arg("state_profile") = py::none(),
           py::arg("speed_profile") = py::none(),
           R"(Add a host; speed is that of one core. A provider's nodes need ram (R7).

With profiles it goes off and on, or changes its speed, by itself.)")
      .def("add_router", &Platform::add_router, py::arg("name"), "Add a router: routes may start and end there.")
      .def("add_disk", add_disk, py::arg("host"), py::arg("name") = "disk", py::kw_only(), py::arg("size"),
           py::arg("read_bandwidth"), py::arg("write_bandwidth"), py::arg("mount") = "/", "Add a disk to a host.")
      .def("add_link", add_link, py::arg("name"), py::arg("bandwidth"), py::arg("latency") = 0,
           py::arg("sharing") = "shared", py::kw_only(), py::arg("state_profile") = py::none(),
           py::arg("bandwidth_profile") = py::none(), py::arg("latency_profile") = py::none(),
           R"(Add a link. Its bandwidth is "shared" by both directions, or each has it ("splitduplex"), or each
flow ("fatpipe"). With profiles it goes off and on, or changes, by itself.)")
      .def("add_route", &Platform::add_route, py::arg("source"), py::arg("destination"), py::arg("links"),
           py::arg("symmetrical") = true,
           R"(Add a route between two hosts or routers, over these links in this order, and back.

Two hosts without a route of their own talk over the path with the fewest links. A route goes up a
split-duplex link and back down; "name:down" is the other way round.)")
      .def("add_property", add_property, py::arg("element"), py::arg("name"), py::arg("value"), py::kw_only(),
           py::arg("disk") = py::none(),
           R"(Add a property to a host or a link, or to a disk of a host; one that is there already is replaced.

"ram" of a host and "size" and "mount" of a file's disk count here; others are for SimGrid's plugins.)")
      .def_static(
          "from_file", [](const std::filesystem::path& path) { return Platform::from_file(path.string()); },
          py::arg("path"),
          R"(The platform of a SimGrid platform file, to which more can be added.

The file is read and checked now: a PlatformError names the line, the element and the attribute. SimGrid
builds what it says, with its zones and their routing, and the additions on top. Disks and properties go
to any host, also of a <cluster>; hosts, routers and links go into the file's zone, if it has one at its
top. Routes join hosts and routers of one zone; in a zone with Cluster routing, an added host and a router.)")
      .def("to_xml", to_xml, py::arg("path") = py::none(),
           "The platform as a SimGrid platform file; also written to path, if one is given.")
      .def_property_readonly("host_names", &Platform::host_names,
                             "The hosts: those of the file, then those added, in their order.")
      .def("__copy__", [](const Platform& platform) { return Platform(platform); })
      .def("__deepcopy__", [](const Platform& platform, const py::dict&) { return Platform(platform); })
      .def("__repr__", describe);
  register_cluster(type);
  module.def("simgrid_options", model::known_options);
}

} // namespace wrench_serverless
