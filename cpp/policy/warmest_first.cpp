#include "model/cluster.hpp"
#include "wrench_serverless/placement.hpp"

namespace wrench_serverless {

NodeId WarmestFirst::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  if (const NodeId warm = cluster.warmest_with_room(function))
    return warm;
  return cluster.first_with_room(function, NodeId(0U));
}

} // namespace wrench_serverless
