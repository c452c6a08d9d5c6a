// From the queue to a container: R16, R17, R18, R28.
#include "cloud.hpp"

#include <algorithm>

using Catch::Matchers::Contains;

TEST_CASE("R16 invocations of one function start first come first served") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.slots = 2}));
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (const double time : {4.0, 1.0, 1.0, 1.0, 1.0})
      all.push_back(cloud.invoke(f, time));
    cloud.manager.wait_all(all);
    std::vector<double> started;
    for (const auto& invocation : all)
      started.push_back(invocation.started() - staging);
    CHECK_THAT(started, all_at({0, 0, 1, 2, 3}));
  });
}

TEST_CASE("R16 across functions whoever was submitted first is considered first") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1});
  const auto image = cloud.image("shared");
  const auto f = cloud.sleeper("f", provider, {}, image);
  const auto g = cloud.sleeper("g", provider, {}, image);
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (const auto& function : {f, g, f, g}) // g's claim comes before the warm container of f
      all.push_back(cloud.invoke(function, 1));
    cloud.manager.wait_all(all);
    std::vector<double> started;
    for (const auto& invocation : all)
      started.push_back(invocation.started() - staging);
    CHECK_THAT(started, all_at({0, 1, 2, 3}));
    CHECK(all[1].cold());
    CHECK_FALSE(all[2].cold());
    CHECK_FALSE(all[3].cold());
  });
}

TEST_CASE("R16 one that can't start does not hold back a later one that can") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto image = cloud.image("shared");
  const auto big = cloud.sleeper("big", provider, {.memory = 3_GB}, image);
  const auto small = cloud.sleeper("small", provider, {.memory = 100_MB}, image);
  cloud.run([&] {
    const auto first = cloud.invoke(big, 10);
    const auto second = cloud.invoke(big, 1); // no memory for it before the first has ended
    const auto third = cloud.invoke(small, 1);
    cloud.manager.wait_all({first, second, third});
    CHECK(third.started() == at(staging));
    CHECK(second.started() == at(staging + 10));
    CHECK_FALSE(second.cold());
  });
}

TEST_CASE("R17 an idle container comes before a claim, wherever it is") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 2}, 2);
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (const double time : {5.0, 5.0, 1.0}) // the third on node-1
      all.push_back(cloud.invoke(f, time));
    cloud.manager.wait_one(all[2]);
    CHECK(all[2].node() == "node-1");
    // node-1 could start a new one at once, too: its image is in memory.
    const auto next = cloud.call(f, 1);
    CHECK(next.node() == "node-1");
    CHECK_FALSE(next.cold());
    cloud.manager.wait_all(all);
  });
}

TEST_CASE("R17 of several idle containers the one that was used last is taken") {
  Cloud cloud(3);
  auto& provider = cloud.provider({.slots = 1}, 3);
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (const double time : {20.0, 30.0, 10.0})
      all.push_back(cloud.invoke(f, time));
    cloud.manager.wait_all(all); // they end on node-2, node-0, node-1
    std::vector<std::string> nodes;
    for (int i = 0; i < 3; ++i) {
      all[i] = cloud.invoke(f, 1);
      nodes.push_back(all[i].node());
    }
    CHECK(nodes == std::vector<std::string>{"node-1", "node-0", "node-2"});
    cloud.manager.wait_all(all);
  });
}

TEST_CASE("R17 of several idle containers of a node the one used last takes a call that had to wait for a slot") {
  const bool ranked = GENERATE(false, true); // the node's idle containers are looked through in another way then
  CAPTURE(ranked);
  Cloud cloud;
  auto& provider =
      cloud.provider({.slots = 2, .queueing = ranked ? std::make_shared<ws::ShortestExpectedFirst>() : nullptr});
  const auto image = cloud.image("shared");
  const auto f = cloud.sleeper("f", provider, {}, image);
  const auto g = cloud.sleeper("g", provider, {}, image);
  const auto results = cloud.run([&] {
    cloud.manager.wait_all({cloud.invoke(f, 1), cloud.invoke(f, 2)}); // the second container is the one used last
    const std::vector<ws::Invocation> full{cloud.invoke(g, 5), cloud.invoke(g, 6)};
    const auto waits = cloud.call(f, 0.5);
    CHECK(waits.assigned() == at(staging + 2 + 5));
    CHECK_FALSE(waits.cold());
    cloud.manager.wait_all(full);
  });
  CHECK(results.containers->invocations == std::vector<std::uint32_t>{1, 2, 1, 1});
}

