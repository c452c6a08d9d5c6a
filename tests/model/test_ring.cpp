// Ring against a deque.
#include "../random.hpp"
#include "model/ring.hpp"

#include <catch.hpp>

#include <cstdint>
#include <deque>

using wrench_serverless::model::Ring;

TEST_CASE("a ring is first in, first out, however it grows and empties") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Ring<std::uint32_t> ring;
    std::deque<std::uint32_t> plain;
    for (std::uint32_t step = 0; step < 3000; ++step) {
      const bool grows = step % 600 < 300;
      if (plain.empty() || random.below(8) < (grows ? 6U : 2U)) {
        ring.push_back(step);
        plain.push_back(step);
      } else {
        ring.pop_front();
        plain.pop_front();
      }
      REQUIRE(ring.size() == plain.size());
      REQUIRE(ring.empty() == plain.empty());
      if (plain.empty())
        continue;
      REQUIRE(ring.front() == plain.front());
      const auto number = random.below(plain.size());
      REQUIRE(ring[number] == plain[number]);
      REQUIRE(ring[plain.size() - 1] == plain.back());
    }
  }
}

TEST_CASE("a ring that is empty begins at its first place again") {
  Ring<int> ring;
  ring.push_back(0);
  const int* const first = &ring.front();
  for (int number = 1; number < 100; ++number) {
    ring.pop_front();
    ring.push_back(number);
    REQUIRE(&ring.front() == first);
  }
}
