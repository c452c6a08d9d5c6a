// Events that are not due soon, in buckets by date; each bucket is sorted when its turn comes.
//
// A heap of a hundred thousand events is larger than a cache, and each pop jumps about in it. Here an event is written
// twice, at the end of its bucket and when the bucket is sorted, and read in order. A bucket that has too many is not
// sorted but laid out in finer ones: so thousands of timers that come in ten minutes don't disturb a thousand short
// sleeps, which are set again and again meanwhile. (This is a ladder queue: W. T. Tang, R. S. M. Goh, I. L.-J. Thng,
// ACM TOMACS 15(3), 2005; with a heap, not here, for what is due before all that is here.)
#pragma once

#include "engine/event.hpp"
#include "engine/event_rung.hpp"
#include "model/large_pages.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wrench_serverless {

class EventLadder {
public:
  static constexpr std::size_t many = 128; // too many to sort: they are better laid out
  static_assert(many > EventRung::few);

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // False: the event is due before all that are here, or nothing is here; it is not for the ladder.
  bool take(const Event& event) {
    for (std::size_t rung = 0; rung < used_; ++rung)
      if (rungs_[rung].take(event)) {
        ++size_;
        return true;
      }
    return false;
  }

  // Asks for the memory that an event of that date will need: twice, the second time when it is near.
  void foresee(double date, bool near) const {
    for (std::size_t rung = 0; rung < used_; ++rung)
      if (rungs_[rung].foresee(date, near))
        return;
  }

  // Takes those that are due before all that are here, and leaves nothing; or sorts them, and appends them to `to`.
  template <class Events> void take_first(Events& events, model::LargeVector<Event>& to) {
    size_ += events.size();
    if (!lay_out(events))
      give(events, to);
  }

  // Appends those that come next, in order: a bucket's, as a rule. Precondition: it is not empty.
  void give_next(model::LargeVector<Event>& to) {
    for (;;) {
      if (EventRung::Bucket* const bucket = rungs_[used_ - 1].take_out()) {
        if (!lay_out(*bucket))
          return give(*bucket, to);
      } else {
        rungs_[--used_].take_rest(rest_);
        if (!rest_.empty() && !lay_out(rest_))
          return give(rest_, to);
      }
    }
  }

private:
  // On a rung of their own. False: they are better sorted.
  template <class Events> bool lay_out(Events& events) {
    if (events.size() <= many || used_ == rungs_.size() || !rungs_[used_].lay_out(events))
      return false;
    ++used_;
    return true;
  }

  template <class Events> void give(Events& events, model::LargeVector<Event>& to) {
    std::ranges::sort(events, [](const Event& one, const Event& other) { return one.before(other); });
    to.insert(to.end(), events.begin(), events.end());
    size_ -= events.size();
    events.clear();
    if (size_ == 0)
      used_ = 0; // the next ones are not for the ladder
  }

  std::array<EventRung, 8> rungs_; // each has what comes before what is left of the one before it
  std::size_t used_ = 0;           // rungs
  EventRung::Rest rest_;           // of the rung that ends; empty otherwise
  std::size_t size_ = 0;           // of all
};

} // namespace wrench_serverless
