// Containers in the order in which they were used, with a number beside each: the node of one, or its function.
//
// An array with gaps, because it is walked far more often than it is changed, and eight bytes side by side cost less to
// look at than a jump from one container to the next. A walk passes at most one gap for each container, and a few more,
// and none where walks begin. push: O(1). take_out: O(1) on average, but that it looks for what it takes out: a few
// places from where it was, as a rule.
#pragma once

#include "model/packed_memory.hpp"
#include "model/prefetch.hpp"
#include "wrench_serverless/ids.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wrench_serverless::model {

// A set for RecencyList::newest_in().
struct OneNumber {
  std::uint32_t number;
  bool contains(std::uint32_t other) const { return other == number; }
};

class RecencyList {
public:
  struct Entry {
    ContainerId id; // none: a gap
    std::uint32_t number = 0;
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // As the newest. Gives its place, for take_out().
  std::uint32_t push(ContainerId id, std::uint32_t number) {
    entries_.push_back({id, number});
    ++size_;
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }

  // It leaves no gap among the newest, where a walk may come by: so those after it get places that are lower by one,
  // and nobody is told. Where many get other places, moved(id, place) is called for each. `most`: what the place was
  // when it was told last; it can only be lower now. It is looked for from there: in the worst case that passes the
  // whole list.
  template <class Moved> void take_out(ContainerId id, std::uint32_t most, Moved&& moved) {
    auto place = std::min(most, static_cast<std::uint32_t>(entries_.size() - 1));
    while (entries_[place].id != id)
      --place;
    if (entries_.size() - place > newest_few)
      entries_[place].id = ContainerId();
    else
      entries_.erase(entries_.begin() + place);
    --size_;
    tidy(place, moved);
  }

  // The first that is accepted, from the newest or from the oldest. None: there is none.
  template <class Accept> ContainerId newest(Accept&& accept) const {
    for (std::size_t place = entries_.size(); place > oldest_; --place)
      if (const Entry& entry = entries_[place - 1]; entry.id && accept(entry))
        return entry.id;
    return {};
  }
  // The newest whose number is in the set. It is the first one, or many are looked at to find it: so several at a time,
  // without a branch for each; and whether it is a gap is only asked of those that are in the set.
  template <class Set> ContainerId newest_in(const Set& set) const {
    constexpr unsigned several = 8;
    std::size_t place = entries_.size();
    if (place == 0)
      return {};
    if (set.contains(entries_[place - 1].number)) // never a gap
      return entries_[place - 1].id;
    for (--place; place >= oldest_ + several; place -= several) {
      const Entry* const last = entries_.data() + place - 1;
      unsigned accepted = 0;
      for (unsigned back = 0; back < several; ++back)
        accepted |= static_cast<unsigned>(set.contains((last - back)->number)) << back;
      for (; accepted != 0; accepted &= accepted - 1)
        if (const Entry& entry = *(last - std::countr_zero(accepted)); entry.id)
          return entry.id;
    }
    for (; place > oldest_; --place)
      if (const Entry& entry = entries_[place - 1]; entry.id && set.contains(entry.number))
        return entry.id;
    return {};
  }
  template <class Accept> ContainerId oldest(Accept&& accept) const {
    for (std::size_t place = oldest_; place < entries_.size(); ++place)
      if (const Entry& entry = entries_[place]; entry.id && accept(entry))
        return entry.id;
    return {};
  }
  // Asks for the newest, for that place, or for where the next one goes (prefetch.hpp).
  void foresee_push() const { prefetch(entries_.data() + entries_.size()); }
  void foresee(std::uint32_t place) const { prefetch(entries_.data() + place); }
  void foresee_newest(std::size_t lines) const {
    const auto* const end = reinterpret_cast<const char*>(entries_.data() + entries_.size());
    const std::size_t bytes = entries_.size() * sizeof(Entry);
    for (std::size_t back = 1; back <= bytes && lines > 0; back += 64, --lines)
      prefetch(end - back);
  }
  ContainerId oldest() const { return empty() ? ContainerId() : entries_[oldest_].id; }

  // With the gaps, the oldest first.
  std::span<const Entry> entries() const {
    return {entries_.begin() + static_cast<std::ptrdiff_t>(oldest_), entries_.end()};
  }

private:
  static constexpr std::size_t newest_few = 64;

  // After one was taken out there. It only looks where it has to: the ends may be far from it, and from any cache.
  template <class Moved> void tidy(std::uint32_t place, Moved& moved) {
    if (size_ == 0) {
      entries_.clear();
      oldest_ = 0;
      return;
    }
    if (place + 1 >= entries_.size())
      while (!entries_.back().id)
        entries_.pop_back();
    if (place == oldest_)
      while (!entries_[oldest_].id)
        ++oldest_;
    if (entries_.size() > 2 * std::size_t{size_} + 16)
      close_gaps(moved);
  }
  template <class Moved> void close_gaps(Moved& moved) {
    std::uint32_t place = 0;
    for (std::size_t from = oldest_; from < entries_.size(); ++from) {
      if (!entries_[from].id)
        continue;
      entries_[place] = entries_[from];
      moved(entries_[place].id, place);
      ++place;
    }
    entries_.resize(place);
    oldest_ = 0;
  }

  std::vector<Entry, PackedMemory<Entry>> entries_;
  std::uint32_t oldest_ = 0; // all before it are gaps
  std::uint32_t size_ = 0;
};

} // namespace wrench_serverless::model
