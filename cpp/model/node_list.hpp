// The nodes with a free slot as a list to draw from.
#pragma once

#include "wrench_serverless/ids.hpp"

#include <cstdint>
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

} // namespace wrench_serverless::model
