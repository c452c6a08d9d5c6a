// The policies that look at how full nodes are, or take turns: each by its own rule, among the nodes of the best degree
// of room that there is (R18).
#include "model/cluster.hpp"
#include "wrench_serverless/placement.hpp"

namespace wrench_serverless {

using model::Room;

namespace {

// Where no node has room of a degree, all that have room of the next one are exactly of that.
template <class Search> NodeId in_best_degree(const model::Cluster& cluster, Search&& search) {
  for (const Room most : {Room::Free, Room::Images, Room::Idle})
    if (most <= cluster.worst_room())
      if (const NodeId node = search(most))
        return node;
  return {};
}

} // namespace

NodeId LeastLoaded::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  return in_best_degree(cluster, [&](Room most) { return cluster.least_loaded_with_room(function, most); });
}

NodeId MostPacked::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  return in_best_degree(cluster, [&](Room most) { return cluster.tightest_with_room(function, most); });
}

NodeId RoundRobin::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  const NodeId node = in_best_degree(cluster, [&](Room most) {
    NodeId next;
    if (next_.value < cluster.node_count())
      next = cluster.first_with_room(function, most, next_);
    return next ? next : cluster.first_with_room(function, most);
  });
  if (node)
    next_ = NodeId(node.value + 1);
  return node;
}

} // namespace wrench_serverless
