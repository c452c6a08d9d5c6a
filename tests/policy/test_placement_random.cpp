// R18, R28: on random clusters every built-in policy answers what looking at every node would: its own rule, among the
// nodes of the best degree of room that there is.
#include "nodes.hpp"

#include <catch.hpp>

#include <algorithm>
#include <array>
#include <tuple>

namespace {

struct Naive {
  const model::Cluster& cluster;
  ws::ClusterView view{cluster};
  std::uint32_t next = 0; // of RoundRobin

  int room(NodeId node, FunctionId f) const { return view.node(node).room(f); }
  int best_room(FunctionId f) const {
    int best = 0;
    for (std::uint32_t n = 0; n < cluster.node_count(); ++n)
      if (const int its = room(NodeId(n), f); its > 0 && (best == 0 || its < best))
        best = its;
    return best;
  }
  // Of those with such room the one with the least key, and of equals the first.
  template <class Key> NodeId least(FunctionId f, int best, int worst, Key&& key) const {
    NodeId found;
    for (std::uint32_t n = 0; n < cluster.node_count(); ++n)
      if (const NodeId node(n); room(node, f) >= best && room(node, f) <= worst && (!found || key(node) < key(found)))
        found = node;
    return found;
  }
  template <class Key> NodeId of_best_room(FunctionId f, Key&& key) const {
    const int best = best_room(f);
    return best == 0 ? NodeId() : least(f, best, best, key);
  }

  NodeId warmest(FunctionId f) const {
    const auto key = [&](NodeId n) { return std::pair(cluster.warmth(n, cluster.shape(f).image), room(n, f)); };
    const NodeId node = least(f, 1, 2, key);
    return node ? node : least(f, 3, 3, key);
  }
  NodeId least_loaded(FunctionId f) const {
    return of_best_room(f, [&](NodeId n) { return std::pair(view.node(n).load(), -view.node(n).free_memory()); });
  }
  NodeId most_packed(FunctionId f) const {
    return of_best_room(f, [&](NodeId n) {
      const model::NodeContents& contents = cluster.contents(n);
      const std::array counted{contents.memory.free(), contents.memory.free() + contents.memory.evictable(),
                               view.node(n).free_memory() + view.node(n).reclaimable_memory()};
      return counted[static_cast<std::size_t>(best_room(f) - 1)];
    });
  }
  NodeId round_robin(FunctionId f) {
    const auto count = static_cast<std::uint32_t>(cluster.node_count());
    const NodeId node = of_best_room(f, [&](NodeId n) { return (n.value + count - next) % count; });
    if (node)
      next = (node.value + 1) % count;
    return node;
  }
  // One of those of the best degree, or none because no node has room.
  bool is_any(NodeId node, FunctionId f) const { return node ? room(node, f) == best_room(f) : best_room(f) == 0; }
};

} // namespace

TEST_CASE("R18 R28 each policy's answer is that of looking at every node") {
  const auto seed = GENERATE(range(0U, 80U));
  CAPTURE(seed);
  Random random(seed);
  const std::size_t count = seed % 4 == 0 ? 60 + random.below(60) : 1 + random.below(50);
  Churn churn(random, count, 1 + static_cast<int>(random.below(6)), 4 + 2 * (seed % 5));
  model::Cluster& cluster = churn.nodes.cluster;
  const ws::ClusterView view(cluster);
  Naive naive{cluster};
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
    REQUIRE(warmest.place(f, view) == naive.warmest(f));
  }
  static std::array<int, 4> degrees{}; // of the best room, how often: of all seeds
  for (int step = 0; step < 300; ++step) {
    for (auto changes = random.below(static_cast<std::uint32_t>(count) / 2 + 2); changes > 0; --changes)
      churn.step();
    const FunctionId f = churn.functions[random.below(churn.functions.size())];
    ++degrees[static_cast<std::size_t>(naive.best_room(f))];
    cluster.let_idle_stay(random.below(8) == 0); // then there are two degrees only
    REQUIRE(warmest.place(f, view) == naive.warmest(f));
    REQUIRE(least_loaded.place(f, view) == naive.least_loaded(f));
    REQUIRE(most_packed.place(f, view) == naive.most_packed(f));
    REQUIRE(round_robin.place(f, view) == naive.round_robin(f));
    REQUIRE(static_cast<int>(cluster.best_room(f)) == naive.best_room(f));
    REQUIRE(naive.is_any(any.place(f, view), f));
    REQUIRE(naive.is_any(two.place(f, view), f));
    REQUIRE(naive.is_any(hash.place(f, view), f));
    cluster.let_idle_stay(false);
    if (step % 16 == 0)
      cluster.check();
  }
  if (seed == 79)
    CHECK(std::ranges::min(degrees) > 1'000);
}

TEST_CASE("R18 what is open, and in which order, is the same by every index") {
  Random random(11);
  Churn churn(random, 130, 2);
  const model::Cluster& cluster = churn.nodes.cluster;
  const ws::ClusterView view(cluster);
  for (int step = 0; step < 600; ++step) {
    churn.step();
    REQUIRE(cluster.open_list().size() == cluster.open_nodes().size());
    for (const FunctionId f : churn.functions)
      for (const auto most : {model::Room::Free, model::Room::Images, model::Room::Idle}) {
        std::vector<NodeId> expected;
        for (std::uint32_t n = 0; n < cluster.node_count(); ++n)
          if (const int room = view.node(NodeId(n)).room(f); room > 0 && room <= static_cast<int>(most))
            expected.emplace_back(n);
        REQUIRE(cluster.nodes_with_room(f, most) == expected);
      }
    if (step == 300)
      cluster.best_room(churn.functions[0]); // from now on by the tree, perhaps
  }
}

TEST_CASE("R18 random choices are as likely as each other, among the nodes of the best degree only") {
  // Of 60 nodes five have room as they are, the others once an idle container ends.
  Nodes nodes(60, 4);
  model::Cluster& cluster = nodes.cluster;
  const auto f = cluster.add_function({cluster.add_image({"i", 10, 10}), 300, 100, 1, "f"});
  const auto g = cluster.add_function({cluster.add_image({"j", 10, 10}), 300, 100, 1, "g"});
  for (std::uint32_t n = 0; n < 60; ++n)
    for (int i = 0; i < (n % 12 == 5 ? 1 : 3); ++i) {
      const ws::ContainerId id = cluster.claim(NodeId(n), g);
      for (const Warmth step : steps)
        if (step < cluster.warmth(NodeId(n), cluster.shape(g).image))
          cluster.set_warmth(NodeId(n), cluster.shape(g).image, step);
      cluster.make_busy(id);
      cluster.make_idle(id);
    }
  const ws::ClusterView view(cluster);
  ws::Random any;
  ws::PowerOfTwoChoices two;
  ws::HashAffinity hash(1); // its one step is to a node of the third degree: name "f" is at home on 4
  for (ws::PlacementPolicy* policy : std::initializer_list<ws::PlacementPolicy*>{&any, &two, &hash}) {
    CAPTURE(policy->name());
    policy->begin(3);
    std::array<int, 60> count{};
    for (int i = 0; i < 5'000; ++i)
      ++count[policy->place(f, view).value];
    for (std::uint32_t n = 0; n < 60; ++n)
      CHECK((n % 12 == 5 ? std::abs(count[n] - 1'000) < 130 : count[n] == 0)); // more than four standard deviations
  }
}
