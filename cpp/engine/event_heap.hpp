// A 4-ary heap of events. The children of one are two neighbouring lines of the cache.
#pragma once

#include "engine/event.hpp"
#include "model/large_pages.hpp"

#include <array>
#include <cstddef>

namespace wrench_serverless {

class EventHeap {
public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const Event& top() const { return at(root); }

  void push(const Event& event) {
    std::size_t hole = root + size_++;
    if (hole / 4 >= groups_.size())
      groups_.emplace_back();
    while (hole > root) {
      const std::size_t above = parent(hole);
      if (!event.before(at(above)))
        break;
      at(hole) = at(above);
      hole = above;
    }
    at(hole) = event;
  }

  Event pop() {
    const Event result = at(root);
    const std::size_t end = root + --size_;
    const Event last = at(end);
    if (size_ == 0)
      return result;
    std::size_t hole = root;
    for (;;) {
      const std::size_t first = first_child(hole);
      if (first >= end)
        break;
      const std::size_t past = first + 4 < end ? first + 4 : end;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < past; ++child)
        if (at(child).before(at(least)))
          least = child;
      if (!at(least).before(last))
        break;
      at(hole) = at(least);
      hole = least;
    }
    at(hole) = last;
    return result;
  }

  // Gives all to visit(event), in no order that means anything, and is empty afterwards.
  template <class Visit> void give_all(Visit&& visit) {
    for (std::size_t index = root; index < root + size_; ++index)
      visit(at(index));
    size_ = 0;
  }

private:
  // With the root at 3, its children are 4 to 7, theirs 8 to 11 …
  static constexpr std::size_t root = 3;
  struct alignas(128) Group {
    std::array<Event, 4> events;
  };
  static std::size_t first_child(std::size_t index) { return 4 * (index - 2); }
  static std::size_t parent(std::size_t index) { return index / 4 + 2; }
  Event& at(std::size_t index) { return groups_[index / 4].events[index % 4]; }
  const Event& at(std::size_t index) const { return groups_[index / 4].events[index % 4]; }

  model::LargeVector<Group> groups_;
  std::size_t size_ = 0;
};

} // namespace wrench_serverless
