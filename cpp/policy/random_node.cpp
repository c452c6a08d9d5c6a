#include "policy/random_node.hpp"

#include "wrench_serverless/placement.hpp"

#include <vector>

namespace wrench_serverless {

NodeId random_node(FunctionId function, const model::Cluster& cluster, std::mt19937_64& random, NodeId but) {
  constexpr int most_draws = 64;
  const model::NodeList& open = cluster.open_list();
  if (open.size() <= (but ? 1 : 0))
    return {}; // `but` is one of them
  for (int draw = 0; draw < most_draws; ++draw)
    if (const NodeId node = open[random() % open.size()]; node != but && cluster.fits(node, function))
      return node;
  std::vector<NodeId> left = cluster.nodes_with_room(function);
  std::erase(left, but);
  return left.empty() ? NodeId() : left[random() % left.size()];
}

NodeId Random::place(FunctionId function, const ClusterView& view) {
  return random_node(function, view.cluster(), random_);
}

NodeId PowerOfTwoChoices::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  const NodeId first = random_node(function, cluster, random_);
  const NodeId second = first ? random_node(function, cluster, random_, first) : NodeId();
  return second && cluster.load(second) < cluster.load(first) ? second : first;
}

} // namespace wrench_serverless
