// Tournament against a std::map of keys, and a std::set in order.
#include "model/tournament.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace {

struct Key {
  int value = std::numeric_limits<int>::max();
  bool operator<(const Key& other) const { return value < other.value; }
};
using Tournament = wrench_serverless::model::Tournament<Key>;

} // namespace

TEST_CASE("a tournament is in order, whatever is put in, changed and taken out") {
  const auto seed = GENERATE(range(0U, 30U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(200);
  const std::uint32_t keys = 1 + random.below(300);
  Tournament tournament;
  std::map<std::uint32_t, int> reference;
  for (int step = 0; step < 2'000; ++step) {
    const std::uint32_t index = random.below(count);
    if (reference.contains(index) && random.below(3) == 0) {
      tournament.erase(index);
      reference.erase(index);
    } else {
      const int key = static_cast<int>(random.below(keys) * count + index); // no two are equal
      tournament.set(index, {key});
      reference[index] = key;
    }
    REQUIRE(tournament.size() == reference.size());
    REQUIRE(tournament.empty() == reference.empty());
    REQUIRE(tournament.contains(index) == reference.contains(index));
    std::set<std::pair<int, std::uint32_t>> order;
    for (const auto& [of, key] : reference)
      order.emplace(key, of);
    if (!order.empty())
      REQUIRE(std::pair(tournament.first().key.value, tournament.first().index) == *order.begin());
    const std::size_t most = random.below(10) == 0 ? order.size() : random.below(4); // how far the walk goes
    std::vector<std::pair<int, std::uint32_t>> walked;
    tournament.in_order([&](const Tournament::Entry& entry) {
      walked.emplace_back(entry.key.value, entry.index);
      return walked.size() > most;
    });
    auto end = order.begin();
    std::advance(end, std::min(order.size(), most + 1));
    REQUIRE(walked == std::vector(order.begin(), end));
  }
}

TEST_CASE("who stops a walk may change the heap") {
  Tournament tournament;
  for (std::uint32_t index = 0; index < 50; ++index)
    tournament.set(index, {static_cast<int>(100 - index)});
  int visited = 0;
  tournament.in_order([&](const Tournament::Entry& entry) {
    if (++visited < 10)
      return false;
    const std::uint32_t index = entry.index;
    for (std::uint32_t other = 0; other < 50; ++other)
      if (other != index)
        tournament.erase(other);
    return true;
  });
  CHECK(visited == 10);
  CHECK(tournament.size() == 1);
  CHECK(tournament.first().index == 40);
}
