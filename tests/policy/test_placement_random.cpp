// R18, R28: on random clusters every built-in policy answers what looking at every node would, and only nodes with
// room.
#include "nodes.hpp"

#include <catch.hpp>

#include <algorithm>
#include <functional>

namespace {

// The node with room that no other one beats; of equals the first.
template <class Key> NodeId best(const model::Cluster& cluster, FunctionId f, Key&& key) {
  NodeId found;
  for (std::uint32_t n = 0; n < cluster.node_count(); ++n)
    if (const NodeId node(n); cluster.fits(node, f) && (!found || key(node) < key(found)))
      found = node;
  return found;
}

struct Oracles {
  const model::Cluster& cluster;
  ws::ClusterView view{cluster};
  std::uint32_t next = 0; // of RoundRobin

  NodeId warmest(FunctionId f) const {
    return best(cluster, f, [&](NodeId n) { return cluster.warmth(n, cluster.shape(f).image); });
  }
  NodeId least_loaded(FunctionId f) const {
    return best(cluster, f, [&](NodeId n) { return view.node(n).load(); });
  }
  NodeId most_packed(FunctionId f) const {
    return best(cluster, f, [&](NodeId n) { return view.node(n).free_memory(); });
  }
  NodeId round_robin(FunctionId f) {
    const auto count = static_cast<std::uint32_t>(cluster.node_count());
    const NodeId node = best(cluster, f, [&](NodeId n) { return (n.value + count - next) % count; });
    if (node)
      next = (node.value + 1) % count;
    return node;
  }
};

// Is it one of those with room, or none because there are none?
bool is_any(NodeId node, FunctionId f, const model::Cluster& cluster) {
  return node ? cluster.fits(node, f) : !best(cluster, f, [](NodeId) { return 0; });
}

} // namespace

TEST_CASE("R18 R28 each policy's answer is that of looking at every node") {
  const auto seed = GENERATE(range(0U, 80U));
  CAPTURE(seed);
  Random random(seed);
  const std::size_t count = seed % 4 == 0 ? 60 + random.below(200) : 1 + random.below(60);
  Churn churn(random, count, 1 + static_cast<int>(random.below(4)));
  const model::Cluster& cluster = churn.nodes.cluster;
  const ws::ClusterView view(cluster);
  Oracles oracle{cluster};
  ws::WarmestFirst warmest;
  ws::LeastLoaded least_loaded;
  ws::MostPacked most_packed;
  ws::RoundRobin round_robin;
  ws::Random any;
  ws::PowerOfTwoChoices two;
  ws::HashAffinity hash(1 + random.below(2 * count));
  for (const auto f : churn.functions) { // indexes that are built halfway are right as well
    for (int step = 0; step < 20; ++step)
      churn.step();
    REQUIRE(warmest.place(f, view) == oracle.warmest(f));
  }
  for (int step = 0; step < static_cast<int>(6 * count) + 100; ++step) {
    churn.step();
    const FunctionId f = churn.functions[random.below(churn.functions.size())];
    REQUIRE(warmest.place(f, view) == oracle.warmest(f));
    REQUIRE(least_loaded.place(f, view) == oracle.least_loaded(f));
    REQUIRE(most_packed.place(f, view) == oracle.most_packed(f));
    REQUIRE(round_robin.place(f, view) == oracle.round_robin(f));
    REQUIRE(is_any(any.place(f, view), f, cluster));
    REQUIRE(is_any(two.place(f, view), f, cluster));
    REQUIRE(is_any(hash.place(f, view), f, cluster));
    if (step % 16 == 0)
      cluster.check();
  }
}

TEST_CASE("R18 what is open, and in which order, is the same by every index") {
  Random random(11);
  Churn churn(random, 130, 2);
  const model::Cluster& cluster = churn.nodes.cluster;
  for (int step = 0; step < 600; ++step) {
    churn.step();
    REQUIRE(cluster.open_list().size() == cluster.open_nodes().size());
    for (const FunctionId f : churn.functions) {
      std::vector<NodeId> expected;
      for (std::uint32_t n = 0; n < cluster.node_count(); ++n)
        if (cluster.fits(NodeId(n), f))
          expected.emplace_back(n);
      REQUIRE(cluster.nodes_with_room(f) == expected);
    }
    if (step == 300)
      ws::LeastLoaded().place(churn.functions[0], ws::ClusterView(cluster)); // from now on by the tree
  }
}
