// A vector that only grows, in blocks: references stay valid, and growing copies nothing.
//
// A block has 2 MB, or a few times as much where a power of two of items fills that to the last byte: what is left over
// of a large page costs as much as what is used. One look into a short table finds a block, which is faster than
// std::deque, whose blocks hold an item or two of the sizes that matter here. All but the first 2 MB are asked to be
// large pages: who jumps about in hundreds of megabytes waits for the tables of the small ones otherwise.
#pragma once

#include "model/memory_block.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

template <class T> class Blocks {
public:
  Blocks() = default;
  ~Blocks() { clear(); }
  Blocks(Blocks&& other) noexcept : blocks_(std::move(other.blocks_)), size_(std::exchange(other.size_, 0)) {}
  Blocks& operator=(Blocks&& other) noexcept {
    std::swap(blocks_, other.blocks_);
    std::swap(size_, other.size_);
    return *this;
  }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  std::size_t size() const { return size_; }
  T& operator[](std::size_t index) { return blocks_[index / block][index % block]; }
  const T& operator[](std::size_t index) const { return blocks_[index / block][index % block]; }

  // One more.
  template <class... Args> T& grow(Args&&... args) {
    if (size_ == blocks_.size() * block)
      blocks_.push_back(allocate(blocks_.empty()));
    T* const place = &blocks_[size_ / block][size_ % block];
    new (place) T(std::forward<Args>(args)...);
    ++size_;
    return *place;
  }

private:
  // Items; a power of two.
  static constexpr std::size_t most_pages = 8;
  static constexpr std::size_t power = std::size_t{1} << std::countr_zero(sizeof(T)); // that divides their size
  static constexpr std::size_t block = sizeof(T) / power <= most_pages && power <= memory_block::bytes
                                           ? memory_block::bytes / power
                                           : std::bit_floor(std::max<std::size_t>(memory_block::bytes / sizeof(T), 1));

  static T* allocate(bool first) {
    constexpr std::size_t size = block * sizeof(T);
    void* const memory = memory_block::take(size, !first);
    if (first && size > memory_block::bytes)
      memory_block::prefer_large(static_cast<char*>(memory) + memory_block::bytes, size - memory_block::bytes);
    return static_cast<T*>(memory);
  }

  void clear() {
    for (std::size_t index = 0; index < size_; ++index)
      (*this)[index].~T();
    for (T* const memory : blocks_)
      memory_block::give_back(memory, block * sizeof(T));
    blocks_.clear();
    size_ = 0;
  }

  std::vector<T*> blocks_;
  std::size_t size_ = 0;
};

} // namespace wrench_serverless::model
