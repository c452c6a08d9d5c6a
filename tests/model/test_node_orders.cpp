// The nodes of an image, by load, and by free memory, against plain sets and a look at every node.
#include "model/image_nodes.hpp"
#include "model/load_order.hpp"
#include "model/node_orders.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <optional>
#include <ranges>
#include <set>
#include <utility>
#include <vector>

using wrench_serverless::Bytes;
using wrench_serverless::NodeId;
using wrench_serverless::Warmth;
using wrench_serverless::model::CompactNodeSet;
using wrench_serverless::model::FreeMemoryOrder;
using wrench_serverless::model::ImageNodes;
using wrench_serverless::model::LoadOrder;

namespace {

constexpr auto no = [](auto...) { return false; };
constexpr auto yes = [](auto...) { return true; };

} // namespace

TEST_CASE("a compact node set agrees with a std::set, small and large and small again") {
  const auto seed = GENERATE(range(0U, 30U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(seed % 2 == 0 ? 60 : 5'000);
  CompactNodeSet set;
  std::set<std::uint32_t> reference;
  for (int step = 0; step < 4'000; ++step) {
    const std::uint32_t index = random.below(count);
    if (random.below(4) < (step / 1'000 % 2 == 0 ? 1U : 3U)) { // grows, shrinks, grows, shrinks
      set.erase(index);
      reference.erase(index);
    } else {
      set.insert(index);
      reference.insert(index);
    }
    const std::uint32_t from = random.below(count + 10);
    const auto expected = reference.lower_bound(from);
    REQUIRE(set.next(from) == (expected == reference.end() ? std::nullopt : std::optional(*expected)));
    REQUIRE(set.contains(from) == reference.contains(from));
    REQUIRE(set.size() == reference.size());
    if (step % 50 == 0) {
      wrench_serverless::model::NodeSet others;
      others.resize(count);
      std::optional<std::uint32_t> first_common;
      for (std::uint32_t other = 0; other < count; ++other)
        if (random.below(20) == 0) {
          others.insert(other);
          if (!first_common && other >= from && reference.contains(other))
            first_common = other;
        }
      REQUIRE(set.next_common(others, from) == first_common);
    }
  }
}

TEST_CASE("the nodes of an image come warmest first, and may be taken out on the way") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(300);
  ImageNodes nodes;
  std::set<std::pair<Warmth, NodeId>> reference;
  for (int step = 0; step < 500; ++step) {
    const std::pair entry{static_cast<Warmth>(random.below(4)), NodeId(random.below(count))};
    if (random.below(3) == 0) {
      nodes.erase(entry.first, entry.second);
      reference.erase(entry);
    } else {
      nodes.insert(entry.first, entry.second);
      reference.insert(entry);
    }
    REQUIRE(nodes.contains(entry.first, entry.second) == reference.contains(entry));
    REQUIRE_FALSE(nodes.contains(Warmth::Absent, entry.second));
    REQUIRE(nodes.size() == reference.size());
  }
  CHECK(nodes.list() == std::vector(reference.begin(), reference.end()));
  CHECK(nodes.first(yes) == (reference.empty() ? NodeId() : reference.begin()->second));
  CHECK_FALSE(nodes.first(no));
  // Whoever looks takes out what is no use to him, and goes on.
  std::vector<std::pair<Warmth, NodeId>> seen;
  const NodeId found = nodes.first([&](Warmth warmth, NodeId node) {
    seen.emplace_back(warmth, node);
    nodes.erase(warmth, node);
    return seen.size() == reference.size();
  });
  CHECK(seen == std::vector(reference.begin(), reference.end()));
  CHECK(found == seen.back().second);
  CHECK(nodes.empty());
}

TEST_CASE("nodes by load are those of a look at every node") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(300);
  std::vector<double> loads;
  for (const int slots : {3, 4, 6})
    for (int used = 0; used < slots; ++used)
      loads.push_back(static_cast<double>(used) / slots);
  LoadOrder order(count, loads);
  std::vector<double> reference(count, LoadOrder::closed);
  for (int step = 0; step < 2'000; ++step) {
    const std::uint32_t node = random.below(count);
    const double load = random.below(3) == 0 ? LoadOrder::closed : loads[random.below(loads.size())];
    order.set(node, load);
    reference[node] = load;
    const std::uint32_t asked = random.below(count);
    REQUIRE(order.load(asked) == reference[asked]);
    // The third that is offered is accepted.
    std::set<std::pair<double, std::uint32_t>> all;
    for (std::uint32_t index = 0; index < count; ++index)
      if (reference[index] != LoadOrder::closed)
        all.emplace(reference[index], index);
    int offered = 0;
    const NodeId found = order.first([&](NodeId) { return ++offered == 3; });
    REQUIRE(found == (all.size() < 3 ? NodeId() : NodeId(std::next(all.begin(), 2)->second)));
  }
}

TEST_CASE("nodes by free memory are those of a look at every node") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(300);
  const std::uint32_t amounts = seed % 2 == 0 ? 5 : 1'000; // of many nodes each, or of hardly two
  FreeMemoryOrder order;
  order.resize(count);
  std::vector<Bytes> reference(count, -1);
  for (int step = 0; step < 2'000; ++step) {
    const std::uint32_t node = random.below(count);
    reference[node] = random.below(3) == 0 ? -1 : random.below(amounts);
    order.set(node, reference[node]);
    // The third that is offered is accepted.
    const Bytes least = random.below(amounts);
    std::set<std::pair<Bytes, NodeId>> all;
    for (std::uint32_t index = 0; index < count; ++index)
      if (reference[index] >= least)
        all.emplace(reference[index], NodeId(index));
    std::vector<std::pair<Bytes, NodeId>> offered;
    const NodeId found = order.first(least, [&](Bytes memory, NodeId at) {
      offered.emplace_back(memory, at);
      return offered.size() == 3;
    });
    REQUIRE(std::ranges::equal(offered, all | std::views::take(3)));
    REQUIRE(found == (all.size() < 3 ? NodeId() : offered.back().second));
  }
}
