// Seeded random numbers for tests: the same on every machine.
#pragma once

#include <cstdint>
#include <random>

class Random {
public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  // 0 … count - 1
  std::uint32_t below(std::size_t count) { return static_cast<std::uint32_t>(engine_() % count); }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool coin() { return below(2) != 0; }

private:
  std::mt19937 engine_;
};
