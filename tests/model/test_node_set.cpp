// NodeSet against std::set: members, order, and the borders of its words and of its summary's words.
#include "model/node_set.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

using wrench_serverless::model::NodeSet;

namespace {

std::vector<std::uint32_t> walk(const NodeSet& set) {
  std::vector<std::uint32_t> members;
  for (auto index = set.next(0); index; index = set.next(*index + 1))
    members.push_back(*index);
  return members;
}

} // namespace

TEST_CASE("an empty node set has no next member") {
  NodeSet set;
  CHECK(set.empty());
  CHECK_FALSE(set.next(0));
  set.resize(10'000);
  CHECK_FALSE(set.next(0));
  CHECK_FALSE(set.next(9'999));
  CHECK_FALSE(set.next(1'000'000));
}

TEST_CASE("the members at the borders of words are found") {
  const std::vector<std::uint32_t> border{0,       1,       63,      64,      127,    128,    4095,
                                          4096,    4097,    8191,    8192,    12'287, 12'288, 19'999,
                                          262'143, 262'144, 266'240, 524'288, 599'999};
  NodeSet set;
  set.resize(600'000);
  for (const std::uint32_t index : border)
    set.insert(index);
  CHECK(set.size() == border.size());
  CHECK(walk(set) == border);
  for (const std::uint32_t index : border) { // alone as well
    NodeSet single;
    single.resize(600'000);
    single.insert(index);
    CAPTURE(index);
    CHECK(walk(single) == std::vector{index});
    CHECK(single.next(index) == index);
    CHECK_FALSE(single.next(index + 1));
  }
}

TEST_CASE("inserting or erasing twice counts once") {
  NodeSet set;
  set.resize(100);
  set.insert(7);
  set.insert(7);
  CHECK(set.size() == 1);
  set.erase(7);
  set.erase(7);
  set.erase(8);
  CHECK(set.empty());
  CHECK_FALSE(set.next(0));
}

TEST_CASE("a node set keeps its members when it grows") {
  NodeSet set;
  for (std::uint32_t index = 0; index < 9'000; ++index) {
    set.resize(index + 1);
    if (index % 3 == 0)
      set.insert(index);
  }
  CHECK(set.size() == 3'000);
  CHECK(set.next(8'998) == std::nullopt);
  CHECK(set.next(8'995) == 8'997U);
}

TEST_CASE("common members are those of both sets, whatever their sizes") {
  const auto seed = GENERATE(range(0U, 40U));
  CAPTURE(seed);
  Random random(seed);
  NodeSet a;
  NodeSet b;
  std::set<std::uint32_t> in_a;
  std::set<std::uint32_t> in_b;
  for (auto [set, members, more] : {std::tuple{&a, &in_a, seed % 3 == 0}, {&b, &in_b, seed % 5 == 0}}) {
    const std::uint32_t count = 1 + random.below(20'000);
    set->resize(count);
    for (std::uint32_t i = 0; i < (more ? 5'000U : 20U + seed); ++i) {
      const std::uint32_t index = random.below(count);
      set->insert(index);
      members->insert(index);
    }
  }
  std::vector<std::uint32_t> both;
  std::ranges::set_intersection(in_a, in_b, std::back_inserter(both));
  std::vector<std::uint32_t> found;
  for (auto index = a.next_common(b, 0); index; index = a.next_common(b, *index + 1))
    found.push_back(*index);
  CHECK(found == both);
  for (int step = 0; step < 500; ++step) {
    const std::uint32_t from = random.below(25'000);
    const auto expected = std::ranges::lower_bound(both, from);
    REQUIRE(b.next_common(a, from) == (expected == both.end() ? std::nullopt : std::optional(*expected)));
  }
}

TEST_CASE("random inserts, erases and look-ups agree with a std::set") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(10'000);
  CAPTURE(count);
  NodeSet set;
  set.resize(count);
  std::set<std::uint32_t> reference;
  const std::uint32_t erasures = random.below(3); // grows, stays sparse, or stays about half full
  for (int step = 0; step < 5'000; ++step) {
    const std::uint32_t index = random.below(count);
    if (random.below(4) < erasures + 1) {
      set.erase(index);
      reference.erase(index);
    } else {
      set.insert(index);
      reference.insert(index);
    }
    const std::uint32_t from = random.below(count);
    const auto expected = reference.lower_bound(from);
    const auto found = set.next(from);
    REQUIRE(found == (expected == reference.end() ? std::nullopt : std::optional(*expected)));
    REQUIRE(set.contains(from) == reference.contains(from));
    REQUIRE(set.size() == reference.size());
  }
  CHECK(walk(set) == std::vector(reference.begin(), reference.end()));
}
