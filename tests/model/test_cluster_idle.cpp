// The lists of a node's idle containers (R10, R17), which are made when somebody asks and go when nobody does.
#include "../random.hpp"
#include "model/cluster.hpp"

#include <catch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;
using ws::ContainerId;
using ws::NodeId;

TEST_CASE("R10 idle containers are in the order in which they became idle, however seldom somebody asks") {
  constexpr int count = 150;
  const std::uint32_t asks = GENERATE(1U, 10U, 300U, 3'000U); // once in so many steps, on average
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(asks, seed);
    Random random(seed);
    std::array<model::Space, 2> stores{model::Space(10'000), model::Space(10'000)};
    model::Cluster cluster([](ContainerId) { FAIL("there is room for all"); });
    const auto image = cluster.add_image({"image", 10, 10});
    const auto function = cluster.add_function({.image = image, .memory = 1, .storage = 1, .name = "f"});
    std::vector<std::vector<ContainerId>> idle(stores.size()); // by node
    std::vector<ContainerId> busy;
    for (std::uint32_t node = 0; node < stores.size(); ++node) {
      cluster.add_node(count, 10'000, stores[node]);
      for (int made = 0; made < count; ++made) {
        const ContainerId id = cluster.claim(NodeId(node), function);
        if (made == 0)
          for (const auto warmth :
               {model::Warmth::ToDisk, model::Warmth::OnDisk, model::Warmth::ToMemory, model::Warmth::InMemory})
            cluster.set_warmth(NodeId(node), image, warmth);
        cluster.make_busy(id);
        busy.push_back(id);
      }
    }
    for (int step = 0; step < 20'000; ++step) {
      const std::uint32_t node = random.below(2);
      if (!idle[node].empty() && random.below(2) == 0) { // of the newest, or of all
        const std::size_t most =
            random.below(2) == 0 ? std::min<std::size_t>(idle[node].size(), 20) : idle[node].size();
        const auto chosen = idle[node].end() - 1 - static_cast<std::ptrdiff_t>(random.below(most));
        cluster.make_busy(*chosen);
        busy.push_back(*chosen);
        idle[node].erase(chosen);
      } else if (!busy.empty()) {
        const auto chosen = busy.begin() + static_cast<std::ptrdiff_t>(random.below(busy.size()));
        cluster.make_idle(*chosen);
        idle[cluster.container(*chosen).node.value].push_back(*chosen);
        busy.erase(chosen);
      }
      if (random.below(asks) == 0) {
        std::vector<ContainerId> listed;
        cluster.idle_on(NodeId(node)).oldest([&](const model::RecencyList::Entry& entry) {
          CHECK(entry.number == function.value);
          listed.push_back(entry.id);
          return false;
        });
        REQUIRE(listed == idle[node]);
      }
      if (random.below(20) == 0)
        REQUIRE(cluster.newest_idle_of(function, NodeId(node)) ==
                (idle[node].empty() ? ContainerId() : idle[node].back()));
      if (step % 500 == 0)
        cluster.check();
    }
  }
}

TEST_CASE("R17 the newest idle container of a function on a node is not a busy one that has room, nor elsewhere") {
  std::array<model::Space, 2> stores{model::Space(10'000), model::Space(10'000)};
  model::Cluster cluster([](ContainerId) { FAIL("there is room for all"); });
  const auto image = cluster.add_image({"image", 10, 10});
  const auto function =
      cluster.add_function({.image = image, .memory = 1, .storage = 1, .concurrency = 2, .name = "f"});
  const auto other = cluster.add_function({.image = image, .memory = 1, .storage = 1, .concurrency = 2, .name = "g"});
  for (auto& store : stores)
    cluster.add_node(10, 10'000, store);
  const auto busy = [&](std::uint32_t node, ws::FunctionId of) {
    const ContainerId id = cluster.claim(NodeId(node), of);
    cluster.make_busy(id);
    return id;
  };
  const ContainerId first = busy(0, function), second = busy(0, function), third = busy(0, function);
  const ContainerId elsewhere = busy(1, function), of_other = busy(0, other);
  CHECK(!cluster.newest_idle_of(function, NodeId(0U)));
  for (const ContainerId id : {first, second, elsewhere, of_other})
    cluster.make_idle(id);
  CHECK(cluster.newest_idle_of(function, NodeId(0U)) == second);
  CHECK(cluster.newest_idle_of(function, NodeId(1U)) == elsewhere);
  CHECK(cluster.newest_idle_of(other, NodeId(0U)) == of_other);
  cluster.make_busy(second); // and has room for another call
  CHECK(cluster.newest_idle_of(function, NodeId(0U)) == first);
  cluster.make_idle(third);
  CHECK(cluster.newest_idle_of(function, NodeId(0U)) == third);
}

TEST_CASE("R17 who asks often for the idle containers of some functions is told to ask for a node's") {
  model::Space store(10'000);
  model::Cluster cluster([](ContainerId) { FAIL("there is room for all"); });
  const auto image = cluster.add_image({"image", 10, 10});
  const auto function = cluster.add_function({.image = image, .memory = 1, .storage = 1, .name = "f"});
  cluster.add_node(100, 10'000, store);
  std::vector<ContainerId> all;
  for (int made = 0; made < 20; ++made) {
    all.push_back(cluster.claim(NodeId(0U), function));
    cluster.make_busy(all.back());
  }
  for (const ContainerId id : all)
    cluster.make_idle(id);
  const std::vector asked{function};
  const auto times = [&] {
    int count = 0;
    for (; count < 100 && cluster.is_cheaper_to_ask_for(asked); ++count)
      ;
    return count;
  };
  CHECK(times() == 4); // each looks at 20 of 20, and a bit
  CHECK(times() == 0);
  cluster.idle_on(NodeId(0U));
  CHECK(times() == 0);                    // they are there
  for (int step = 0; step < 30; ++step) { // until nobody has asked for long
    cluster.make_busy(all[0]);
    cluster.make_idle(all[0]);
  }
  CHECK(times() == 4);
}
