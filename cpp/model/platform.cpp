#include "wrench_serverless/platform.hpp"

#include "model/platform_file.hpp"
#include "model/profile.hpp"
#include "model/simgrid_units.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace wrench_serverless {
namespace {

std::string quoted(std::string_view name) { return std::string("'").append(name).append("'"); }

// Names go into XML files and messages, and some are SimGrid's or ours.
void check_name(std::string_view name, std::string_view what) {
  constexpr std::array<std::string_view, 3> reserved{"_world_", "__platform__", "__loopback__"};
  if (name.empty())
    throw std::invalid_argument(std::string(what) + ": a name may not be empty");
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    throw std::invalid_argument(std::string(what) + ": the name " + quoted(name) + " has a control character");
  if (std::ranges::find(reserved, name) != reserved.end())
    throw std::invalid_argument(std::string(what) + ": the name " + quoted(name) + " is reserved");
}

std::string of(std::string_view argument, std::string_view what, std::string_view name) {
  return std::string(argument).append(" of ").append(what).append(" ").append(quoted(name));
}

void check_size(Bytes size, const std::string& argument) {
  if (size < 0 || size > max_bytes)
    throw std::invalid_argument(argument + ": " + std::to_string(size) + " bytes; give 0 bytes to 2 EiB");
}

void check_profile(const std::optional<ResourceProfile>& profile, model::ProfileKind kind,
                   const std::string& argument) {
  if (profile)
    static_cast<void>(model::to_pattern(*profile, kind, argument));
}

} // namespace

void Platform::add_host(const std::string& name, const HostOptions& options) {
  check_name(name, "host");
  model::check_cores(options.cores, of("cores", "host", name));
  check_speed(options.speed, of("speed", "host", name));
  model::check_rate(options.speed, of("speed", "host", name));
  if (options.ram)
    check_size(*options.ram, of("ram", "host", name));
  check_profile(options.state_profile, model::ProfileKind::HostState, of("state_profile", "host", name));
  check_profile(options.speed_profile, model::ProfileKind::HostSpeed, of("speed_profile", "host", name));
  add_vertex(name, hosts_.size());
  hosts_.push_back({name, options, {}});
}

void Platform::add_router(const std::string& name) {
  check_name(name, "router");
  add_vertex(name, std::nullopt);
}

void Platform::add_disk(const std::string& host, const DiskOptions& options) {
  Host& owner = find_host(host);
  check_name(options.name, "disk");
  const std::string where = quoted(options.name) + " of host " + quoted(host);
  if (options.size <= 0 || options.size > max_bytes)
    throw std::invalid_argument("size of disk " + where + ": " + std::to_string(options.size) +
                                " bytes; give a positive size of at most 2 EiB");
  check_bandwidth(options.read_bandwidth, "read_bandwidth of disk " + where);
  check_bandwidth(options.write_bandwidth, "write_bandwidth of disk " + where);
  model::check_rate(options.read_bandwidth, "read_bandwidth of disk " + where);
  model::check_rate(options.write_bandwidth, "write_bandwidth of disk " + where);
  check_name(options.mount, "mount of disk " + where);
  auto& disks = owner.disks;
  if (owner.of_file)
    for (const model::FileDisk& disk : file_->disks_of(host)) {
      if (disk.name == options.name)
        throw PlatformError("host " + quoted(host) + " already has a disk " + quoted(options.name));
      if (disk.mount == options.mount)
        throw PlatformError("host " + quoted(host) + " already has a disk mounted at " + quoted(options.mount) + ", " +
                            quoted(disk.name));
    }
  for (const DiskOptions& disk : disks) {
    if (disk.name == options.name)
      throw PlatformError("host " + quoted(host) + " already has a disk " + quoted(options.name));
    if (disk.mount == options.mount)
      throw PlatformError("host " + quoted(host) + " already has a disk mounted at " + quoted(options.mount) + ", " +
                          quoted(disk.name));
  }
  disks.push_back(options);
}

void Platform::add_link(const std::string& name, const LinkOptions& options) {
  check_name(name, "link");
  check_bandwidth(options.bandwidth, of("bandwidth", "link", name));
  model::check_rate(options.bandwidth, of("bandwidth", "link", name));
  check_seconds(options.latency, of("latency", "link", name));
  model::check_latency(options.latency, of("latency", "link", name));
  check_profile(options.state_profile, model::ProfileKind::LinkState, of("state_profile", "link", name));
  check_profile(options.bandwidth_profile, model::ProfileKind::LinkBandwidth, of("bandwidth_profile", "link", name));
  check_profile(options.latency_profile, model::ProfileKind::LinkLatency, of("latency_profile", "link", name));
  // SimGrid makes two links out of a split-duplex one, and these names have to be free as well.
  std::vector<std::string> names{name};
  if (options.sharing == LinkSharing::SplitDuplex)
    names.insert(names.end(), {name + "_UP", name + "_DOWN"});
  for (const std::string& one : names)
    if (link_index_.contains(one) || (file_ && file_->find_link(one)))
      throw PlatformError("there is already a link " + quoted(one));
  for (const std::string& one : names)
    link_index_.emplace(one, links_.size());
  links_.push_back({name, options});
}

