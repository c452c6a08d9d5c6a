// The nodes that have an image, or are getting it: warmest first, and then in their order.
//
// Few nodes stand in a sorted array; many in a bitmap, where one more or less costs the same whatever their number.
#pragma once

#include "model/node_set.hpp"
#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/views.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

// A set of small integers that is small itself as long as it has few members.
class CompactNodeSet {
public:
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

class ImageNodes {
public:
  std::size_t size() const {
    std::size_t sum = 0;
    for (const CompactNodeSet& nodes : by_warmth_)
      sum += nodes.size();
    return sum;
  }
  bool empty() const { return size() == 0; }
  // Absent: never.
  bool contains(Warmth warmth, NodeId node) const {
    return warmth != Warmth::Absent && by_warmth_[place(warmth)].contains(node.value);
  }
  void insert(Warmth warmth, NodeId node) { by_warmth_[place(warmth)].insert(node.value); }
  void erase(Warmth warmth, NodeId node) { by_warmth_[place(warmth)].erase(node.value); }

  // The first of which visit(warmth, node) says true. The visitor may take the node out.
  template <class Visit> NodeId first(Visit&& visit) const {
    for (std::size_t warmth = 0; warmth < by_warmth_.size(); ++warmth)
      for (auto node = by_warmth_[warmth].next(0); node; node = by_warmth_[warmth].next(*node + 1))
        if (visit(static_cast<Warmth>(warmth), NodeId(*node)))
          return NodeId(*node);
    return {};
  }
  // The same among those that are in the other set as well.
  template <class Visit> NodeId first_of(const NodeSet& others, Visit&& visit) const {
    for (std::size_t warmth = 0; warmth < by_warmth_.size(); ++warmth)
      for (auto node = by_warmth_[warmth].next_common(others, 0); node;
           node = by_warmth_[warmth].next_common(others, *node + 1))
        if (visit(static_cast<Warmth>(warmth), NodeId(*node)))
          return NodeId(*node);
    return {};
  }
  // All, in their order.
  std::vector<std::pair<Warmth, NodeId>> list() const {
    std::vector<std::pair<Warmth, NodeId>> result;
    first([&](Warmth warmth, NodeId node) {
      result.emplace_back(warmth, node);
      return false;
    });
    return result;
  }

private:
  static std::size_t place(Warmth warmth) { return static_cast<std::size_t>(warmth); }

  std::array<CompactNodeSet, static_cast<std::size_t>(Warmth::Absent)> by_warmth_;
};

} // namespace wrench_serverless::model
