#include "model/platform_layout.hpp"

#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <optional>

namespace wrench_serverless {
namespace {

using RouteLink = Platform::RouteLink;

// The hosts of a star around this router; nothing if the platform is none: a host with no link, or two, or routes
// elsewhere.
std::optional<std::vector<Spoke>> find_spokes(const Platform& platform, std::size_t hub) {
  const std::size_t count = platform.vertices().size();
  std::vector<std::optional<RouteLink>> up(count);
  std::vector<std::optional<RouteLink>> down(count);
  for (const Platform::Route& route : platform.routes()) {
    if (route.links.size() != 1 || (route.source == hub) == (route.destination == hub))
      return std::nullopt;
    const bool upwards = route.destination == hub;
    const std::size_t vertex = upwards ? route.source : route.destination;
    const RouteLink link = route.links.front();
    (upwards ? up : down)[vertex] = link;
    if (route.symmetrical)
      (upwards ? down : up)[vertex] = RouteLink{link.link, !link.down};
  }
  std::vector<Spoke> spokes;
  spokes.reserve(count - 1);
  for (std::size_t vertex = 0; vertex < count; ++vertex) {
    if (vertex == hub)
      continue;
    if (!platform.vertices()[vertex].host || !up[vertex] || !down[vertex])
      return std::nullopt;
    spokes.push_back({vertex, *up[vertex], *down[vertex]});
  }
  return spokes;
}

std::optional<std::vector<Spoke>> find_star(const Platform& platform) {
  if (platform.routes().empty())
    return std::nullopt;
  const Platform::Route& first = platform.routes().front();
  for (const std::size_t end : {first.source, first.destination})
    if (!platform.vertices()[end].host)
      if (auto spokes = find_spokes(platform, end))
        return spokes;
  return std::nullopt;
}

// Which vertices a walk from the first one reaches, along the routes or (backwards) against them.
std::vector<bool> reachable(const Platform& platform, bool backwards) {
  std::vector<std::vector<std::size_t>> next(platform.vertices().size());
  for (const Platform::Route& route : platform.routes()) {
    if (route.symmetrical || !backwards)
      next[route.source].push_back(route.destination);
    if (route.symmetrical || backwards)
      next[route.destination].push_back(route.source);
  }
  std::vector<bool> seen(next.size());
  std::vector<std::size_t> todo{0};
  seen[0] = true;
  while (!todo.empty()) {
    const std::size_t vertex = todo.back();
    todo.pop_back();
    for (const std::size_t neighbour : next[vertex])
      if (!seen[neighbour]) {
        seen[neighbour] = true;
        todo.push_back(neighbour);
      }
  }
  return seen;
}

// SimGrid's Dijkstra reads past its tables where there is no way, so that it must not meet such a pair.
void check_connected(const Platform& platform) {
  for (const bool backwards : {false, true}) {
    const std::vector<bool> seen = reachable(platform, backwards);
    const auto missing = std::ranges::find(seen, false);
    if (missing == seen.end())
      continue;
    const std::string& first = platform.vertices().front().name;
    const std::string& other = platform.vertices()[static_cast<std::size_t>(missing - seen.begin())].name;
    throw PlatformError("no route leads from '" + (backwards ? other : first) + "' to '" + (backwards ? first : other) +
                        "'; a platform of more than " + std::to_string(floyd_limit) +
                        " hosts and routers needs a way between all of them");
  }
}

} // namespace

PlatformLayout layout_platform(const Platform& platform) {
  if (platform.hosts().empty())
    throw PlatformError("the platform has no host");
  if (auto spokes = find_star(platform))
    return {Routing::Star, std::move(*spokes)};
  if (platform.vertices().size() <= floyd_limit)
    return {Routing::Floyd, {}};
  check_connected(platform);
  return {Routing::Dijkstra, {}};
}

} // namespace wrench_serverless
