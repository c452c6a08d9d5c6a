// Containers in the order in which they were used, with a number beside each: the node of one, or its function.
//
// An array with gaps, because it is walked far more often than it is changed, and eight bytes side by side cost less to
// look at than a jump from one container to the next. push and remove: O(1) on average. A walk passes at most one gap
// for each container, and a few more.
#pragma once

#include "model/prefetch.hpp"
#include "wrench_serverless/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wrench_serverless::model {

class RecencyList {
public:
  struct Entry {
    ContainerId id; // none: a gap
    std::uint32_t number = 0;
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // As the newest. Gives its place, for remove().
  std::uint32_t push(ContainerId id, std::uint32_t number) {
    entries_.push_back({id, number});
    ++size_;
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }

  // Calls moved(id, place) for each container that gets another place.
  template <class Moved> void remove(std::uint32_t place, Moved&& moved) {
    entries_[place].id = ContainerId();
    --size_;
    if (size_ == 0) {
      entries_.clear();
      oldest_ = 0;
      return;
    }
    while (!entries_.back().id)
      entries_.pop_back();
    while (!entries_[oldest_].id)
      ++oldest_;
    if (entries_.size() > 2 * std::size_t{size_} + 16)
      close_gaps(moved);
  }

  // The first that is accepted, from the newest or from the oldest. None: there is none.
  template <class Accept> ContainerId newest(Accept&& accept) const {
    for (std::size_t place = entries_.size(); place > oldest_; --place)
      if (const Entry& entry = entries_[place - 1]; entry.id && accept(entry))
        return entry.id;
    return {};
  }
  template <class Accept> ContainerId oldest(Accept&& accept) const {
    for (std::size_t place = oldest_; place < entries_.size(); ++place)
      if (const Entry& entry = entries_[place]; entry.id && accept(entry))
        return entry.id;
    return {};
  }
  // Asks for the newest, or for that place (prefetch.hpp).
  void foresee(std::uint32_t place) const { prefetch(entries_.data() + place); }
  void foresee() const { prefetch(entries_.data() + entries_.size() - (entries_.empty() ? 0 : 1)); }
  ContainerId oldest() const { return empty() ? ContainerId() : entries_[oldest_].id; }

  // With the gaps, the oldest first.
  std::span<const Entry> entries() const {
    return {entries_.begin() + static_cast<std::ptrdiff_t>(oldest_), entries_.end()};
  }

private:
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

  std::vector<Entry> entries_;
  std::uint32_t oldest_ = 0; // all before it are gaps
  std::uint32_t size_ = 0;
};

} // namespace wrench_serverless::model
