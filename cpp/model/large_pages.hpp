// Large pages for arrays that are jumped about in, or filled from one end to the other: with small ones, who has tens
// of megabytes waits for page tables too, and for the system at each fresh page.
#pragma once

#include "model/memory_block.hpp"

#include <cstddef>
#include <new>
#include <vector>

namespace wrench_serverless::model {

// From half a block on; less comes from the heap.
template <class T> struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <class Other> LargePages(const LargePages<Other>&) {}

  T* allocate(std::size_t count) {
    if (is_large(count))
      return static_cast<T*>(memory_block::take(rounded(count), true));
    return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{alignof(T)}));
  }
  void deallocate(T* memory, std::size_t count) {
    if (is_large(count))
      memory_block::give_back(memory, rounded(count));
    else
      ::operator delete(memory, std::align_val_t{alignof(T)});
  }
  bool operator==(const LargePages&) const = default;

private:
  static bool is_large(std::size_t count) { return count * sizeof(T) >= memory_block::bytes / 2; }
  static std::size_t rounded(std::size_t count) {
    return (count * sizeof(T) + memory_block::bytes - 1) / memory_block::bytes * memory_block::bytes;
  }
};

template <class T> using LargeVector = std::vector<T, LargePages<T>>;

} // namespace wrench_serverless::model
