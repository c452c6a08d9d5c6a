// Nodes in an order of the caller's, each with what it has room for: the first in that order that has enough is found
// without a look at those before it.
//
// A treap: a search tree by key, a heap by a hash of the node, so that its shape depends on what is in it, and on
// nothing that happened before. (R. Seidel, C. Aragon, Randomized Search Trees, Algorithmica 16, 1996.) Each subtree
// knows how many nodes it has, the most memory and storage of any, and the marks of all. set, erase, count_from,
// from_last: O(log n). first: O(log n), and one more path for each node that has the memory and not the storage, or the
// other way round, or the marks of another, or that the caller turns down.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

class OrderedRooms {
public:
  // The lesser one first; of equals, in the order of the nodes.
  struct Key {
    double load = 0;
    Bytes memory = 0;
    bool operator==(const Key&) const = default;
  };

  // A bit for each property of a node that a search may ask for. So few that a place is one line of a cache.
  using Marks = std::uint16_t;
  static constexpr int mark_count = 16;

  explicit OrderedRooms(std::size_t count) : places_(count) {}

  void set(NodeId id, const Key& key, Bytes memory, Bytes storage, Marks marks = 0) {
    Place& place = places_[id.value];
    const bool there = place.count > 0;
    if (is(id, key, memory, storage, marks))
      return;
    if (there && !(place.key == key))
      erase(id);
    const bool same_key = place.count > 0;
    place.key = key;
    place.memory = memory;
    place.storage = storage;
    place.marks = marks;
    if (same_key) {
      refresh(root_, id.value);
      return;
    }
    place.left = place.right = none;
    pull(id.value);
    root_ = inserted(root_, id.value);
  }
  void erase(NodeId id) {
    if (places_[id.value].count == 0)
      return;
    root_ = erased(root_, id.value);
    places_[id.value].count = 0;
  }
  bool contains(NodeId id) const { return places_[id.value].count > 0; }
  bool is(NodeId id, const Key& key, Bytes memory, Bytes storage, Marks marks = 0) const {
    const Place& place = places_[id.value];
    return contains(id) && place.key == key && place.memory == memory && place.storage == storage &&
           place.marks == marks;
  }
  // Does the one come before the other? Both are there.
  bool before(NodeId one, NodeId other) const { return less(one.value, other.value); }

  // Visits the nodes that have so much and all these marks, in order, until visit(node) says true: that node.
  template <class Visit> NodeId first(Bytes memory, Bytes storage, Marks marks, Visit&& visit) const {
    return first_below(root_, memory, storage, marks, visit);
  }
  NodeId first(Bytes memory, Bytes storage) const {
    return first(memory, storage, 0, [](NodeId) { return true; });
  }

  // Where all loads are equal: how many have a key of so much memory, or more; and the one at a place from the last on.
  std::size_t count_from(Bytes memory) const {
    std::size_t count = 0;
    for (std::uint32_t at = root_; at != none;) {
      const Place& place = places_[at];
      if (place.key.memory >= memory) {
        count += 1 + count_of(place.right);
        at = place.left;
      } else {
        at = place.right;
      }
    }
    return count;
  }
  NodeId from_last(std::size_t back) const {
    for (std::uint32_t at = root_;;) {
      const Place& place = places_[at];
      const std::size_t after = count_of(place.right);
      if (back == after)
        return NodeId(at);
      if (back < after) {
        at = place.right;
      } else {
        back -= after + 1;
        at = place.left;
      }
    }
  }

private:
  static constexpr std::uint32_t none = NodeId::none;

  struct alignas(64) Place {
    Key key;
    Bytes memory = 0, storage = 0;
    Bytes most_memory = 0, most_storage = 0; // of its subtree, as is:
    std::uint32_t count = 0;                 // 0: it is not there
    std::uint32_t left = none, right = none;
    Marks marks = 0;
    Marks all_marks = 0; // of its subtree
  };

  // Who is above whom.
  static std::uint32_t priority(std::uint32_t node) {
    std::uint32_t value = node * 0x9e3779b1U;
    value = (value ^ value >> 15) * 0x85ebca6bU;
    return value ^ value >> 13;
  }
  bool less(std::uint32_t one, std::uint32_t other) const {
    const Key& a = places_[one].key;
    const Key& b = places_[other].key;
    if (a.load != b.load)
      return a.load < b.load;
    return a.memory != b.memory ? a.memory < b.memory : one < other;
  }
  std::uint32_t count_of(std::uint32_t at) const { return at == none ? 0 : places_[at].count; }

  void pull(std::uint32_t at) {
    Place& place = places_[at];
    place.count = 1;
    place.most_memory = place.memory;
    place.most_storage = place.storage;
    place.all_marks = place.marks;
    for (const std::uint32_t child : {place.left, place.right}) {
      if (child == none)
        continue;
      const Place& below = places_[child];
      place.count += below.count;
      place.most_memory = std::max(place.most_memory, below.most_memory);
      place.most_storage = std::max(place.most_storage, below.most_storage);
      place.all_marks |= below.all_marks;
    }
  }
  std::uint32_t inserted(std::uint32_t at, std::uint32_t node) {
    if (at == none)
      return node;
    Place& place = places_[at];
    if (priority(node) > priority(at)) {
      std::tie(places_[node].left, places_[node].right) = split(at, node);
      pull(node);
      return node;
    }
    std::uint32_t& side = less(node, at) ? place.left : place.right;
    side = inserted(side, node);
    pull(at);
    return at;
  }
  // Those before the node, and those after it.
  std::pair<std::uint32_t, std::uint32_t> split(std::uint32_t at, std::uint32_t node) {
    if (at == none)
      return {none, none};
    Place& place = places_[at];
    if (less(at, node)) {
      const auto [before, after] = split(place.right, node);
      place.right = before;
      pull(at);
      return {at, after};
    }
    const auto [before, after] = split(place.left, node);
    place.left = after;
    pull(at);
    return {before, at};
  }
  std::uint32_t erased(std::uint32_t at, std::uint32_t node) {
    Place& place = places_[at];
    if (at == node)
      return merged(place.left, place.right);
    std::uint32_t& side = less(node, at) ? place.left : place.right;
    side = erased(side, node);
    pull(at);
    return at;
  }
  std::uint32_t merged(std::uint32_t left, std::uint32_t right) {
    if (left == none || right == none)
      return left == none ? right : left;
    const bool left_above = priority(left) > priority(right);
    const std::uint32_t above = left_above ? left : right;
    if (left_above)
      places_[left].right = merged(places_[left].right, right);
    else
      places_[right].left = merged(left, places_[right].left);
    pull(above);
    return above;
  }
  void refresh(std::uint32_t at, std::uint32_t node) {
    if (at != node)
      refresh(less(node, at) ? places_[at].left : places_[at].right, node);
    pull(at);
  }

  template <class Visit>
  NodeId first_below(std::uint32_t at, Bytes memory, Bytes storage, Marks marks, Visit& visit) const {
    if (at == none)
      return {};
    const Place& place = places_[at];
    if (place.most_memory < memory || place.most_storage < storage || (place.all_marks & marks) != marks)
      return {};
    if (const NodeId found = first_below(place.left, memory, storage, marks, visit))
      return found;
    if (place.memory >= memory && place.storage >= storage && (place.marks & marks) == marks && visit(NodeId(at)))
      return NodeId(at);
    return first_below(place.right, memory, storage, marks, visit);
  }

  std::vector<Place> places_; // by node
  std::uint32_t root_ = none;
};

} // namespace wrench_serverless::model
