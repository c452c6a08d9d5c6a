#include "policy/random_node.hpp"

#include "wrench_serverless/placement.hpp"

#include <vector>

namespace wrench_serverless {

using model::Room;

namespace {

// So many are drawn of all nodes with a free slot, and then of those with the memory, of which there may be few.
constexpr int few_draws = 16, most_draws = 64;

// What draw() gives, if it has room: each is as likely as the others, however often it has to be drawn.
template <class Draw>
NodeId draw_until(int draws, FunctionId function, const model::Cluster& cluster, Room most, NodeId but, Draw&& draw) {
  for (; draws > 0; --draws)
    if (const NodeId node = draw(); node != but && cluster.has_room(node, function, most))
      return node;
  return {};
}

NodeId draw_of_open(FunctionId function, const model::Cluster& cluster, Room most, std::mt19937_64& random,
                    NodeId but) {
  const model::NodeList& open = cluster.open_list();
  if (open.size() == 0)
    return {};
  return draw_until(few_draws, function, cluster, most, but, [&] { return open[random() % open.size()]; });
}

} // namespace

NodeId random_node(FunctionId function, const model::Cluster& cluster, Room most, std::mt19937_64& random, NodeId but) {
  if (const NodeId node = draw_of_open(function, cluster, most, random, but))
    return node;
  const model::OrderedRooms& by_memory = cluster.by_memory(most);
  const std::size_t count = by_memory.count_from(cluster.shape(function).memory);
  if (count == 0)
    return {};
  if (const NodeId node =
          draw_until(most_draws, function, cluster, most, but, [&] { return by_memory.from_last(random() % count); }))
    return node;
  std::vector<NodeId> left = cluster.nodes_with_room(function, most);
  std::erase(left, but);
  return left.empty() ? NodeId() : left[random() % left.size()];
}

NodeId Random::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  if (const NodeId node = draw_of_open(function, cluster, Room::Free, random_, {}))
    return node; // no degree is better
  const Room best = cluster.best_room(function);
  return best == Room::None ? NodeId() : random_node(function, cluster, best, random_);
}

NodeId PowerOfTwoChoices::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  Room best = Room::Free;
  NodeId first = draw_of_open(function, cluster, best, random_, {});
  if (!first) {
    best = cluster.best_room(function);
    if (best == Room::None)
      return {};
    first = random_node(function, cluster, best, random_);
  }
  const NodeId second = random_node(function, cluster, best, random_, first);
  return second && cluster.node(second).load() < cluster.node(first).load() ? second : first;
}

} // namespace wrench_serverless
