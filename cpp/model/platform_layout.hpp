// How a Platform is laid out for SimGrid. The builder and the writer of XML both follow it, so that a platform and its
// file have the same routes.
#pragma once

#include "wrench_serverless/platform.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace wrench_serverless {

enum class Routing {
  Star,     // O(1) in memory and time per host
  Floyd,    // a table of all pairs: small platforms
  Dijkstra, // one row of that table per source that is used
};

// A host of a star, with its link to the router in the middle and the link back.
struct Spoke {
  std::size_t vertex;
  Platform::RouteLink up;
  Platform::RouteLink down;
};

struct PlatformLayout {
  Routing routing;
  std::vector<Spoke> spokes; // of a star
};

inline constexpr std::string_view zone_name = "__platform__";
inline constexpr std::string_view loopback_name = "__loopback__";
inline constexpr double loopback_bandwidth = 10e9; // SimGrid's default for its own, which a star does not use

// Above this many hosts and routers, a platform that is no star needs routes between all of them.
inline constexpr std::size_t floyd_limit = 128;

// Throws PlatformError if there is no host, or a large platform is not connected.
PlatformLayout layout_platform(const Platform& platform);

} // namespace wrench_serverless
