// The nodes with a free slot by their load: a bitmap for each load that there can be.
//
// A node's load is one of few: slots in use / slots. So the least loaded node is found, and moves on, in a few steps
// whatever the number of nodes; a tree of 100,000 of them has seventeen levels.
#pragma once

#include "model/node_set.hpp"
#include "wrench_serverless/ids.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace wrench_serverless::model {

class LoadOrder {
public:
  static constexpr double closed = std::numeric_limits<double>::infinity(); // the node takes nothing

  // `loads`: all that there can be, in any order.
  LoadOrder(std::size_t nodes, std::vector<double> loads) : loads_(std::move(loads)) {
    std::ranges::sort(loads_);
    const auto same = std::ranges::unique(loads_);
    loads_.erase(same.begin(), same.end());
    nodes_.resize(loads_.size());
    used_.resize(loads_.size());
    booked_.resize(nodes, none);
  }

  // O(log n) of the loads.
  void set(std::uint32_t node, double load) {
    const std::uint32_t before = booked_[node];
    if (before != none && loads_[before] == load)
      return;
    if (before != none) {
      nodes_[before].erase(node);
      if (nodes_[before].empty())
        used_.erase(before);
    }
    if (load == closed) {
      booked_[node] = none;
      return;
    }
    const auto now = static_cast<std::uint32_t>(std::ranges::lower_bound(loads_, load) - loads_.begin());
    if (nodes_[now].empty()) {
      nodes_[now].resize(booked_.size()); // at first
      used_.insert(now);
    }
    nodes_[now].insert(node);
    booked_[node] = now;
  }
  // Of one with a free slot; closed: it has none.
  double load(std::uint32_t node) const { return booked_[node] == none ? closed : loads_[booked_[node]]; }

  // The least loaded first, and of equals the first: until visit(node) says true. Gives that one.
  template <class Visit> NodeId first(Visit&& visit) const {
    for (auto load = used_.next(0); load; load = used_.next(*load + 1))
      for (auto node = nodes_[*load].next(0); node; node = nodes_[*load].next(*node + 1))
        if (visit(NodeId(*node)))
          return NodeId(*node);
    return {};
  }

private:
  static constexpr std::uint32_t none = NodeId::none;

  std::vector<double> loads_;         // sorted
  std::vector<NodeSet> nodes_;        // by load
  NodeSet used_;                      // the loads of some node
  std::vector<std::uint32_t> booked_; // by node: which load
};

} // namespace wrench_serverless::model
