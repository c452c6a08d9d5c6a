// The policies that look at how full nodes are.
#include "model/cluster.hpp"
#include "wrench_serverless/placement.hpp"

namespace wrench_serverless {

NodeId LeastLoaded::place(FunctionId function, const ClusterView& view) {
  return view.cluster().least_loaded_with_room(function);
}

NodeId MostPacked::place(FunctionId function, const ClusterView& view) {
  return view.cluster().tightest_with_room(function);
}

NodeId RoundRobin::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  NodeId node;
  if (next_.value < cluster.node_count())
    node = cluster.first_with_room(function, next_);
  if (!node)
    node = cluster.first_with_room(function, NodeId(0U));
  if (node)
    next_ = NodeId(node.value + 1);
  return node;
}

} // namespace wrench_serverless
