#include "model/cluster.hpp"
#include "wrench_serverless/placement.hpp"

namespace wrench_serverless {

namespace {

// Below this, looking at every node with a free slot is cheaper than walking the image's nodes past those that are
// full.
constexpr std::size_t few = 16;

} // namespace

NodeId WarmestFirst::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  const model::NodeSet& open = cluster.open_nodes();
  const ImageId image = cluster.shape(function).image;
  if (open.size() > few)
    for (const auto& [warmth, node] : cluster.nodes_with(image))
      if (cluster.fits(node, function))
        return node;
  // None of the image's nodes has room, or few have: the warmest of the open ones, in their order.
  NodeId best;
  auto best_warmth = model::Warmth::Absent;
  for (auto index = open.next(0); index; index = open.next(*index + 1)) {
    const NodeId node(*index);
    const auto warmth = cluster.warmth(node, image);
    if ((best && warmth >= best_warmth) || !cluster.fits(node, function))
      continue;
    best = node;
    best_warmth = warmth;
    if (open.size() > few || warmth == model::Warmth::InMemory)
      break;
  }
  return best;
}

} // namespace wrench_serverless