void Platform::add_route(const std::string& source, const std::string& destination,
                         const std::vector<std::string>& links, bool symmetrical) {
  const std::size_t from = find_vertex(source, "source");
  const std::size_t to = find_vertex(destination, "destination");
  const std::string where = "route from " + quoted(source) + " to " + quoted(destination);
  if (from == to)
    throw std::invalid_argument(where + ": source and destination are the same");
  if (links.empty())
    throw std::invalid_argument(where + ": links: give at least one");
  Route route{from, to, {}, symmetrical};
  route.links.reserve(links.size());
  for (const std::string& link : links)
    route.links.push_back(find_link(link));
  if (edges_.contains((std::uint64_t{from} << 32) | to) ||
      (symmetrical && edges_.contains((std::uint64_t{to} << 32) | from)))
    throw PlatformError("there is already a " + where + (symmetrical ? ", or back (routes are symmetrical)" : ""));
  edges_.insert((std::uint64_t{from} << 32) | to);
  if (symmetrical)
    edges_.insert((std::uint64_t{to} << 32) | from);
  routes_.push_back(std::move(route));
}

Platform Platform::from_file(const std::string& path) {
  Platform platform;
  platform.file_ = model::PlatformFile::read(path);
  return platform;
}

std::vector<std::string> Platform::host_names() const {
  std::vector<std::string> names;
  if (file_)
    names = file_->host_names();
  for (const Host& host : hosts_)
    if (!host.of_file)
      names.push_back(host.name);
  return names;
}

void Platform::add_vertex(const std::string& name, std::optional<std::size_t> host) {
  if (vertex_index_.contains(name) || (file_ && file_->has_point(name)))
    throw PlatformError("there is already a host or router " + quoted(name));
  vertex_index_.emplace(name, vertices_.size());
  vertices_.push_back({name, host});
}

Platform::Host& Platform::find_host(const std::string& name) {
  if (file_ && file_->element_of_host(name) != nullptr) {
    const auto [place, is_new] = host_index_.emplace(name, hosts_.size());
    if (is_new)
      hosts_.push_back({.name = name, .options = {}, .disks = {}, .of_file = true});
    return hosts_[place->second];
  }
  const auto index = vertices_[find_vertex(name, "host")].host;
  if (!index)
    throw PlatformError("host: " + quoted(name) + " is a router, which has neither disks nor properties");
  return hosts_[*index];
}

std::size_t Platform::find_vertex(const std::string& name, std::string_view argument) {
  const auto found = vertex_index_.find(name);
  if (found != vertex_index_.end())
    return found->second;
  if (!file_ || !file_->has_point(name))
    throw PlatformError(std::string(argument) + ": there is no host or router " + quoted(name));
  vertex_index_.emplace(name, vertices_.size());
  vertices_.push_back({.name = name, .host = {}, .of_file = true});
  return vertices_.size() - 1;
}

// Null if there is none.
std::size_t* Platform::find_link_index(const std::string& name) {
  const auto found = link_index_.find(name);
  if (found != link_index_.end())
    return links_[found->second].name == name ? &found->second : nullptr;
  const auto of_file = file_ ? file_->find_link(name) : std::nullopt;
  if (!of_file)
    return nullptr;
  links_.push_back({.name = name, .options = {.sharing = *of_file}, .of_file = true});
  return &link_index_.emplace(name, links_.size() - 1).first->second;
}

Platform::RouteLink Platform::find_link(const std::string& name) {
  // A link may itself be called "x:down": its own name comes first.
  for (const std::string_view suffix : {"", ":up", ":down"}) {
    if (!name.ends_with(suffix))
      continue;
    const std::string base = name.substr(0, name.size() - suffix.size());
    const std::size_t* index = find_link_index(base);
    if (index == nullptr)
      continue;
    if (!suffix.empty() && links_[*index].options.sharing != LinkSharing::SplitDuplex)
      throw std::invalid_argument("links: " + quoted(name) + ": link " + quoted(base) +
                                  " is not split-duplex, it has no direction");
    return {*index, suffix == ":down"};
  }
  throw PlatformError("links: there is no link " + quoted(name));
}

} // namespace wrench_serverless
