// A queue by keys that change: each index (of a function, say) is in it at most once. The least key first, and of equal
// ones the least index.
//
// set, erase: O(log n), without an allocation. A walk in order looks at as many as it visits, and a few more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace wrench_serverless::model {

template <class Key> class IndexedHeap {
public:
  struct Entry {
    Key key;
    std::uint32_t index;
    bool before(const Entry& other) const { return key < other.key || (key == other.key && index < other.index); }
  };

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const Entry& first() const { return heap_.front(); }
  bool contains(std::uint32_t index) const { return index < places_.size() && places_[index] != none; }

  // Puts it in, or gives it another key.
  void set(std::uint32_t index, const Key& key) {
    if (index >= places_.size())
      places_.resize(std::size_t{index} + 1, none);
    const Entry entry{key, index};
    if (places_[index] == none) {
      heap_.emplace_back(); // not with the entry: what need not be in memory is compared and moved faster
      rise(static_cast<std::uint32_t>(heap_.size() - 1), entry);
    } else {
      settle(places_[index], entry);
    }
  }

  // Precondition: contains.
  void erase(std::uint32_t index) {
    const std::uint32_t hole = places_[index];
    places_[index] = none;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (hole < heap_.size())
      settle(hole, last);
  }

  // Visits in order until visit(entry) says true. From then on the visitor may change the heap.
  template <class Visit> void in_order(Visit&& visit) const {
    if (heap_.empty() || visit(heap_.front()))
      return;
    const auto later = [this](std::uint32_t a, std::uint32_t b) { return heap_[b].before(heap_[a]); };
    std::vector<std::uint32_t> next; // places, of which the parents were visited
    const auto add_children = [&](std::uint32_t place) {
      for (std::size_t child = first_child(place); child < std::min(first_child(place) + 4, heap_.size()); ++child) {
        next.push_back(static_cast<std::uint32_t>(child));
        std::ranges::push_heap(next, later);
      }
    };
    for (add_children(0); !next.empty();) {
      std::ranges::pop_heap(next, later);
      const std::uint32_t place = next.back();
      next.pop_back();
      if (visit(heap_[place]))
        return;
      add_children(place);
    }
  }

private:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  static std::size_t first_child(std::size_t place) { return 4 * place + 1; }

  void put(std::uint32_t place, const Entry& entry) {
    heap_[place] = entry;
    places_[entry.index] = place;
  }

  // It takes the place, or one that suits it better. What was there counts no more.
  void settle(std::uint32_t place, const Entry& entry) {
    if (place > 0 && entry.before(heap_[(place - 1) / 4]))
      rise(place, entry);
    else
      sink(place, entry);
  }

  void rise(std::uint32_t place, const Entry& entry) {
    while (place > 0) {
      const std::uint32_t parent = (place - 1) / 4;
      if (!entry.before(heap_[parent]))
        break;
      put(place, heap_[parent]);
      place = parent;
    }
    put(place, entry);
  }

  void sink(std::uint32_t place, const Entry& entry) {
    for (;;) {
      const std::size_t first = first_child(place);
      if (first >= heap_.size())
        break;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < std::min(first + 4, heap_.size()); ++child)
        if (heap_[child].before(heap_[least]))
          least = child;
      if (!heap_[least].before(entry))
        break;
      put(place, heap_[least]);
      place = static_cast<std::uint32_t>(least);
    }
    put(place, entry);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> places_; // in the heap, by index
};

} // namespace wrench_serverless::model
