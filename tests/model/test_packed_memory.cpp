// Memory for small arrays: nobody gets what another one has, and all of it goes back.
#include "model/packed_memory.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <cstdint>
#include <cstring>
#include <unordered_map>
#include <vector>

namespace model = wrench_serverless::model;
namespace packed = wrench_serverless::model::packed_memory;

TEST_CASE("packed memory of any size is aligned, and nobody else's") {
  const std::size_t before = packed::in_use();
  const auto seed = GENERATE(range(0U, 10U));
  Random random(seed);
  struct Piece {
    unsigned char* memory;
    std::size_t size;
    unsigned char mark;
  };
  std::vector<Piece> pieces;
  const auto give_back = [&](std::size_t index) {
    const Piece piece = pieces[index];
    for (std::size_t at = 0; at < piece.size; ++at)
      REQUIRE(piece.memory[at] == piece.mark);
    packed::give_back(piece.memory, piece.size);
    pieces[index] = pieces.back();
    pieces.pop_back();
  };
  for (int step = 0; step < 2'000; ++step) {
    if (!pieces.empty() && random.below(3) == 0) {
      give_back(random.below(pieces.size()));
      continue;
    }
    const std::size_t most = random.below(20) == 0 ? packed::largest : 300;
    const std::size_t size = 1 + random.below(most);
    auto* const memory = static_cast<unsigned char*>(packed::take(size));
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % (size > 32 ? 64 : 32) == 0);
    const auto mark = static_cast<unsigned char>(random.below(256));
    std::memset(memory, mark, size);
    pieces.push_back({memory, size, mark});
  }
  CHECK(packed::in_use() > before);
  while (!pieces.empty())
    give_back(pieces.size() - 1);
  CHECK(packed::in_use() == before);
}

TEST_CASE("containers of the standard library keep what is theirs in packed memory, or beside it if it is large") {
  const std::size_t before = packed::in_use();
  {
    std::vector<std::uint64_t, model::PackedMemory<std::uint64_t>> numbers;
    std::unordered_map<int, int, std::hash<int>, std::equal_to<>, model::PackedMemory<std::pair<const int, int>>> map;
    for (int i = 0; i < 50'000; ++i) {
      numbers.push_back(static_cast<std::uint64_t>(i));
      if (i % 100 == 0)
        map[i] = -i;
    }
    CHECK(packed::in_use() > before);
    for (int i = 0; i < 50'000; ++i)
      REQUIRE(numbers[static_cast<std::size_t>(i)] == static_cast<std::uint64_t>(i));
    for (const auto& [key, value] : map)
      CHECK(value == -key);
    const auto copy = numbers;
    CHECK(copy == numbers);
  }
  CHECK(packed::in_use() == before);
}
