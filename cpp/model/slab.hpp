// A vector whose places are used again: add() gives an index, remove() frees it for the next add().
//
// Indices and references stay valid until removed. Order of reuse is last freed, first used, so that it is the same on
// every run.
#pragma once

#include "model/blocks.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

template <class T, class IdType> class Slab {
public:
  template <class... Args> IdType add(Args&&... args) {
    const IdType id = take();
    items_[id.value] = T(std::forward<Args>(args)...);
    return id;
  }

  // A place as remove() left what was in it, or a new one.
  IdType take() {
    if (free_.empty()) {
      items_.grow();
      return IdType(items_.size() - 1);
    }
    const IdType id = free_.back();
    free_.pop_back();
    return id;
  }

  void remove(IdType id) { free_.push_back(id); }

  T& operator[](IdType id) { return items_[id.value]; }
  const T& operator[](IdType id) const { return items_[id.value]; }

  // Places ever used, and how many of them hold something now.
  std::size_t places() const { return items_.size(); }
  std::size_t size() const { return items_.size() - free_.size(); }

private:
  Blocks<T> items_;
  std::vector<IdType> free_;
};

} // namespace wrench_serverless::model
