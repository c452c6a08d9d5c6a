// The nodes that have an image, or are getting it: warmest first, and then in their order.
#pragma once

#include "model/compact_node_set.hpp"
#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/views.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

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
  // The first of one warmth that is in the other set as well, from a node on.
  std::optional<std::uint32_t> next_of(Warmth warmth, const NodeSet& others, std::uint32_t from) const {
    return by_warmth_[place(warmth)].next_common(others, from);
  }
  // Of those of one warmth that are in the other set as well, the first that is at least `from` and of which
  // visit(node) says true.
  template <class Visit> NodeId first_of(Warmth warmth, const NodeSet& others, NodeId from, Visit&& visit) const {
    const CompactNodeSet& nodes = by_warmth_[place(warmth)];
    for (auto node = nodes.next_common(others, from.value); node; node = nodes.next_common(others, *node + 1))
      if (visit(NodeId(*node)))
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
