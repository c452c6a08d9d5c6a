// A vector whose places are used again: add() gives an index, remove() frees it for the next add().
//
// Indices and references stay valid until removed. Order of reuse is last freed, first used, so that it is the same on
// every run. Items are in blocks of some 16 kB: one look into a short table finds the block, which is faster than
// std::deque, whose blocks hold an item or two of this size.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

template <class T, class IdType> class Slab {
public:
  template <class... Args> IdType add(Args&&... args) {
    const IdType id = take();
    (*this)[id] = T(std::forward<Args>(args)...);
    return id;
  }

  // A place as remove() left what was in it, or a new one.
  IdType take() {
    if (!free_.empty()) {
      const IdType id = free_.back();
      free_.pop_back();
      return id;
    }
    if (places_ == blocks_.size() * block)
      blocks_.push_back(std::make_unique<T[]>(block));
    return IdType(places_++);
  }

  void remove(IdType id) { free_.push_back(id); }

  T& operator[](IdType id) { return blocks_[id.value / block][id.value % block]; }
  const T& operator[](IdType id) const { return blocks_[id.value / block][id.value % block]; }

  // Places ever used, and how many of them hold something now.
  std::size_t places() const { return places_; }
  std::size_t size() const { return places_ - free_.size(); }

private:
  static constexpr std::size_t block = std::bit_floor(std::max<std::size_t>(16384 / sizeof(T), 1));
  std::vector<std::unique_ptr<T[]>> blocks_;
  std::size_t places_ = 0;
  std::vector<IdType> free_;
};

} // namespace wrench_serverless::model
