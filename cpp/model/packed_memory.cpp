#include "model/packed_memory.hpp"

#include "model/memory_block.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <mutex>
#include <new>

namespace wrench_serverless::model::packed_memory {

namespace {

constexpr std::size_t smallest = 32, alignment = 64;

struct Free { // in memory that nobody uses
  Free* next;
};
struct alignas(alignment) Block { // at the beginning of each
  Block* next;
};

// Never destroyed: what uses it may live longer than any other object.
struct {
  std::mutex mutex;
  std::array<Free*, std::bit_width(largest)> free{}; // by the logarithm of their size
  Block* blocks = nullptr;
  char* fresh = nullptr; // of the last block
  std::size_t left = 0;
  std::size_t in_use = 0;
} all;

std::size_t rounded(std::size_t size) { return std::bit_ceil(std::max(size, smallest)); }
Free*& free_of(std::size_t size) { return all.free[static_cast<std::size_t>(std::countr_zero(size))]; }

void add_block() {
  // The first is small enough for small pages.
  auto* const block = new (memory_block::take(memory_block::bytes, all.blocks != nullptr)) Block{all.blocks};
  all.blocks = block;
  all.fresh = reinterpret_cast<char*>(block) + sizeof(Block);
  all.left = memory_block::bytes - sizeof(Block);
}

void release_all() {
  while (all.blocks != nullptr) {
    Block* const block = all.blocks;
    all.blocks = block->next;
    memory_block::give_back(block, memory_block::bytes);
  }
  all.free.fill(nullptr);
  all.left = 0;
}

} // namespace

void* take(std::size_t size) {
  size = rounded(size);
  const std::lock_guard lock(all.mutex);
  Free*& free = free_of(size);
  void* memory = nullptr;
  if (free != nullptr) {
    memory = free;
    free = free->next;
  } else {
    const std::size_t grid = std::min(size, alignment);
    if (all.left < size + grid)
      add_block(); // what is left of the one before stays unused
    const std::size_t skipped = -reinterpret_cast<std::uintptr_t>(all.fresh) % grid;
    memory = all.fresh + skipped;
    all.fresh += skipped + size;
    all.left -= skipped + size;
  }
  all.in_use += size;
  return memory;
}

void give_back(void* memory, std::size_t size) {
  size = rounded(size);
  const std::lock_guard lock(all.mutex);
  Free*& free = free_of(size);
  free = new (memory) Free{free};
  all.in_use -= size;
  if (all.in_use == 0)
    release_all();
}

std::size_t in_use() {
  const std::lock_guard lock(all.mutex);
  return all.in_use;
}

} // namespace wrench_serverless::model::packed_memory
