// Memory for very many small arrays, side by side in large pages. On the heap they are all over hundreds of small pages
// each, and who looks at one array of ten thousand waits for the tables of the pages too.
//
// What is given back serves the next one of its size (powers of two), and when all of it is given back the system gets
// it. Any thread may call.
#pragma once

#include <cstddef>
#include <new>

namespace wrench_serverless::model {

namespace packed_memory {

constexpr std::size_t largest = std::size_t{64} << 10; // bytes

// Aligned to the next power of two of the size, or to 64 bytes. Precondition: size <= largest.
void* take(std::size_t size);
void give_back(void* memory, std::size_t size);
std::size_t in_use(); // bytes, with what is rounded up

} // namespace packed_memory

template <class T> struct PackedMemory {
  using value_type = T;
  PackedMemory() = default;
  template <class Other> PackedMemory(const PackedMemory<Other>&) {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= 64);
    return static_cast<T*>(is_small(count) ? packed_memory::take(count * sizeof(T))
                                           : ::operator new(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) {
    if (is_small(count))
      packed_memory::give_back(static_cast<void*>(memory), count * sizeof(T));
    else
      ::operator delete(static_cast<void*>(memory));
  }
  bool operator==(const PackedMemory&) const = default;

private:
  static bool is_small(std::size_t count) { return count * sizeof(T) <= packed_memory::largest; }
};

} // namespace wrench_serverless::model
