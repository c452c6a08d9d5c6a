// A set of nodes that is small itself as long as it has few of them: a sorted array. Many stand in a bitmap, where one
// more or less costs the same whatever their number.
#pragma once

#include "model/node_set.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace wrench_serverless::model {

class CompactNodeSet {
public:
  bool empty() const { return size() == 0; }
  std::size_t size() const { return large() ? many_.size() : few_.size(); }
  bool contains(std::uint32_t index) const {
    return large() ? index < room_ && many_.contains(index) : std::ranges::binary_search(few_, index);
  }
  void insert(std::uint32_t index) {
    if (!large()) {
      const auto place = std::ranges::lower_bound(few_, index);
      if (place == few_.end() || *place != index)
        few_.insert(place, index);
      if (few_.size() > most_few)
        spread();
      return;
    }
    make_room_for(index);
    many_.insert(index);
  }
  void erase(std::uint32_t index) {
    if (large()) {
      if (index < room_)
        many_.erase(index);
    } else if (const auto place = std::ranges::lower_bound(few_, index); place != few_.end() && *place == index) {
      few_.erase(place);
    }
  }
  // The least member that is at least `from`.
  std::optional<std::uint32_t> next(std::uint32_t from) const {
    if (large())
      return many_.next(from);
    const auto place = std::ranges::lower_bound(few_, from);
    return place == few_.end() ? std::nullopt : std::optional(*place);
  }

  // The least member that is at least `from`, and in the other set as well.
  std::optional<std::uint32_t> next_common(const NodeSet& other, std::uint32_t from) const {
    if (large())
      return many_.next_common(other, from);
    auto place = std::ranges::lower_bound(few_, from);
    while (place != few_.end() && !other.contains(*place))
      ++place;
    return place == few_.end() ? std::nullopt : std::optional(*place);
  }

private:
  static constexpr std::size_t most_few = 32;

  bool large() const { return room_ > 0; }
  void make_room_for(std::uint32_t index) {
    if (index < room_)
      return;
    room_ = std::bit_ceil(std::size_t{index} + 1);
    many_.resize(room_);
  }
  // It stays a bitmap: who had many may have many again.
  void spread() {
    make_room_for(few_.back());
    for (const std::uint32_t index : few_)
      many_.insert(index);
    few_ = {};
  }

  std::vector<std::uint32_t> few_; // sorted
  NodeSet many_;
  std::size_t room_ = 0; // of the bitmap; 0: there is none
};

} // namespace wrench_serverless::model
