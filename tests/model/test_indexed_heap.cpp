// IndexedHeap against a std::map of keys, and a std::set in order.
#include "model/indexed_heap.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

using Heap = wrench_serverless::model::IndexedHeap<int>;

TEST_CASE("an indexed heap is in order, whatever is put in, changed and taken out") {
  const auto seed = GENERATE(range(0U, 30U));
  CAPTURE(seed);
  Random random(seed);
  const std::uint32_t count = 1 + random.below(200);
  const std::uint32_t keys = 1 + random.below(300); // ties too
  Heap heap;
  std::map<std::uint32_t, int> reference;
  for (int step = 0; step < 2'000; ++step) {
    const std::uint32_t index = random.below(count);
    if (reference.contains(index) && random.below(3) == 0) {
      heap.erase(index);
      reference.erase(index);
    } else {
      const int key = static_cast<int>(random.below(keys));
      heap.set(index, key);
      reference[index] = key;
    }
    REQUIRE(heap.size() == reference.size());
    REQUIRE(heap.empty() == reference.empty());
    REQUIRE(heap.contains(index) == reference.contains(index));
    std::set<std::pair<int, std::uint32_t>> order;
    for (const auto& [of, key] : reference)
      order.emplace(key, of);
    if (!order.empty())
      REQUIRE(std::pair(heap.first().key, heap.first().index) == *order.begin());
    const std::size_t most = random.below(10) == 0 ? order.size() : random.below(4); // how far the walk goes
    std::vector<std::pair<int, std::uint32_t>> walked;
    heap.in_order([&](const Heap::Entry& entry) {
      walked.emplace_back(entry.key, entry.index);
      return walked.size() > most;
    });
    auto end = order.begin();
    std::advance(end, std::min(order.size(), most + 1));
    REQUIRE(walked == std::vector(order.begin(), end));
  }
}

TEST_CASE("who stops a walk may change the heap") {
  Heap heap;
  for (std::uint32_t index = 0; index < 50; ++index)
    heap.set(index, static_cast<int>(100 - index));
  int visited = 0;
  heap.in_order([&](const Heap::Entry& entry) {
    if (++visited < 10)
      return false;
    const std::uint32_t index = entry.index;
    for (std::uint32_t other = 0; other < 50; ++other)
      if (other != index)
        heap.erase(other);
    return true;
  });
  CHECK(visited == 10);
  CHECK(heap.size() == 1);
  CHECK(heap.first().index == 40);
}
