// First in, first out, in blocks from a pool that many queues share: a queue of a million copies nothing as it grows,
// and one that is empty has no block. Blocks that were given back last are taken first, so queues that hardly ever have
// more than one item keep to the same few lines of the cache.
//
// All: O(1), on average where a queue grows or a block is taken.
#pragma once

#include "model/blocks.hpp"
#include "model/ring.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace wrench_serverless::model {

// Items keep what was in their place before: push_back() gives a place to be written to as a whole.
template <class T> class BlockQueue {
  static constexpr std::size_t of_a_block = 32;
  struct alignas(64) Block {
    std::array<T, of_a_block> items;
  };

public:
  // Must outlive its queues.
  class Pool {
  public:
    Block* take() {
      if (free_.empty())
        return &memory_.grow();
      Block* const block = free_.back();
      free_.pop_back();
      return block;
    }
    void give_back(Block* block) { free_.push_back(block); }
    // Ever made, and not in use now.
    std::size_t blocks() const { return memory_.size(); }
    std::size_t free() const { return free_.size(); }

  private:
    Blocks<Block> memory_;
    std::vector<Block*> free_;
  };

  explicit BlockQueue(Pool& pool) : pool_(&pool) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // The first is number 0.
  const T& operator[](std::size_t number) const { return blocks_[place(number) / of_a_block]->items[index(number)]; }
  const T& front() const { return (*this)[0]; }

  // Asks for what push_back() needs first (prefetch.hpp).
  void foresee() const { blocks_.foresee(); }

  T& push_back() {
    if (place(size_) / of_a_block == blocks_.size())
      blocks_.push_back(pool_->take());
    const std::size_t last = size_++;
    return blocks_[place(last) / of_a_block]->items[index(last)];
  }
  // Precondition: it is not empty.
  void pop_front() {
    ++first_;
    if (--size_ != 0 && first_ < of_a_block)
      return;
    pool_->give_back(blocks_.front());
    blocks_.pop_front();
    first_ = 0;
  }

private:
  std::size_t place(std::size_t number) const { return first_ + number; }
  std::size_t index(std::size_t number) const { return place(number) % of_a_block; }

  Pool* pool_;
  Ring<Block*> blocks_;
  std::size_t first_ = 0; // in the first block
  std::size_t size_ = 0;
};

} // namespace wrench_serverless::model
