#include "model/cluster.hpp"
#include "wrench_serverless/placement.hpp"

namespace wrench_serverless {

using model::Room;

// Images that have to go cost less than one that is far: so the first two degrees of room count as one, but among
// equals.
NodeId WarmestFirst::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  for (const Warmth warmth : nearest_first)
    for (const Room most : {Room::Free, Room::Images})
      if (const NodeId node = cluster.first_with_image(function, warmth, most))
        return node;
  for (const Room most : {Room::Free, Room::Images})
    if (const NodeId node = cluster.first_with_room(function, most))
      return node;
  if (cluster.worst_room() < Room::Idle)
    return {};
  for (const Warmth warmth : nearest_first)
    if (const NodeId node = cluster.first_with_image(function, warmth, Room::Idle))
      return node;
  return cluster.first_with_room(function, Room::Idle);
}

} // namespace wrench_serverless
