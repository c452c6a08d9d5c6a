// The nodes with a free slot, in two more ways: as a list to draw from, and in the order of their free memory.
#pragma once

#include "model/compact_node_set.hpp"
#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/units.hpp"

#include <cstdint>
#include <map>
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

// By free memory, and of equals in the nodes' order. As a rule many nodes have the same: set and the search cost
// O(log n) of the different amounts.
class FreeMemoryOrder {
public:
  void resize(std::size_t count) { booked_.resize(count, none); }
  // Free memory; -1: the node has no free slot.
  void set(std::uint32_t index, Bytes memory) {
    Bytes& booked = booked_[index];
    if (booked == memory)
      return;
    auto place = nodes_.end();
    if (booked != none) {
      place = nodes_.find(booked);
      place->second.erase(index);
    }
    booked = memory;
    if (memory != none)
      nodes_[memory].insert(index);
    if (place != nodes_.end() && place->second.empty())
      nodes_.erase(place);
  }
  // Those with at least so much, and from there on with more and more, until visit(memory, node) says true: that node.
  template <class Visit> NodeId first(Bytes memory, Visit&& visit) const {
    for (auto place = nodes_.lower_bound(memory); place != nodes_.end(); ++place)
      for (auto node = place->second.next(0); node; node = place->second.next(*node + 1))
        if (visit(place->first, NodeId(*node)))
          return NodeId(*node);
    return {};
  }

private:
  static constexpr Bytes none = -1;

  std::map<Bytes, CompactNodeSet> nodes_; // by free memory; none of the sets is empty
  std::vector<Bytes> booked_;             // by node
};

} // namespace wrench_serverless::model
