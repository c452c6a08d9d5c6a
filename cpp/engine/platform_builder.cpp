#include "engine/platform_builder.hpp"

#include "engine/platform_query.hpp"
#include "model/interrupts.hpp"
#include "model/platform_layout.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/s4u/Disk.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/NetZone.hpp>
#include <xbt/config.hpp>

#include <stdexcept>
#include <vector>

namespace wrench_serverless {
namespace {

namespace s4u = simgrid::s4u;

// The platform's vertices and links as SimGrid knows them, by the same indices.
struct Built {
  std::vector<simgrid::kernel::routing::NetPoint*> vertices;
  std::vector<s4u::Host*> hosts; // by vertex; nullptr for routers
  std::vector<s4u::Link*> links;
};

s4u::NetZone* add_zone(s4u::NetZone* root, Routing routing) {
  const std::string name(zone_name);
  switch (routing) {
  case Routing::Star:
    return root->add_netzone_star(name);
  case Routing::Floyd:
    return root->add_netzone_floyd(name);
  case Routing::Dijkstra:
    break;
  }
  return root->add_netzone_dijkstra(name, true);
}

Built add_parts(s4u::NetZone* zone, const Platform& platform) {
  Built built;
  model::InterruptTicks interrupts;
  for (const Platform::Vertex& vertex : platform.vertices()) {
    interrupts.tick();
    s4u::Host* host = vertex.host ? add_host(zone, platform.hosts()[*vertex.host]) : nullptr;
    built.hosts.push_back(host);
    built.vertices.push_back(host != nullptr ? host->get_netpoint() : zone->add_router(vertex.name));
  }
  for (const Platform::Link& link : platform.links()) {
    interrupts.tick();
    built.links.push_back(add_link(zone, link));
  }
  return built;
}

s4u::LinkInRoute in_route(const Built& built, Platform::RouteLink link) {
  using Direction = s4u::LinkInRoute::Direction;
  const s4u::Link* target = built.links[link.link];
  if (target->get_sharing_policy() != s4u::Link::SharingPolicy::SPLITDUPLEX)
    return s4u::LinkInRoute(target);
  return {target, link.down ? Direction::DOWN : Direction::UP};
}

void add_spokes(s4u::NetZone* zone, const Built& built, const std::vector<Spoke>& spokes) {
  constexpr const s4u::Host* everyone = nullptr;
  s4u::Link* loopback = zone->add_link(std::string(loopback_name), loopback_bandwidth);
  tune_loopback(*loopback);
  loopback->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE);
  for (const Spoke& spoke : spokes) {
    const s4u::Host* host = built.hosts[spoke.vertex];
    zone->add_route(host, everyone, {in_route(built, spoke.up)}, false);
    zone->add_route(everyone, host, {in_route(built, spoke.down)}, false);
    zone->add_route(host, host, {s4u::LinkInRoute(loopback)}, true);
  }
}

void add_routes(s4u::NetZone* zone, const Built& built, const std::vector<Platform::Route>& routes) {
  for (const Platform::Route& route : routes) {
    std::vector<s4u::LinkInRoute> links;
    for (const Platform::RouteLink& link : route.links)
      links.push_back(in_route(built, link));
    zone->add_route(built.vertices[route.source], built.vertices[route.destination], links, route.symmetrical);
  }
}

} // namespace

s4u::Host* add_host(s4u::NetZone* zone, const Platform::Host& description) {
  s4u::Host* host = zone->add_host(description.name, description.options.speed);
  host->set_core_count(description.options.cores);
  if (description.options.ram)
    host->set_property("ram", format_bytes(*description.options.ram));
  for (const auto& [name, value] : description.properties)
    host->set_property(name, value);
  for (const DiskOptions& disk : description.disks)
    add_disk(*host, disk);
  return host;
}

void add_disk(s4u::Host& host, const DiskOptions& description) {
  s4u::Disk* disk = host.add_disk(description.name, description.read_bandwidth, description.write_bandwidth);
  disk->set_property("size", format_bytes(description.size));
  disk->set_property("mount", description.mount);
}

s4u::Link* add_link(s4u::NetZone* zone, const Platform::Link& description) {
  const LinkOptions& options = description.options;
  if (options.sharing == LinkSharing::SplitDuplex)
    return zone->add_split_duplex_link(description.name, options.bandwidth)->set_latency(options.latency);
  s4u::Link* link = zone->add_link(description.name, options.bandwidth)->set_latency(options.latency);
  if (options.sharing == LinkSharing::Fatpipe)
    link->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE);
  return link;
}

void tune_loopback(s4u::Link& loopback) {
  loopback.set_bandwidth(simgrid::config::get_value<double>("network/loopback-bw"));
  loopback.set_latency(simgrid::config::get_value<double>("network/loopback-lat"));
}

void build_platform(s4u::Engine& engine, const Platform& platform) {
  const PlatformLayout layout = layout_platform(platform);
  try {
    s4u::NetZone* root = engine.get_netzone_root();
    s4u::NetZone* zone = add_zone(root, layout.routing);
    const Built built = add_parts(zone, platform);
    if (layout.routing == Routing::Star)
      add_spokes(zone, built, layout.spokes);
    else
      add_routes(zone, built, platform.routes());
    for (const Platform::Link& link : platform.links())
      for (const auto& [name, value] : link.properties)
        for (s4u::Link* half : find_links(engine, link.name))
          half->set_property(name, value);
    // Engine::seal_platform does so for the first engine of a process only.
    root->seal();
  } catch (const std::runtime_error& error) { // no other type: interrupts pass
    throw PlatformError(std::string("SimGrid cannot build the platform: ") + error.what());
  } catch (const std::logic_error& error) {
    throw PlatformError(std::string("SimGrid cannot build the platform: ") + error.what());
  }
}

} // namespace wrench_serverless
