// R18: the built-in placement policies on clusters that can be checked by hand.
#include "nodes.hpp"

#include <catch.hpp>

#include <map>
#include <set>

namespace {

struct Fixture : Nodes {
  explicit Fixture(std::size_t count = 4, int slots = 4) : Nodes(count, slots) {}
  ImageId image = cluster.add_image({"i", 100, 100});
  FunctionId small = cluster.add_function({image, 100, 100, 1, "small"});
  FunctionId big = cluster.add_function({image, 600, 100, 1, "big"});
  ws::ClusterView view{cluster};

  void busy(std::uint32_t node, FunctionId f, int times = 1) {
    for (; times > 0; --times) {
      cluster.claim(NodeId(node), f);
      for (const Warmth step : steps)
        if (step < cluster.warmth(NodeId(node), image))
          cluster.set_warmth(NodeId(node), image, step);
    }
  }
};

std::vector<std::uint32_t> choices(ws::PlacementPolicy& policy, FunctionId f, const ws::ClusterView& view, int count) {
  std::vector<std::uint32_t> result;
  for (int i = 0; i < count; ++i)
    result.push_back(policy.place(f, view).value);
  return result;
}

using Ids = std::vector<std::uint32_t>;

} // namespace

TEST_CASE_METHOD(Fixture, "R18 LeastLoaded takes the smallest share of slots in use, and of equals the first") {
  ws::LeastLoaded policy;
  CHECK(policy.place(small, view) == NodeId(0U));
  busy(0, small, 2);
  busy(1, small);
  busy(3, small);
  CHECK(policy.place(small, view) == NodeId(2U));
  busy(2, small, 3);
  CHECK(policy.place(small, view) == NodeId(1U));
  busy(1, big);
  busy(3, big);
  CHECK(policy.place(big, view) == NodeId(0U)); // the others have no memory
  CHECK(policy.place(small, view) == NodeId(0U));
}

