// The nodes of an image, nodes in an order, and parked images, against plain sets and a look at every node.
#include "model/image_nodes.hpp"
#include "model/ordered_rooms.hpp"
#include "model/parked_images.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

using wrench_serverless::Bytes;
using wrench_serverless::ImageId;
using wrench_serverless::NodeId;
using wrench_serverless::Warmth;
using wrench_serverless::model::CompactNodeSet;
using wrench_serverless::model::ImageNodes;
using wrench_serverless::model::OrderedRooms;
using wrench_serverless::model::ParkedImages;

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

TEST_CASE("nodes in an order of the caller's are those of a look at every node") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(300);
  const std::uint32_t amounts = seed % 2 == 0 ? 5 : 1'000; // of many nodes each, or of hardly two
  struct Room {
    OrderedRooms::Key key;
    Bytes memory, storage;
    OrderedRooms::Marks marks;
  };
  OrderedRooms order(count);
  std::map<std::uint32_t, Room> reference;
  for (int step = 0; step < 2'000; ++step) {
    const std::uint32_t node = random.below(count);
    if (random.below(3) == 0) {
      reference.erase(node);
      order.erase(NodeId(node));
    } else {
      const bool same = reference.contains(node) && random.coin();
      const OrderedRooms::Key key =
          same ? reference.at(node).key : OrderedRooms::Key{0.25 * random.below(4), random.below(amounts)};
      const Room& room = reference[node] = {key, random.below(amounts), random.below(amounts),
                                            static_cast<OrderedRooms::Marks>(random.below(16))};
      order.set(NodeId(node), key, room.memory, room.storage, room.marks);
      REQUIRE(order.is(NodeId(node), key, room.memory, room.storage, room.marks));
    }
    REQUIRE(order.contains(NodeId(node)) == reference.contains(node));
    // The third that is offered is accepted.
    const Bytes memory = random.below(amounts), storage = random.below(3) == 0 ? random.below(amounts) : 0;
    const auto marks = static_cast<OrderedRooms::Marks>(random.below(4));
    std::vector<std::tuple<double, Bytes, std::uint32_t>> all;
    for (const auto& [index, room] : reference)
      if (room.memory >= memory && room.storage >= storage && (room.marks & marks) == marks)
        all.emplace_back(room.key.load, room.key.memory, index);
    std::ranges::sort(all);
    std::vector<NodeId> offered;
    const NodeId found = order.first(memory, storage, marks, [&](NodeId at) {
      offered.push_back(at);
      return offered.size() == 3;
    });
    REQUIRE(offered.size() == std::min<std::size_t>(all.size(), 3));
    for (std::size_t place = 0; place < offered.size(); ++place)
      REQUIRE(offered[place].value == std::get<2>(all[place]));
    REQUIRE(found == (all.size() < 3 ? NodeId() : offered.back()));
    if (all.size() > 1)
      REQUIRE(order.before(NodeId(std::get<2>(all[0])), NodeId(std::get<2>(all[1]))));
  }
}

TEST_CASE("nodes by memory can be drawn by number, from the last on") {
  const auto seed = GENERATE(range(0U, 10U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(200);
  OrderedRooms order(count);
  std::map<std::uint32_t, Bytes> reference;
  for (int step = 0; step < 500; ++step) {
    const std::uint32_t node = random.below(count);
    if (random.below(3) == 0) {
      reference.erase(node);
      order.erase(NodeId(node));
    } else {
      reference[node] = random.below(seed % 2 == 0 ? 5 : 1'000);
      order.set(NodeId(node), {0, reference[node]}, reference[node], 0);
    }
    const Bytes least = random.below(seed % 2 == 0 ? 6 : 1'100);
    std::vector<std::pair<Bytes, std::uint32_t>> all;
    for (const auto& [index, memory] : reference)
      if (memory >= least)
        all.emplace_back(memory, index);
    std::ranges::sort(all, std::greater());
    REQUIRE(order.count_from(least) == all.size());
    for (std::size_t place = 0; place < all.size(); ++place)
      REQUIRE(order.from_last(place).value == all[place].second);
  }
}

TEST_CASE("a parked image wakes up when there is what it takes, of both, and not before") {
  ParkedImages parked;
  std::vector<std::uint32_t> woken;
  const auto wake = [&](Bytes memory, Bytes storage) {
    woken.clear();
    parked.wake(memory, storage, [&](ImageId image) { woken.push_back(image.value); });
    return woken;
  };
  using Images = std::vector<std::uint32_t>;
  parked.add(ImageId(0U), 100, 10);
  parked.add(ImageId(1U), 50, 50);
  parked.add(ImageId(2U), 200, 5);
  CHECK(wake(1'000, 4).empty());
  CHECK(wake(49, 1'000).empty());
  CHECK(wake(99, 49).empty());
  CHECK(wake(100, 10) == Images{0});
  CHECK(wake(100, 10).empty());
  CHECK(parked.is_awaited(ImageId(1U)));
  parked.remove(ImageId(1U));
  CHECK_FALSE(parked.is_awaited(ImageId(1U)));
  CHECK_FALSE(parked.empty());
  CHECK(wake(1'000, 1'000) == Images{2});
  CHECK(parked.empty());
}