TEST_CASE("R17 a claim reserves its slot, memory and storage at once") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto f = cloud.sleeper("f", provider, {.memory = 1_GB, .ephemeral_storage = 2_GB});
  cloud.run([&] {
    const auto invocation = cloud.invoke(f, 1);
    Cloud::sleep_until(1.25); // its image is at the head
    const auto node = provider.cluster().node(ws::NodeId(0U));
    CHECK(node.used_slots() == 1);
    CHECK(node.free_memory() == 4_GB - 1_GB - 50_MB);
    CHECK(node.free_storage() == 10_GB - 2_GB - 100_MB);
    cloud.manager.wait_one(invocation);
    CHECK(node.used_slots() == 0);
    CHECK(node.free_memory() + node.reclaimable_memory() == 4_GB); // what is idle could be dropped
  });
}

TEST_CASE("R18 claims prefer the node where the image is nearest to running") {
  Cloud cloud(3);
  auto& provider = cloud.provider({.keep_alive = 0}, 3);
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (int i = 0; i < 4; ++i)
      all.push_back(cloud.invoke(g, 100)); // fills node-0
    CHECK(cloud.call(f, 1).node() == "node-1");
    cloud.manager.wait_all(all);
    CHECK(cloud.call(f, 1).node() == "node-1"); // though node-0 is free again
    CHECK(cloud.call(g, 1).node() == "node-0");
  });
}

namespace {

struct Fixed final : ws::PlacementPolicy {
  ws::NodeId answer;
  int asked = 0;
  explicit Fixed(ws::NodeId node) : answer(node) {}
  std::string name() const override { return "Fixed"; }
  ws::NodeId place(ws::FunctionId, const ws::ClusterView&) override {
    ++asked;
    return answer;
  }
};

struct Last final : ws::PlacementPolicy {
  std::string name() const override { return "Last"; }
  ws::NodeId place(ws::FunctionId function, const ws::ClusterView& cluster) override {
    const auto candidates = cluster.candidates(function);
    return candidates.empty() ? ws::NodeId() : candidates.back();
  }
};

} // namespace

TEST_CASE("R18 a placement policy of the user's picks the nodes") {
  Cloud cloud(3);
  auto& provider = cloud.provider({.slots = 1, .placement = std::make_shared<Last>()}, 3);
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (int i = 0; i < 4; ++i)
      all.push_back(cloud.invoke(f, i == 1 ? 1 : 5));
    cloud.manager.wait_all(all);
    std::vector<std::string> nodes;
    for (const auto& invocation : all)
      nodes.push_back(invocation.node());
    CHECK(nodes == std::vector<std::string>{"node-2", "node-1", "node-0", "node-1"});
  });
}

TEST_CASE("R18 a placement that is none is an error with policy, function and answer") {
  Cloud cloud(2);
  const auto run_with = [&](const ws::ServerlessOptions& options) {
    auto& provider = cloud.provider(options, 2);
    const auto f = cloud.sleeper("f", provider, {.memory = 3_GB});
    cloud.run([&] {
      cloud.invoke(f, 10);
      cloud.invoke(f, 10);
    });
  };
  SECTION("a node without room") {
    CHECK_THROWS_WITH(run_with({.placement = std::make_shared<Fixed>(ws::NodeId(1U))}),
                      Contains("Fixed") && Contains("'f'") && Contains("'node-1'"));
  }
  SECTION("a node that does not exist") {
    CHECK_THROWS_WITH(run_with({.placement = std::make_shared<Fixed>(ws::NodeId(7U))}),
                      Contains("Fixed") && Contains("'f'") && Contains("node 7"));
  }
}

