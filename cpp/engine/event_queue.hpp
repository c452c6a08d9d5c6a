// The master of time: what is to happen, ordered by (date, order of scheduling), so that the order is the same on every
// run (R29). Deadlines come after everything else of their date: what ends just in time has ended in time.
//
// Events are where they cost least: those that come in order stand in lines; few others are in a heap; of many, only
// those that are due soon are, or stand in order, and the others wait in a ladder. Nothing is ever removed from the
// middle: who schedules an event checks, when it comes, whether it still means anything.
#pragma once

#include "engine/event.hpp"
#include "engine/event_heap.hpp"
#include "engine/event_ladder.hpp"
#include "model/large_pages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace wrench_serverless {

// Of events whose dates ascend as a rule; those that don't go into the heap.
enum class Line : std::uint8_t { KeepAlive, Calls };

class EventQueue {
public:
  bool empty() const { return size() == 0; }
  std::size_t size() const {
    std::size_t sum = heap_.size() + ladder_.size() + soon_left();
    for (const auto& line : lines_)
      sum += line.size();
    return sum;
  }
  // The next event. Null: there is none.
  const Event* next() const { return first().event; }
  // Precondition: it is not empty.
  Event pop() {
    const Event& next = *first().event;
    // Field by field, as in append(): a call that follows the one before was stored a moment ago.
    const Event result{next.date, next.order, next.sink, next.argument};
    const std::size_t place = first_.place;
    first_.event = nullptr;
    came_from_soon_ = place == soon_place;
    if (place == heap_place)
      heap_.pop();
    else if (place == soon_place)
      take_soon();
    else
      lines_[place].pop_front();
    return result;
  }

  void push(double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument, bool deadline = false) {
    push({date, (std::uint64_t{deadline} << 63) | (sequence_++ << 8) | kind, &sink, argument});
  }

  // The same, for dates that come in ascending order as a rule: those stand in line, where they cost nothing.
  void push_in_line(Line which, double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    const Event event{date, (sequence_++ << 8) | kind, &sink, argument};
    std::deque<Event>& line = lines_[static_cast<std::size_t>(which)];
    if (!line.empty() && event.before(line.back()))
      return push(event);
    append(line, event);
    first_.event = nullptr;
  }

  // To be called after pop: tells those that have come nearer by it.
  void foresee() const {
    if (!came_from_soon_ || ladder_.size() < many)
      return; // what they need is in the cache
    for (std::size_t step = 0; step < ahead_by.size(); ++step)
      if (next_soon_ + ahead_by[step] < soon_.size()) {
        const Event& event = soon_[next_soon_ + ahead_by[step]];
        event.sink->foresee(event.kind(), event.argument, Nearness(step));
      }
  }

  // An event of that date will be pushed soon: to be called twice, the second time when it is near.
  void foresee_push(double date, bool near) const {
    if (ladder_.size() >= many)
      ladder_.foresee(date, near);
  }

private:
  static constexpr std::size_t lines = 2, heap_place = lines, soon_place = lines + 1;
  static constexpr std::size_t few = EventLadder::many; // for the heap alone
  static constexpr std::size_t many = 4096;             // that need more memory than there is in the cache
  static constexpr std::array<std::size_t, 4> ahead_by = {4, 2, 1, 0};

  struct First {
    const Event* event = nullptr; // null: not known
    std::size_t place = 0;        // a line, heap_place or soon_place
  };

  const First& first() const {
    if (first_.event != nullptr)
      return first_;
    const auto consider = [this](const Event& event, std::size_t place) {
      if (first_.event == nullptr || event.before(*first_.event))
        first_ = {&event, place};
    };
    if (next_soon_ < soon_.size())
      consider(soon_[next_soon_], soon_place);
    if (!heap_.empty())
      consider(heap_.top(), heap_place);
    for (std::size_t line = 0; line < lines; ++line)
      if (!lines_[line].empty())
        consider(lines_[line].front(), line);
    return first_;
  }

  void push(const Event& event) {
    first_.event = nullptr;
    if (ladder_.take(event))
      return;
    heap_.push(event);
    if (heap_.size() > few && heap_.size() > soon_left() / 4)
      lay_out();
  }

  std::size_t soon_left() const { return soon_.size() - next_soon_; }

  void take_soon() {
    ++next_soon_;
    if (soon_left() <= ahead_by.front() && !ladder_.empty())
      refill();
    if (soon_left() == 0) {
      soon_.clear();
      next_soon_ = 0;
    }
  }

  // The next ones that the ladder has, behind those that are left.
  void refill() {
    soon_.erase(soon_.begin(), soon_.begin() + static_cast<std::ptrdiff_t>(next_soon_));
    next_soon_ = 0;
    while (soon_left() <= ahead_by.front() && !ladder_.empty())
      ladder_.give_next(soon_);
  }

  // Too many are due before what the ladder has.
  void lay_out() {
    heap_.give_all([this](const Event& event) { crowd_.push_back(event); });
    crowd_.insert(crowd_.end(), soon_.begin() + static_cast<std::ptrdiff_t>(next_soon_), soon_.end());
    soon_.clear();
    next_soon_ = 0;
    ladder_.take_first(crowd_, soon_);
    refill();
  }

  EventHeap heap_;
  EventLadder ladder_;
  model::LargeVector<Event> crowd_;            // of the heap, on their way to the ladder; empty otherwise
  model::LargeVector<Event> soon_;             // in order; what the ladder gave last
  std::size_t next_soon_ = 0;                  // before it, all have come
  std::array<std::deque<Event>, lines> lines_; // by Line; each in ascending order
  std::uint64_t sequence_ = 0;
  mutable First first_;
  bool came_from_soon_ = false; // the last that was popped
};

} // namespace wrench_serverless
