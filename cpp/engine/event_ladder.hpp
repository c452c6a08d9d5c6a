// Events that are not due soon, in buckets by date; each bucket is sorted when its turn comes.
//
// A heap of a hundred thousand events is larger than a cache, and each pop jumps about in it. Here an event is written
// twice, at the end of its bucket and when the bucket is sorted, and read in order. (The idea is that of the ladder
// queue: W. T. Tang, R. S. M. Goh, I. L.-J. Thng, ACM TOMACS 15(3), 2005; here with one rung, and a heap for what is
// due before it.)
//
// Which events are due soon is a matter of their position, (date - start) * buckets per second, which never falls as
// the date grows, rounding included: so the order of events is exactly that of their dates.
#pragma once

#include "engine/event.hpp"
#include "model/large_pages.hpp"
#include "model/packed_memory.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace wrench_serverless {

class EventLadder {
public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // False: the event is due before all that are here, or nothing is here; it is not for the ladder.
  bool take(const Event& event) {
    const double place = position(event.date);
    if (size_ == 0 || place < next_)
      return false;
    ++size_;
    if (place < static_cast<double>(used_))
      append(buckets_[static_cast<std::size_t>(place)], event);
    else
      append(far_, event);
    return true;
  }

  // Takes the event, whatever its date: lay_out() comes next.
  void take_unsorted(const Event& event) {
    far_.push_back(event);
    ++size_;
  }
  // Moves what the buckets have, so that all can be laid out anew.
  void collect() {
    for (std::size_t index = 0; index < used_; ++index) {
      far_.insert(far_.end(), buckets_[index].begin(), buckets_[index].end());
      buckets_[index].clear();
    }
    used_ = 0;
  }

  // Appends those that come next, in order: a bucket's, as a rule. Precondition: it is not empty.
  void give_next(model::LargeVector<Event>& to) {
    if (!advance_to_events())
      return give_rest(to);
    Bucket& bucket = buckets_[static_cast<std::size_t>(next_)];
    give(bucket, to);
    next_ += 1;
    if (size_ == 0)
      next_ = nothing;
  }

private:
  using Bucket = std::vector<Event, model::PackedMemory<Event>>; // pushed to here and there
  static constexpr std::size_t of_a_bucket = 16;                 // events, where they are densest
  static constexpr std::size_t few = 64;                         // not worth buckets
  static constexpr std::size_t most_buckets = std::size_t{1} << 16;
  static constexpr double nothing = std::numeric_limits<double>::infinity();

  double position(double date) const { return (date - start_) * per_second_; }

  // Makes the next bucket one that has events. False: there is none, and what is left can't be told apart by date.
  bool advance_to_events() {
    for (int attempt = 0; attempt < 2; ++attempt) {
      while (next_ < static_cast<double>(used_) && buckets_[static_cast<std::size_t>(next_)].empty())
        next_ += 1;
      if (next_ < static_cast<double>(used_))
        return true;
      if (!lay_out())
        return false;
    }
    return false;
  }

  // Buckets for the first half of what is far, and for as long again. False: too few, or all of one date.
  bool lay_out() {
    if (far_.size() <= few)
      return false;
    const double first = std::ranges::min(far_, {}, &Event::date).date;
    const std::size_t wanted = std::clamp(far_.size() / of_a_bucket, std::size_t{2}, most_buckets);
    const double per_second = static_cast<double>(wanted) / 2 / (a_later_date(first) - first);
    if (!(per_second > 0) || !std::isfinite(per_second))
      return false;
    start_ = first;
    per_second_ = per_second;
    next_ = 0;
    used_ = wanted;
    if (buckets_.size() < wanted)
      buckets_.resize(wanted);
    std::erase_if(far_, [this](const Event& event) {
      const double place = position(event.date);
      const bool near = place < static_cast<double>(used_);
      if (near)
        buckets_[static_cast<std::size_t>(place)].push_back(event);
      return near;
    });
    return true;
  }

  // About the median of a sample; where half of all have the first date, the largest of the sample.
  double a_later_date(double first) const {
    std::array<double, 65> sample;
    static_assert(sample.size() <= few + 1); // lay_out() has more than a few
    const std::size_t step = far_.size() / sample.size();
    for (std::size_t index = 0; index < sample.size(); ++index)
      sample[index] = far_[index * step].date;
    const auto middle = sample.begin() + sample.size() / 2;
    std::ranges::nth_element(sample, middle);
    return *middle > first ? *middle : std::ranges::max(sample);
  }

  void give_rest(model::LargeVector<Event>& to) {
    give(far_, to);
    used_ = 0;
    next_ = nothing;
  }

  template <class From> void give(From& from, model::LargeVector<Event>& to) {
    std::ranges::sort(from, [](const Event& one, const Event& other) { return one.before(other); });
    to.insert(to.end(), from.begin(), from.end());
    size_ -= from.size();
    from.clear();
  }

  double start_ = 0;
  double per_second_ = 1; // buckets
  double next_ = nothing; // the bucket that comes next: what has a smaller position is not here
  std::size_t used_ = 0;  // buckets; what has a larger position is far
  std::vector<Bucket> buckets_;
  model::LargeVector<Event> far_; // in no order
  std::size_t size_ = 0;          // of all
};

} // namespace wrench_serverless
