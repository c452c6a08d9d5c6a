#include "model/platform_schema.hpp"

#include <algorithm>
#include <array>

namespace wrench_serverless::model {
namespace {

using enum ValueKind;
using enum Presence;

constexpr std::string_view sharing = "SHARED SPLITDUPLEX FULLDUPLEX FATPIPE";
constexpr std::string_view link_sharing = "SHARED SPLITDUPLEX FULLDUPLEX FATPIPE WIFI";
constexpr std::string_view yes_or_no = "YES NO yes no";
constexpr std::string_view zones = "zone AS";
constexpr std::string_view zones_and_platform = "zone AS platform";

constexpr std::array platform_attributes{AttributeRule{"version", Number, Required}};
constexpr std::array config_attributes{AttributeRule{"id", Any, Optional}};
constexpr std::array prop_attributes{AttributeRule{"id", Name, Required}, AttributeRule{"value", Any, Required}};
constexpr std::array trace_attributes{AttributeRule{"id", Name, Required}, AttributeRule{"file", File, MayBeEmpty},
                                      AttributeRule{"periodicity", Number, Required}};
constexpr std::array trace_connect_attributes{
    AttributeRule{"kind", Choice, Optional, "HOST_AVAIL SPEED LINK_AVAIL BANDWIDTH LATENCY"},
    AttributeRule{"trace", Name, Required}, AttributeRule{"element", Name, Required}};
constexpr std::array zone_attributes{
    AttributeRule{"id", Name, Required},
    AttributeRule{"routing", Routing, Required, "Full Floyd Dijkstra DijkstraCache Cluster Vivaldi Wifi None"}};
constexpr std::array host_attributes{AttributeRule{"id", Name, Required},
                                     AttributeRule{"speed", Speeds, Required},
                                     AttributeRule{"core", Cores, Optional},
                                     AttributeRule{"pstate", Whole, Optional},
                                     AttributeRule{"coordinates", Coordinates, MayBeEmpty},
                                     AttributeRule{"speed_file", File, MayBeEmpty},
                                     AttributeRule{"availability_file", File, MayBeEmpty},
                                     AttributeRule{"state_file", File, MayBeEmpty}};
constexpr std::array disk_attributes{AttributeRule{"id", Name, Optional}, AttributeRule{"read_bw", Bandwidth, Required},
                                     AttributeRule{"write_bw", Bandwidth, Required}};
constexpr std::array host_link_attributes{AttributeRule{"id", Name, Required}, AttributeRule{"up", Name, Required},
                                          AttributeRule{"down", Name, Required}};
constexpr std::array cluster_attributes{AttributeRule{"id", Name, Required},
                                        AttributeRule{"prefix", Any, Required},
                                        AttributeRule{"suffix", Any, Required},
                                        AttributeRule{"radical", Ranges, Required},
                                        AttributeRule{"speed", Speeds, Required},
                                        AttributeRule{"core", Cores, Optional},
                                        AttributeRule{"bw", Bandwidth, Required},
                                        AttributeRule{"lat", Latency, Required},
                                        AttributeRule{"sharing_policy", Choice, Optional, sharing},
                                        AttributeRule{"topology", Choice, Optional, "FLAT TORUS FAT_TREE DRAGONFLY"},
                                        AttributeRule{"topo_parameters", Any, Optional},
                                        AttributeRule{"bb_bw", Bandwidth, MayBeEmpty},
                                        AttributeRule{"bb_lat", Latency, MayBeEmpty},
                                        AttributeRule{"bb_sharing_policy", Choice, Optional, "SHARED FATPIPE"},
                                        AttributeRule{"router_id", Any, Optional},
                                        AttributeRule{"limiter_link", Bandwidth, MayBeEmpty},
                                        AttributeRule{"loopback_bw", Bandwidth, MayBeEmpty},
                                        AttributeRule{"loopback_lat", Latency, MayBeEmpty}};
constexpr std::array cabinet_attributes{
    AttributeRule{"id", Name, Required},     AttributeRule{"prefix", Any, Required},
    AttributeRule{"suffix", Any, Required},  AttributeRule{"radical", Ranges, Required},
    AttributeRule{"speed", Speed, Required}, AttributeRule{"bw", Bandwidth, Required},
    AttributeRule{"lat", Latency, Required}};
constexpr std::array peer_attributes{
    AttributeRule{"id", Name, Required},           AttributeRule{"speed", Speed, Required},
    AttributeRule{"bw_in", Bandwidth, Required},   AttributeRule{"bw_out", Bandwidth, Required},
    AttributeRule{"lat", Latency, MayBeEmpty},     AttributeRule{"coordinates", Coordinates, MayBeEmpty},
    AttributeRule{"speed_file", File, MayBeEmpty}, AttributeRule{"availability_file", File, MayBeEmpty},
    AttributeRule{"state_file", File, MayBeEmpty}};
constexpr std::array router_attributes{AttributeRule{"id", Name, Required},
                                       AttributeRule{"coordinates", Coordinates, MayBeEmpty}};
constexpr std::array backbone_attributes{AttributeRule{"id", Name, Required},
                                         AttributeRule{"bandwidth", Bandwidth, Required},
                                         AttributeRule{"latency", Latency, Required}};
constexpr std::array link_attributes{AttributeRule{"id", Name, Required},
                                     AttributeRule{"bandwidth", Bandwidths, Required},
                                     AttributeRule{"bandwidth_file", File, MayBeEmpty},
                                     AttributeRule{"latency", Latency, Optional},
                                     AttributeRule{"latency_file", File, MayBeEmpty},
                                     AttributeRule{"state_file", File, MayBeEmpty},
                                     AttributeRule{"sharing_policy", Choice, Optional, link_sharing}};
constexpr std::array route_attributes{AttributeRule{"src", Name, Required}, AttributeRule{"dst", Name, Required},
                                      AttributeRule{"symmetrical", Choice, Optional, yes_or_no}};
constexpr std::array bypass_attributes{AttributeRule{"src", Name, Required}, AttributeRule{"dst", Name, Required}};
constexpr std::array zone_route_attributes{
    AttributeRule{"src", Name, Required}, AttributeRule{"dst", Name, Required}, AttributeRule{"gw_src", Name, Required},
    AttributeRule{"gw_dst", Name, Required}, AttributeRule{"symmetrical", Choice, Optional, yes_or_no}};
constexpr std::array zone_bypass_attributes{AttributeRule{"src", Name, Required}, AttributeRule{"dst", Name, Required},
                                            AttributeRule{"gw_src", Name, Required},
                                            AttributeRule{"gw_dst", Name, Required}};
constexpr std::array link_ctn_attributes{AttributeRule{"id", Name, Required},
                                         AttributeRule{"direction", Choice, Optional, "UP DOWN NONE"}};

constexpr std::string_view no_storage = "was removed in SimGrid 3.27; write a <disk> in the <host>";
constexpr std::string_view no_actors =
    "is not supported: processes are no part of a platform; add controllers to the simulation";
constexpr std::string_view no_effect = "has had no effect for a long time; remove it";
constexpr std::string_view of_link_ctn = "route ASroute zoneRoute bypassRoute bypassASroute bypassZoneRoute";

constexpr std::array schema{
    ElementRule{"platform", "", platform_attributes},
    ElementRule{"config", "platform", config_attributes},
    ElementRule{"prop", "config zone AS host disk link cluster", prop_attributes},
    ElementRule{"trace", zones_and_platform, trace_attributes},
    ElementRule{"trace_connect", zones_and_platform, trace_connect_attributes},
    ElementRule{"zone", zones_and_platform, zone_attributes},
    ElementRule{"AS", zones_and_platform, zone_attributes},
    ElementRule{"host", zones, host_attributes},
    ElementRule{"disk", "host", disk_attributes},
    ElementRule{"host_link", zones, host_link_attributes},
    ElementRule{"cluster", zones_and_platform, cluster_attributes},
    ElementRule{"cabinet", zones, cabinet_attributes},
    ElementRule{"peer", zones, peer_attributes},
    ElementRule{"router", zones, router_attributes},
    ElementRule{"backbone", zones, backbone_attributes},
    ElementRule{"link", zones, link_attributes},
    ElementRule{"route", zones, route_attributes},
    ElementRule{"ASroute", zones, zone_route_attributes},
    ElementRule{"zoneRoute", zones, zone_route_attributes},
    ElementRule{"bypassRoute", zones, bypass_attributes},
    ElementRule{"bypassASroute", zones, zone_bypass_attributes},
    ElementRule{"bypassZoneRoute", zones, zone_bypass_attributes},
    ElementRule{"link_ctn", of_link_ctn, link_ctn_attributes},
    ElementRule{"include", "", {}, "was removed in SimGrid 3.18; put all into one file"},
    ElementRule{"storage", "", {}, no_storage},
    ElementRule{"storage_type", "", {}, no_storage},
    ElementRule{"mount", "", {}, no_storage},
    ElementRule{"process", "", {}, no_actors},
    ElementRule{"actor", "", {}, no_actors},
    ElementRule{"argument", "", {}, no_actors},
    ElementRule{"random", "", {}, no_effect},
    ElementRule{"model_prop", "", {}, no_effect},
};

} // namespace

const ElementRule* find_element_rule(std::string_view name) {
  const auto* found = std::ranges::find(schema, name, &ElementRule::name);
  return found == schema.end() ? nullptr : &*found;
}

const AttributeRule* find_attribute_rule(const ElementRule& element, std::string_view attribute) {
  const auto found = std::ranges::find(element.attributes, attribute, &AttributeRule::name);
  return found == element.attributes.end() ? nullptr : &*found;
}

std::span<const ElementRule> platform_schema() { return schema; }

} // namespace wrench_serverless::model
