// RecencyList against a plain list, and Blocks: places that stay where they are.
#include "../random.hpp"
#include "model/blocks.hpp"
#include "model/node_set.hpp"
#include "model/recency_list.hpp"

#include <catch.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <vector>

namespace ws = wrench_serverless;
using ws::ContainerId;
using ws::model::Blocks;
using ws::model::NodeSet;
using ws::model::RecencyList;

namespace {

std::vector<ContainerId> from_oldest(const RecencyList& list) {
  std::vector<ContainerId> ids;
  list.oldest([&](const RecencyList::Entry& entry) {
    CHECK(entry.number == entry.id.value + 1000);
    ids.push_back(entry.id);
    return false;
  });
  return ids;
}

std::vector<ContainerId> from_newest(const RecencyList& list) {
  std::vector<ContainerId> ids;
  list.newest([&](const RecencyList::Entry& entry) {
    ids.push_back(entry.id);
    return false;
  });
  std::ranges::reverse(ids);
  return ids;
}

} // namespace

TEST_CASE("a recency list is that of a plain list, whatever comes and goes") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    RecencyList list;
    std::vector<ContainerId> plain;
    std::map<ContainerId, std::uint32_t> places;
    const auto moved = [&](ContainerId id, std::uint32_t place) { places[id] = place; };
    std::uint32_t next = 0;
    for (int step = 0; step < 2000; ++step) {
      const bool grows = step % 400 < 200; // so that it is long, and empty again
      if (plain.empty() || random.below(8) < (grows ? 6U : 2U)) {
        const ContainerId id(next++);
        places[id] = list.push(id, id.value + 1000);
        plain.push_back(id);
      } else {
        const auto near = static_cast<std::uint32_t>(std::min<std::size_t>(plain.size(), 1 + random.below(100)));
        const auto victim = plain.end() - 1 - random.below(random.below(2) == 0 ? near : plain.size());
        list.take_out(*victim, places.at(*victim), moved);
        places.erase(*victim);
        plain.erase(victim);
      }
      REQUIRE(list.size() == plain.size());
      REQUIRE(list.entries().size() <= 2 * plain.size() + 16); // gaps are closed in time
      REQUIRE(list.oldest() == (plain.empty() ? ContainerId() : plain.front()));
      if (step % 20 == 0) {
        REQUIRE(from_oldest(list) == plain);
        REQUIRE(from_newest(list) == plain);
      }
    }
  }
}

TEST_CASE("what is taken out of the newest leaves no gap, and what is taken out far from them does") {
  RecencyList list;
  const auto nobody_moves = [](ContainerId, std::uint32_t) { FAIL("a gap was closed"); };
  for (std::uint32_t id = 0; id < 100; ++id)
    CHECK(list.push(ContainerId(id), id + 1000) == id);
  for (std::uint32_t id = 99; id > 70; id -= 2)
    list.take_out(ContainerId(id), id, nobody_moves);
  CHECK(list.entries().size() == list.size());
  list.take_out(ContainerId(10U), 10, nobody_moves);
  CHECK(list.entries().size() == list.size() + 1);
  list.take_out(ContainerId(0U), 0, nobody_moves); // the oldest: what is before the next one is no gap
  CHECK(list.entries().size() == list.size() + 1);
}

TEST_CASE("the newest of a set of numbers is the one that a look at each finds") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    const std::uint32_t numbers = 1 + random.below(200);
    NodeSet set;
    set.resize(numbers);
    RecencyList list;
    std::map<ContainerId, std::uint32_t> places;
    for (std::uint32_t step = 0; step < 500; ++step) {
      const std::uint32_t number = random.below(numbers);
      set.set(number, random.below(20) == 0);
      if (places.empty() || random.below(3) != 0) {
        const ContainerId id(step);
        places[id] = list.push(id, number);
      } else {
        const auto victim = std::next(places.begin(), random.below(places.size()));
        const auto [out, place] = *victim;
        places.erase(victim);
        list.take_out(out, place, [&](ContainerId id, std::uint32_t moved) { places[id] = moved; });
      }
      const auto in_set = [&](const RecencyList::Entry& entry) { return set.contains(entry.number); };
      REQUIRE(list.newest_in(set) == list.newest(in_set));
    }
  }
}

TEST_CASE("a recency list gives the first that is accepted") {
  RecencyList list;
  const auto even = [](const RecencyList::Entry& entry) { return entry.id.value % 2 == 0; };
  CHECK_FALSE(list.newest(even));
  for (std::uint32_t index = 0; index < 6; ++index)
    list.push(ContainerId(index), index + 1000);
  CHECK(list.newest(even) == ContainerId(4U));
  CHECK(list.oldest([](const RecencyList::Entry& entry) { return entry.number > 1002; }) == ContainerId(3U));
}

TEST_CASE("what is in blocks stays where it is, and is destroyed once") {
  const auto token = std::make_shared<int>(7);
  struct Thing {
    std::shared_ptr<int> held;
    char rest[100] = {};
  };
  {
    Blocks<Thing> things;
    things.grow().held = token;
    const Thing* const first = &things[0];
    for (int count = 0; count < 100'000; ++count)
      things.grow().held = token;
    CHECK(first == &things[0]);
    CHECK(things.size() == 100'001);
    CHECK(token.use_count() == 100'002);
    things = {};
    CHECK(token.use_count() == 1);
    things.grow().held = token;
    CHECK(token.use_count() == 2);
  }
  CHECK(token.use_count() == 1);
}
