#include "model/memory_block.hpp"

#include "model/memory_reserve.hpp"

#include <algorithm>
#include <cstdint>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace wrench_serverless::model::memory_block {

#ifdef __linux__

namespace {

std::size_t whole(std::size_t size) { return std::max(size, bytes); }

void* map(std::size_t size) {
  for (;;) {
    void* const memory =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED)
      return memory;
    if (!memory_reserve::release())
      throw std::bad_alloc();
  }
}

} // namespace

void* take(std::size_t size, bool large) {
  size = whole(size);
  if (!large)
    return map(size);
  // A large page begins at a multiple of its size: what is too much before and after goes back.
  auto* const begin = static_cast<char*>(map(size + bytes));
  const std::size_t before = (bytes - reinterpret_cast<std::uintptr_t>(begin) % bytes) % bytes;
  if (before > 0)
    munmap(begin, before);
  if (before < bytes)
    munmap(begin + before + size, bytes - before);
  madvise(begin + before, size, MADV_HUGEPAGE); // else it goes on with small ones
  return begin + before;
}

void give_back(void* memory, std::size_t size) { munmap(memory, whole(size)); }

void prefer_large(void* memory, std::size_t size) {
  const std::size_t before = (bytes - reinterpret_cast<std::uintptr_t>(memory) % bytes) % bytes;
  if (size >= before + bytes)
    madvise(static_cast<char*>(memory) + before, (size - before) / bytes * bytes, MADV_HUGEPAGE);
}

#else

void* take(std::size_t size, bool) { return ::operator new(size, std::align_val_t{64}); }
void give_back(void* memory, std::size_t) { ::operator delete(memory, std::align_val_t{64}); }
void prefer_large(void*, std::size_t) {}

#endif

} // namespace wrench_serverless::model::memory_block
