// BlockQueue against std::deque: several queues that share a pool of blocks.
#include "model/block_queue.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

using Queue = wrench_serverless::model::BlockQueue<std::uint64_t>;

TEST_CASE("queues of blocks are first in, first out, whatever comes and goes") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  Queue::Pool pool;
  std::vector<Queue> queues(1 + random.below(5), Queue(pool));
  std::vector<std::deque<std::uint64_t>> references(queues.size());
  const std::array<std::uint32_t, 4> of_ten = {3, 5, 7, 5}; // pushes, by phase: empty, about even, growing, about even
  for (std::uint64_t step = 0; step < 8'000; ++step) {
    const std::uint32_t which = random.below(static_cast<std::uint32_t>(queues.size()));
    Queue& queue = queues[which];
    std::deque<std::uint64_t>& reference = references[which];
    if (random.below(10) < of_ten[step / 2'000]) {
      queue.push_back() = step;
      reference.push_back(step);
    } else if (!reference.empty()) {
      queue.pop_front();
      reference.pop_front();
    }
    REQUIRE(queue.size() == reference.size());
    REQUIRE(queue.empty() == reference.empty());
    if (reference.empty())
      continue;
    REQUIRE(queue.front() == reference.front());
    const std::uint32_t number = random.below(static_cast<std::uint32_t>(reference.size()));
    REQUIRE(queue[number] == reference[number]);
    REQUIRE(queue[reference.size() - 1] == reference.back());
  }
  for (Queue& queue : queues)
    while (!queue.empty())
      queue.pop_front();
  CHECK(pool.free() == pool.blocks()); // an empty queue has none
}

TEST_CASE("queues that are empty most of the time use the same block") {
  Queue::Pool pool;
  std::vector<Queue> queues(100, Queue(pool));
  for (std::uint64_t round = 0; round < 10; ++round)
    for (Queue& queue : queues) {
      queue.push_back() = round;
      CHECK(queue.front() == round);
      queue.pop_front();
    }
  CHECK(pool.blocks() == 1);
}

TEST_CASE("a queue that never is empty gives its blocks back as it goes on") {
  Queue::Pool pool;
  Queue queue(pool);
  for (std::uint64_t number = 0; number < 100'000; ++number) {
    queue.push_back() = number;
    if (number >= 40)
      queue.pop_front();
  }
  CHECK(queue.size() == 40);
  CHECK(queue.front() == 99'960);
  CHECK(pool.blocks() <= 4);
}