TEST_CASE("R18 LeastLoaded goes by the share, not by the number, of slots") {
  model::Space stores[2]{model::Space(1'000), model::Space(1'000)};
  model::Cluster cluster([](ws::ContainerId) {});
  cluster.add_node(2, 10'000, stores[0]);
  cluster.add_node(8, 10'000, stores[1]);
  const auto f = cluster.add_function({cluster.add_image({"i", 10, 10}), 10, 10, 1, "f"});
  cluster.claim(NodeId(0U), f);
  for (int i = 0; i < 3; ++i)
    cluster.claim(NodeId(1U), f);
  CHECK(ws::LeastLoaded().place(f, ws::ClusterView(cluster)) == NodeId(1U));
}

TEST_CASE_METHOD(Fixture, "R18 MostPacked takes the least free memory that is enough") {
  ws::MostPacked policy;
  CHECK(policy.place(small, view) == NodeId(0U));
  busy(2, small);
  CHECK(policy.place(small, view) == NodeId(2U)); // 800 left
  busy(1, big);
  CHECK(policy.place(small, view) == NodeId(1U)); // 300 left
  CHECK(policy.place(big, view) == NodeId(2U));
  busy(1, small, 3);
  CHECK(policy.place(small, view) == NodeId(2U)); // no memory is left on node 1
}

TEST_CASE_METHOD(Fixture, "R18 MostPacked counts the footprint where the image is not in use yet") {
  const auto other = cluster.add_function({cluster.add_image({"o", 100, 300}), 150, 100, 1, "other"});
  busy(1, big); // 300 left: enough for the container, not for its image
  CHECK(ws::MostPacked().place(other, view) == NodeId(0U));
  const auto nothing = cluster.add_function({cluster.add_image({"n", 0, 0}), 150, 100, 1, "nothing"});
  CHECK(ws::MostPacked().place(nothing, view) == NodeId(1U));
}

TEST_CASE_METHOD(Fixture, "R18 RoundRobin goes on after the node that it chose last") {
  ws::RoundRobin policy;
  CHECK(choices(policy, small, view, 6) == Ids{0, 1, 2, 3, 0, 1});
  busy(2, big);
  CHECK(choices(policy, big, view, 4) == Ids{3, 0, 1, 3}); // passed over
  policy.begin(0);
  CHECK(policy.place(small, view) == NodeId(0U));
}

TEST_CASE_METHOD(Fixture, "R18 Random chooses each node with room, equally often") {
  ws::Random policy;
  policy.begin(7);
  busy(1, big);
  std::map<std::uint32_t, int> count;
  for (const auto node : choices(policy, big, view, 3'000))
    ++count[node];
  CHECK(count.size() == 3);
  for (const std::uint32_t node : {0U, 2U, 3U})
    CHECK(std::abs(count[node] - 1'000) < 120); // more than four standard deviations
}

TEST_CASE_METHOD(Fixture, "R29 random choices follow the seed, and nothing else") {
  const auto draws = [&](std::uint64_t seed) {
    ws::Random policy;
    policy.begin(seed);
    return choices(policy, small, view, 50);
  };
  CHECK(draws(1) == draws(1));
  CHECK(draws(1) != draws(2));
  ws::Random policy;
  policy.begin(1);
  policy.place(small, view);
  policy.begin(1);
  CHECK(choices(policy, small, view, 50) == draws(1));
}

TEST_CASE_METHOD(Fixture, "R18 PowerOfTwoChoices never takes the fullest, and takes whatever is left") {
  ws::PowerOfTwoChoices policy;
  policy.begin(3);
  busy(0, small, 3);
  std::set<std::uint32_t> chosen;
  for (const auto node : choices(policy, small, view, 200))
    chosen.insert(node);
  CHECK(chosen == std::set<std::uint32_t>{1, 2, 3});
  for (const std::uint32_t node : {1U, 2U, 3U})
    cluster.set_up(NodeId(node), false);
  CHECK(policy.place(small, view) == NodeId(0U)); // there is no second one
  cluster.set_up(NodeId(0U), false);
  CHECK_FALSE(policy.place(small, view));
}

TEST_CASE("R18 PowerOfTwoChoices among two takes the less loaded") {
  Fixture nodes(2);
  ws::PowerOfTwoChoices policy;
  nodes.busy(0, nodes.small);
  CHECK(choices(policy, nodes.small, nodes.view, 20) == Ids(20, 1));
}

TEST_CASE("R18 HashAffinity goes home, and from there on in steps that reach every node") {
  // FNV-1a of "small" is 0x7d6ce172e098998c: 2 of 6, and the first of the steps 1 and 5.
  Fixture nodes(6, 1);
  ws::HashAffinity policy;
  policy.begin(1);
  CHECK(choices(policy, nodes.small, nodes.view, 3) == Ids{2, 2, 2});
  Ids order;
  while (const NodeId node = policy.place(nodes.small, nodes.view)) {
    order.push_back(node.value);
    nodes.busy(node.value, nodes.small);
  }
  CHECK(order == Ids{2, 3, 4, 5, 0, 1});
}

TEST_CASE("R18 HashAffinity after its steps falls back to any node, at random") {
  Fixture nodes(40, 1);
  ws::HashAffinity policy(2);
  policy.begin(5);
  for (int i = 0; i < 2; ++i)
    nodes.busy(policy.place(nodes.small, nodes.view).value, nodes.small);
  std::set<std::uint32_t> chosen;
  for (const auto node : choices(policy, nodes.small, nodes.view, 600))
    chosen.insert(node);
  CHECK(chosen.size() == 38);
  CHECK_THROWS_AS(ws::HashAffinity(0), std::invalid_argument);
}

TEST_CASE("R18 HashAffinity: functions of different names have homes all over the cluster") {
  Fixture nodes(10);
  ws::HashAffinity policy;
  std::set<std::uint32_t> homes;
  for (int i = 0; i < 60; ++i)
    homes.insert(
        policy.place(nodes.cluster.add_function({nodes.image, 100, 100, 1, "f" + std::to_string(i)}), nodes.view)
            .value);
  CHECK(homes.size() == 10);
}

TEST_CASE("a policy serves one provider at a time") {
  ws::RoundRobin policy;
  policy.take("placement", "a");
  CHECK_THROWS_WITH(policy.take("placement", "b"),
                    "placement is a RoundRobin that provider 'a' has already: give each provider one of its own");
  policy.give_back();
  CHECK_NOTHROW(policy.take("placement", "b"));
}
