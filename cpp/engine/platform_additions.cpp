#include "engine/platform_additions.hpp"

#include "engine/platform_builder.hpp"
#include "engine/platform_query.hpp"
#include "model/platform_text.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/kernel/routing/NetPoint.hpp>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/kernel/routing/StarZone.hpp>
#include <simgrid/s4u/Disk.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Link.hpp>
#include <simgrid/s4u/NetZone.hpp>

#include <algorithm>
#include <vector>

namespace wrench_serverless {
namespace {

namespace s4u = simgrid::s4u;
using simgrid::kernel::routing::NetPoint;
using simgrid::kernel::routing::StarZone;

class Additions {
public:
  Additions(const s4u::Engine& engine, const Platform& platform) : engine_(engine), platform_(platform) {}

  void make() {
    add_points();
    add_links();
    for (const Platform::Route& route : platform_.routes())
      add_route(route);
    for (const Platform::Host& host : platform_.hosts())
      extend(host);
  }

private:
  // Where hosts, routers and links go that are not in the file.
  s4u::NetZone* top_zone() {
    const auto zones = engine_.get_netzone_root()->get_children();
    if (zones.size() != 1)
      throw PlatformError("it has " + std::to_string(zones.size()) +
                          " zones at its top: hosts, routers and links can only be added to a file with one");
    return zones.front();
  }

  void add_points() {
    for (const Platform::Vertex& vertex : platform_.vertices()) {
      if (vertex.of_file)
        continue;
      if (vertex.host)
        static_cast<void>(add_host(top_zone(), platform_.hosts()[*vertex.host]));
      else
        static_cast<void>(top_zone()->add_router(vertex.name));
    }
  }

  void add_links() {
    for (const Platform::Link& link : platform_.links()) {
      if (!link.of_file)
        links_.push_back({add_link(top_zone(), link)});
      else
        links_.push_back(find_links(engine_, link.name));
      for (s4u::Link* made : links_.back())
        for (const auto& [name, value] : link.properties)
          made->set_property(name, value);
    }
  }

  s4u::LinkInRoute in_route(Platform::RouteLink link) const {
    using Direction = s4u::LinkInRoute::Direction;
    const Platform::Link& target = platform_.links()[link.link];
    if (target.options.sharing != LinkSharing::SplitDuplex)
      return s4u::LinkInRoute(links_[link.link].front());
    return {engine_.split_duplex_link_by_name(target.name), link.down ? Direction::DOWN : Direction::UP};
  }

  void add_route(const Platform::Route& route) const {
    const Platform::Vertex& source = platform_.vertices()[route.source];
    const Platform::Vertex& destination = platform_.vertices()[route.destination];
    NetPoint* from = engine_.netpoint_by_name_or_null(source.name);
    NetPoint* to = engine_.netpoint_by_name_or_null(destination.name);
    const std::string where = "route from '" + source.name + "' to '" + destination.name + "': ";
    if (from == nullptr || to == nullptr)
      throw PlatformError(where + "there is no '" + (from == nullptr ? source : destination).name + "'");
    if (from->get_englobing_zone() != to->get_englobing_zone())
      throw PlatformError(where + "its ends are in two zones of the file, '" + from->get_englobing_zone()->get_name() +
                          "' and '" + to->get_englobing_zone()->get_name() +
                          "'; a route between zones has to be in the file: <zoneRoute>");
    std::vector<s4u::LinkInRoute> links;
    for (const Platform::RouteLink& link : route.links)
      links.push_back(in_route(link));
    s4u::NetZone* zone = from->get_englobing_zone()->get_iface();
    if (dynamic_cast<StarZone*>(from->get_englobing_zone()) == nullptr)
      return zone->add_route(from, to, links, route.symmetrical);
    add_spoke(zone, route, links, where);
  }

  // In a zone with Cluster routing each host has one way, to all others: here that to a router of the zone.
  void add_spoke(s4u::NetZone* zone, const Platform::Route& route, const std::vector<s4u::LinkInRoute>& links,
                 const std::string& where) const {
    constexpr const s4u::Host* everyone = nullptr;
    const Platform::Vertex& source = platform_.vertices()[route.source];
    const Platform::Vertex& destination = platform_.vertices()[route.destination];
    if (!source.host == !destination.host || (source.host ? destination : source).host ||
        engine_.host_by_name_or_null((source.host ? destination : source).name) != nullptr)
      throw PlatformError(where +
                          "in a zone with Cluster routing, a route leads from a host that is added to a router of "
                          "the zone");
    if (route.symmetrical && source.host)
      return zone->add_route(engine_.host_by_name(source.name), everyone, links, true);
    if (source.host)
      return zone->add_route(engine_.host_by_name(source.name), everyone, links, false);
    const s4u::Host* host = engine_.host_by_name(destination.name);
    zone->add_route(everyone, host, links, false);
    if (!route.symmetrical)
      return;
    std::vector<s4u::LinkInRoute> back;
    for (auto link = route.links.rbegin(); link != route.links.rend(); ++link)
      back.push_back(in_route({link->link, !link->down}));
    zone->add_route(host, everyone, back, false);
  }

  // What is added to a host of the file; a host that is added brings its disks along.
  void extend(const Platform::Host& description) const {
    s4u::Host& host = find_host(engine_, description.name);
    if (description.of_file) {
      for (const DiskOptions& disk : description.disks)
        add_disk(host, disk);
      if (description.options.ram)
        host.set_property("ram", format_bytes(*description.options.ram));
    }
    for (const auto& [name, value] : description.properties)
      host.set_property(name, value);
    for (const auto& [disk, property] : description.disk_properties)
      for (s4u::Disk* candidate : host.get_disks())
        if (candidate->get_name() == disk)
          candidate->set_property(property.name, property.value);
  }

  const s4u::Engine& engine_;
  const Platform& platform_;
  std::vector<std::vector<s4u::Link*>> links_; // by index
};

} // namespace

void add_to_platform(const s4u::Engine& engine, const Platform& platform) { Additions(engine, platform).make(); }

std::string additions_text(const Platform& platform) { return model::platform_parts(platform); }

} // namespace wrench_serverless
