// A 4-ary heap of events. The children of one are two neighbouring lines of the cache; there are always four, as places
// that nobody has yet hold an event that comes after all others. So the first of them is found without a branch.
#pragma once

#include "engine/event.hpp"
#include "model/large_pages.hpp"

#include <array>
#include <cstddef>
#include <limits>

namespace wrench_serverless {

class EventHeap {
public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const Event& top() const { return at(root); }

  void push(const Event& event) {
    const std::size_t hole = root + size_++;
    if (hole / 4 >= groups_.size())
      groups_.emplace_back();
    rise(hole, event);
  }

  Event pop() {
    const Event result = at(root);
    const std::size_t end = root + --size_;
    const Event last = at(end);
    at(end) = nothing;
    if (size_ == 0)
      return result;
    // The hole goes down to where nothing is below; the last event belongs there, or a little higher.
    std::size_t hole = root;
    while (first_child(hole) < end) {
      const std::size_t first = first_child(hole);
      const std::size_t one = first + at(first + 1).before(at(first));
      const std::size_t other = first + 2 + at(first + 3).before(at(first + 2));
      const std::size_t least = at(other).before(at(one)) ? other : one;
      at(hole) = at(least);
      hole = least;
    }
    rise(hole, last);
    return result;
  }

  // Gives all to visit(event), in no order that means anything, and is empty afterwards.
  template <class Visit> void give_all(Visit&& visit) {
    for (std::size_t index = root; index < root + size_; ++index) {
      visit(at(index));
      at(index) = nothing;
    }
    size_ = 0;
  }

private:
  // With the root at 3, its children are 4 to 7, theirs 8 to 11 …
  static constexpr std::size_t root = 3;
  static constexpr Event nothing = {std::numeric_limits<double>::infinity(), std::numeric_limits<std::uint64_t>::max(),
                                    nullptr, 0};
  struct alignas(128) Group {
    std::array<Event, 4> events = {nothing, nothing, nothing, nothing};
  };

  // Puts it into the hole, or into one above, from where the others come down.
  void rise(std::size_t hole, const Event& event) {
    while (hole > root) {
      const std::size_t above = parent(hole);
      if (!event.before(at(above)))
        break;
      at(hole) = at(above);
      hole = above;
    }
    at(hole) = event;
  }
  static std::size_t first_child(std::size_t index) { return 4 * (index - 2); }
  static std::size_t parent(std::size_t index) { return index / 4 + 2; }
  Event& at(std::size_t index) { return groups_[index / 4].events[index % 4]; }
  const Event& at(std::size_t index) const { return groups_[index / 4].events[index % 4]; }

  model::LargeVector<Group> groups_;
  std::size_t size_ = 0;
};

} // namespace wrench_serverless
