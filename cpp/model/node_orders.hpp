// The nodes with a free slot, in two more ways: as a list to draw from, and in the order of their free memory.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/units.hpp"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

// A set whose members can be drawn by number. Each call costs O(1). The order is that of what happened, so it is the
// same on every run.
class NodeList {
public:
  void resize(std::size_t count) { places_.resize(count, none); }
  void set(std::uint32_t index, bool member) {
    if (member == (places_[index] != none))
      return;
    if (member) {
      places_[index] = static_cast<std::uint32_t>(members_.size());
      members_.emplace_back(index);
    } else {
      const NodeId last = members_.back();
      members_[places_[index]] = last;
      places_[last.value] = places_[index];
      members_.pop_back();
      places_[index] = none;
    }
  }
  std::size_t size() const { return members_.size(); }
  NodeId operator[](std::size_t place) const { return members_[place]; }

private:
  static constexpr std::uint32_t none = NodeId::none;
  std::vector<NodeId> members_;
  std::vector<std::uint32_t> places_;
};

// set: O(log n) of the nodes with a free slot.
class FreeMemoryOrder {
public:
  using Entry = std::pair<Bytes, NodeId>;
  using Iterator = std::set<Entry>::const_iterator;

  void resize(std::size_t count) { booked_.resize(count, -1); }
  // Free memory; -1: the node has no free slot.
  void set(std::uint32_t index, Bytes memory) {
    Bytes& booked = booked_[index];
    if (booked == memory)
      return;
    auto place = booked < 0 ? std::set<Entry>::node_type() : order_.extract({booked, NodeId(index)});
    booked = memory;
    if (memory < 0)
      return;
    if (place.empty()) {
      order_.emplace(memory, NodeId(index));
    } else { // no memory is allocated
      place.value() = {memory, NodeId(index)};
      order_.insert(std::move(place));
    }
  }
  // The first with at least so much, and from there on with more and more.
  Iterator from(Bytes memory) const { return order_.lower_bound({memory, NodeId(0U)}); }
  Iterator end() const { return order_.end(); }

private:
  std::set<Entry> order_;
  std::vector<Bytes> booked_;
};

} // namespace wrench_serverless::model
