// R18: WarmestFirst, by the sentence that defines it.
#include "nodes.hpp"

#include <catch.hpp>

namespace {

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
