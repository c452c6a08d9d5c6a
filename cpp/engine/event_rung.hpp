// Events in buckets by date. Which bucket an event is for is a matter of its position, (date - start) * buckets per
// second, which never falls as the date grows, rounding included: so the order of buckets is exactly that of dates. The
// last one also has all that comes later.
#pragma once

#include "engine/event.hpp"
#include "model/large_pages.hpp"
#include "model/packed_memory.hpp"
#include "model/prefetch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace wrench_serverless {

class EventRung {
public:
  using Bucket = std::vector<Event, model::PackedMemory<Event>>; // pushed to here and there
  using Rest = model::LargeVector<Event>;
  static constexpr std::size_t few = 64; // not worth buckets

  // Takes all, and leaves nothing; precondition: more than a few. False: their dates can't be told apart, and nothing
  // has changed.
  template <class Events> bool lay_out(Events& events) {
    const double first = std::ranges::min(events, {}, &Event::date).date;
    const std::size_t wanted = std::clamp(events.size() / of_a_bucket, std::size_t{2}, most_buckets);
    const double per_second = static_cast<double>(wanted) / 2 / (a_later_date(events, first) - first);
    if (!(per_second > 0) || !std::isfinite(per_second))
      return false;
    start_ = first;
    per_second_ = per_second;
    next_ = 0;
    used_ = static_cast<double>(wanted);
    if (buckets_.size() < wanted)
      buckets_.resize(wanted);
    for (const Event& event : events)
      put(event, position(event.date));
    events.clear();
    return true;
  }

  // False: its bucket was taken out before; the event is not for this rung.
  bool take(const Event& event) {
    const double place = position(event.date);
    if (place < next_)
      return false;
    put(event, place);
    return true;
  }

  // Asks for the memory that an event of that date will need here (model/prefetch.hpp), in two steps: its bucket, and
  // where it goes. False: it is not for this rung.
  bool foresee(double date, bool near) const {
    const double place = position(date);
    if (place < next_)
      return false;
    if (place < used_) {
      const Bucket& bucket = buckets_[static_cast<std::size_t>(place)];
      model::prefetch(near ? static_cast<const void*>(bucket.data() + bucket.size()) : &bucket);
    }
    return true;
  }

  // The next bucket that has events, which counts as taken out from now on; null: only the rest is left.
  Bucket* take_out() {
    while (next_ < used_) {
      Bucket& bucket = buckets_[static_cast<std::size_t>(next_)];
      next_ += 1;
      if (!bucket.empty())
        return &bucket;
    }
    return nullptr;
  }
  // What comes after all buckets, in exchange for an empty vector. It is the end of this rung.
  void take_rest(Rest& rest) { std::swap(rest_, rest); }

private:
  static constexpr std::size_t of_a_bucket = 16; // events, where they are densest
  static constexpr std::size_t most_buckets = std::size_t{1} << 16;

  double position(double date) const { return (date - start_) * per_second_; }
  void put(const Event& event, double place) {
    if (place < used_)
      append(buckets_[static_cast<std::size_t>(place)], event);
    else
      append(rest_, event);
  }

  // The buckets are for the first half, and for as long again: it is about the median of a sample; where half of all
  // have the first date, the largest of the sample.
  template <class Events> static double a_later_date(const Events& events, double first) {
    std::array<double, few + 1> sample;
    const std::size_t step = events.size() / sample.size();
    for (std::size_t index = 0; index < sample.size(); ++index)
      sample[index] = events[index * step].date;
    const auto middle = sample.begin() + sample.size() / 2;
    std::ranges::nth_element(sample, middle);
    return *middle > first ? *middle : std::ranges::max(sample);
  }

  double start_ = 0;
  double per_second_ = 1; // buckets
  double next_ = 0;       // the first bucket that was not taken out
  double used_ = 0;       // buckets; what has a larger position is in the rest
  std::vector<Bucket> buckets_;
  Rest rest_; // in no order
};

} // namespace wrench_serverless