TEST_CASE("R18 a policy that answers none keeps the invocation queued") {
  Cloud cloud;
  const auto policy = std::make_shared<Fixed>(ws::NodeId());
  auto& provider = cloud.provider({.placement = policy});
  const auto f = cloud.sleeper("f", provider);
  CHECK_THROWS_AS(cloud.run([&] { cloud.invoke(f, 1); }), ws::Deadlock);
  CHECK(policy->asked == 1);
  const auto results = cloud.sim.results();
  CHECK(results.invocations->state[0] == static_cast<int>(State::Queued));
}

TEST_CASE("R18 a policy is not asked while no slot is free") {
  Cloud cloud;
  const auto policy = std::make_shared<Fixed>(ws::NodeId(0U));
  const auto f = cloud.sleeper("f", cloud.provider({.slots = 1, .placement = policy}));
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (int i = 0; i < 5; ++i)
      all.push_back(cloud.invoke(f, 1));
    cloud.manager.wait_all(all);
  });
  CHECK(policy->asked == 1); // the other four take the container
}

TEST_CASE("R28 a slot is held from the claim to the end, and no more run than there are") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 3}, 2);
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (int i = 0; i < 20; ++i)
      all.push_back(cloud.invoke(f, 1 + i % 3));
    CHECK(provider.queued() == 20);
    Cloud::sleep_until(1.25); // their image is at the head
    for (std::uint32_t node = 0; node < 2; ++node)
      CHECK(provider.cluster().node(ws::NodeId(node)).free_slots() == 0);
    ws::sleep(4);
    CHECK(provider.running() == 6);
    cloud.manager.wait_all(all);
    CHECK(provider.running() == 0);
  });
  const auto& table = *results.invocations;
  for (std::size_t row = 0; row < table.size(); ++row) {
    int beside = 0;
    for (std::size_t other = 0; other < table.size(); ++other)
      beside += table.node[other] == table.node[row] && table.assigned[other] <= table.started[row] &&
                table.started[row] < table.ended[other];
    CHECK(beside <= 3);
  }
}

TEST_CASE("R28 memory limits how many run on a node, and storage does") {
  const bool memory = GENERATE(true, false);
  Cloud cloud;
  ws::FunctionLimits limits{.memory = 1_MB, .ephemeral_storage = 1_MB};
  (memory ? limits.memory : limits.ephemeral_storage) = memory ? 1500_MB : 4_GB; // of 4 and 10 GB
  const auto f = cloud.sleeper("f", cloud.provider(), limits);
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (int i = 0; i < 4; ++i)
      all.push_back(cloud.invoke(f, 1));
    cloud.manager.wait_all(all);
    CHECK(all[1].started() == at(staging));
    CHECK(all[2].started() == at(staging + 1));
    CHECK(all[3].started() == at(staging + 1));
  });
}

TEST_CASE("two providers serve side by side, with nodes and stores of their own") {
  Cloud cloud(2);
  auto& one = cloud.provider({.name = "one"});
  auto& two = cloud.sim.create_serverless_compute_service("head", {"node-1"}, {.image_store = 1_GB, .name = "two"});
  const auto f = cloud.add("f", [](const ws::FunctionInput&, ws::StorageService&) { return std::any(); }, {&one, &two});
  const auto results = cloud.run([&] {
    const auto first = cloud.manager.invoke(f); // the first by default
    const auto second = cloud.manager.invoke(f, {}, &two);
    cloud.manager.wait_all({first, second});
    CHECK(first.node() == "node-0");
    CHECK(second.node() == "node-1");
    // Each fetches the image for itself: the user's disk is shared, and so are the head's.
    CHECK(first.assigned() == at(2 + 2 + 0.5));
    CHECK(second.assigned() == at(2 + 2 + 0.5));
  });
  CHECK(results.transfers->size() == 4);
  CHECK(results.provider_names == std::vector<std::string>{"one", "two"});
  CHECK(results.function_names == std::vector<std::string>{"f"});
  CHECK(results.invocations->provider == std::vector<std::uint16_t>{0, 1});
}
