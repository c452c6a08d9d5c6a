// Asks the machine for memory that will be needed soon. Changes nothing but how long it takes.
//
// A simulation of 10,000 nodes has its state far from any cache, and each event needs a dozen places of it that nothing
// else needs at the time. What is asked for ahead of time comes while other events are at work.
#pragma once

#include <cstddef>

namespace wrench_serverless::model {

inline void prefetch(const void* place) {
  __builtin_prefetch(place, 1);
  // GCC takes a function that does nothing but this for one without any effect, and drops whole calls of it.
  asm volatile("" : : "r"(place));
}

// All lines of an object.
template <class T> void prefetch_all(const T& object) {
  constexpr std::size_t line = 64;
  const auto* const begin = reinterpret_cast<const char*>(&object);
  for (std::size_t offset = 0; offset < sizeof(T); offset += line)
    prefetch(begin + offset);
  if constexpr (alignof(T) < line)
    prefetch(begin + sizeof(T) - 1); // it may not begin with a line
}

} // namespace wrench_serverless::model
