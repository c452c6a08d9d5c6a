// The nodes with a free slot as a tree over their order, each branch with the most free memory and storage below it:
// the first node with room is found without looking at those without.
//
// set: O(log n). A search: O(log n) where the nodes with the most free memory have the most free storage as well; where
// they differ, or the caller turns a node down, one more path for each such node.
#pragma once

#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace wrench_serverless::model {

class RoomTree {
public:
  // The default is a node that takes nothing.
  struct Room {
    Bytes memory = -1;
    Bytes storage = -1;
    bool operator==(const Room&) const = default;
  };

  void resize(std::size_t count) {
    leaves_ = std::bit_ceil(std::max<std::size_t>(count, 1));
    rooms_.assign(2 * leaves_, Room{});
  }

  void set(std::uint32_t index, const Room& room) {
    std::size_t at = leaves_ + index;
    rooms_[at] = room;
    for (at /= 2; at > 0; at /= 2) {
      const Room& left = rooms_[2 * at];
      const Room& right = rooms_[2 * at + 1];
      const Room both{std::max(left.memory, right.memory), std::max(left.storage, right.storage)};
      if (rooms_[at] == both)
        return;
      rooms_[at] = both;
    }
  }
  const Room& room(std::uint32_t index) const { return rooms_[leaves_ + index]; }

  // Calls visit(index) for each node from `from` on that has so much, in their order, until it says true. Gives that
  // node.
  template <class Visit>
  std::optional<std::uint32_t> first(std::uint32_t from, Bytes memory, Bytes storage, Visit&& visit) const {
    return first_below(1, 0, leaves_, from, memory, storage, visit);
  }

private:
  template <class Visit>
  std::optional<std::uint32_t> first_below(std::size_t at, std::size_t begin, std::size_t width, std::uint32_t from,
                                           Bytes memory, Bytes storage, Visit& visit) const {
    if (begin + width <= from || rooms_[at].memory < memory || rooms_[at].storage < storage)
      return {};
    if (width == 1)
      return visit(static_cast<std::uint32_t>(begin)) ? std::optional(static_cast<std::uint32_t>(begin)) : std::nullopt;
    if (const auto found = first_below(2 * at, begin, width / 2, from, memory, storage, visit))
      return found;
    return first_below(2 * at + 1, begin + width / 2, width / 2, from, memory, storage, visit);
  }

  std::size_t leaves_ = 1;
  std::vector<Room> rooms_ = std::vector<Room>(2); // [1] is the root, and [leaves_ + i] node i
};

} // namespace wrench_serverless::model
