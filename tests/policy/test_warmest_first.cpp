// R18: WarmestFirst against the sentence that defines it, on random clusters with few and with many open nodes.
#include "model/cluster.hpp"
#include "wrench_serverless/policies.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <memory>
#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;
using model::Warmth;
using ws::FunctionId;
using ws::ImageId;
using ws::NodeId;

namespace {

constexpr Warmth steps[] = {Warmth::ToDisk, Warmth::OnDisk, Warmth::ToMemory, Warmth::InMemory};

struct Nodes {
  std::vector<std::unique_ptr<model::Space>> stores;
  model::Cluster cluster{[](ws::ContainerId) {}};

  explicit Nodes(std::size_t count, int slots = 2) {
    for (std::size_t i = 0; i < count; ++i) {
      stores.push_back(std::make_unique<model::Space>(1'000));
      cluster.add_node(slots, 1'000, *stores.back());
    }
  }
  // The image gets so far on the node, and nobody uses it there if it has arrived.
  void bring(NodeId node, FunctionId f, Warmth to) {
    const ImageId image = cluster.shape(f).image;
    const ws::ContainerId claim = cluster.claim(node, f);
    for (const Warmth step : steps)
      if (step >= to && step < cluster.warmth(node, image))
        cluster.set_warmth(node, image, step);
    if (to == Warmth::OnDisk || to == Warmth::InMemory)
      cluster.end(claim);
  }
  void fill(NodeId node, FunctionId f) {
    while (cluster.fits(node, f))
      cluster.claim(node, f);
  }
};

// Looks at every node.
NodeId oracle(FunctionId f, const model::Cluster& cluster) {
  NodeId best;
  for (std::size_t n = 0; n < cluster.node_count(); ++n) {
    const NodeId node(n);
    const ImageId image = cluster.shape(f).image;
    if (cluster.fits(node, f) && (!best || cluster.warmth(node, image) < cluster.warmth(best, image)))
      best = node;
  }
  return best;
}

NodeId place(FunctionId f, const model::Cluster& cluster) {
  return ws::WarmestFirst().place(f, ws::ClusterView(cluster));
}

} // namespace

TEST_CASE("R18 the five preferences, one after the other") {
  const std::size_t count = GENERATE(5U, 40U); // few open nodes, and many
  CAPTURE(count);
  Nodes nodes(count);
  const auto image = nodes.cluster.add_image({"i", 100, 100});
  const auto f = nodes.cluster.add_function({image, 100, 100});
  CHECK(place(f, nodes.cluster) == NodeId(0U)); // any: the first
  const std::vector<std::pair<std::uint32_t, Warmth>> warmer{
      {4, Warmth::ToDisk}, {3, Warmth::OnDisk}, {2, Warmth::ToMemory}, {1, Warmth::InMemory}};
  for (const auto& [node, warmth] : warmer) {
    nodes.bring(NodeId(node), f, warmth);
    REQUIRE(nodes.cluster.warmth(NodeId(node), image) == warmth);
    CHECK(place(f, nodes.cluster) == NodeId(node));
  }
}

TEST_CASE("R18 among equals the first in the order given") {
  const std::size_t count = GENERATE(5U, 40U);
  Nodes nodes(count);
  const auto f = nodes.cluster.add_function({nodes.cluster.add_image({"i", 100, 100}), 100, 100});
  for (const std::uint32_t node : {4U, 1U, 3U})
    nodes.bring(NodeId(node), f, Warmth::InMemory);
  CHECK(place(f, nodes.cluster) == NodeId(1U));
  nodes.fill(NodeId(1U), f);
  CHECK(place(f, nodes.cluster) == NodeId(3U));
}

TEST_CASE("R18 a warm node without room is passed over, and none has room: none") {
  const std::size_t count = GENERATE(3U, 40U);
  Nodes nodes(count);
  const auto image = nodes.cluster.add_image({"i", 100, 100});
  const auto f = nodes.cluster.add_function({image, 100, 100});
  const auto big = nodes.cluster.add_function({image, 700, 100});
  nodes.bring(NodeId(2U), f, Warmth::InMemory);
  nodes.cluster.claim(NodeId(2U), f);
  nodes.cluster.claim(NodeId(2U), f);
  CHECK(place(f, nodes.cluster) == NodeId(0U)); // no slot
  for (std::size_t n = 0; n < count; ++n)
    if (n != 2)
      nodes.cluster.claim(NodeId(n), big);
  CHECK_FALSE(place(big, nodes.cluster)); // slots, but no memory
  CHECK(place(f, nodes.cluster) == NodeId(0U));
}

TEST_CASE("R18 on random clusters the answer is that of looking at every node") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  Random random(seed);
  const std::size_t count = 1 + random.below(60);
  CAPTURE(count);
  Nodes nodes(count, 1 + static_cast<int>(random.below(4)));
  std::vector<FunctionId> functions;
  for (int i = 0; i < 4; ++i) {
    const auto image = nodes.cluster.add_image({std::to_string(i), random.between(0, 300), random.between(0, 300)});
    for (int f = 0; f < 2; ++f)
      functions.push_back(nodes.cluster.add_function({image, random.between(1, 500), random.between(1, 400)}));
  }
  std::vector<ws::ContainerId> running;
  int none = 0;
  for (int step = 0; step < 300; ++step) {
    for (const FunctionId f : functions) {
      const NodeId expected = oracle(f, nodes.cluster);
      REQUIRE(place(f, nodes.cluster) == expected);
      none += !expected;
    }
    const FunctionId f = functions[random.below(functions.size())];
    if (const NodeId node(random.below(count)); random.below(3) > 0 && nodes.cluster.fits(node, f)) {
      running.push_back(nodes.cluster.claim(node, f));
      const ImageId image = nodes.cluster.shape(f).image;
      for (std::uint32_t so_far = random.below(4), i = 0; i <= so_far; ++i)
        if (steps[i] < nodes.cluster.warmth(node, image))
          nodes.cluster.set_warmth(node, image, steps[i]);
    } else if (!running.empty()) {
      const std::size_t which = random.below(running.size());
      nodes.cluster.end(running[which]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }
  if (count < 5)
    CHECK(none > 0); // full clusters were asked too
}
