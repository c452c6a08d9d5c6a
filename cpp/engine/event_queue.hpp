// The master of time: what is to happen, ordered by (date, order of scheduling), so that the order is the same on every
// run (R29). Deadlines come after everything else of their date: what ends just in time has ended in time.
//
// A 4-ary heap of 32-byte events, and lines of those that come in order; nothing is ever removed from the middle: who
// schedules an event checks, when it comes, whether it still means anything.
#pragma once

#include "model/large_pages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace wrench_serverless {

// Of the next hundred, of the next twenty, of the next five, or the next.
enum class Nearness : std::uint8_t { Distant, Far, Near, Next };

// Of events whose dates ascend as a rule; those that don't go into the heap.
enum class Line : std::uint8_t { KeepAlive, Calls };

// Who is told when an event is due. The kind (0 to 255) and the argument are the receiver's own.
class EventSink {
public:
  virtual void on_event(std::uint32_t kind, std::uint64_t argument) = 0;
  // The event is among the next ones, or is the next: a chance to ask for the memory that it will need. Changes
  // nothing.
  virtual void foresee(std::uint32_t /*kind*/, std::uint64_t /*argument*/, Nearness /*nearness*/) const {}

protected:
  ~EventSink() = default;
};

struct Event {
  double date;
  std::uint64_t order; // deadline (1 bit), sequence number (55 bits), kind (8 bits)
  EventSink* sink;
  std::uint64_t argument;

  bool deadline() const { return (order >> 63) != 0; }
  std::uint32_t kind() const { return static_cast<std::uint32_t>(order & 0xff); }
  bool before(const Event& other) const { return date < other.date || (date == other.date && order < other.order); }
};

class EventQueue {
public:
  bool empty() const { return size() == 0; }
  std::size_t size() const {
    std::size_t sum = in_heap_;
    for (const auto& line : lines_)
      sum += line.size();
    return sum;
  }
  const Event& top() const {
    const std::size_t line = first_line();
    return line < lines_.size() ? lines_[line].front() : at(root);
  }

  void push(double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument, bool deadline = false) {
    push({date, (std::uint64_t{deadline} << 63) | (sequence_++ << 8) | kind, &sink, argument});
  }

  // The same, for dates that come in ascending order as a rule: those stand in line, where they cost nothing.
  void push_in_line(Line which, double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    const Event event{date, (sequence_++ << 8) | kind, &sink, argument};
    std::deque<Event>& line = lines_[static_cast<std::size_t>(which)];
    if (line.empty() || !event.before(line.back()))
      line.push_back(event);
    else
      push(event);
  }

  Event pop() {
    risen_ = 0;
    const std::size_t line = first_line();
    if (line == lines_.size())
      return pop_heap();
    const Event result = lines_[line].front();
    lines_[line].pop_front();
    return result;
  }

  // To be called after pop: tells those that have come nearer by it.
  void foresee() const {
    if (in_heap_ < few)
      return; // what they need is in the cache
    for (std::size_t level = 0; level < risen_; ++level) {
      const Event& event = at(rose_[level]);
      event.sink->foresee(event.kind(), event.argument, Nearness(levels - 1 - level));
    }
  }

private:
  static constexpr std::size_t few = 4096;
  static constexpr std::size_t levels = 4;
  // The children of one event are two neighbouring lines of the cache: with the root at 3, they are 4 to 7, 8 to 11 …
  static constexpr std::size_t root = 3;
  struct alignas(128) Group {
    std::array<Event, 4> events;
  };
  static std::size_t first_child(std::size_t index) { return 4 * (index - 2); }
  static std::size_t parent(std::size_t index) { return index / 4 + 2; }
  Event& at(std::size_t index) { return groups_[index / 4].events[index % 4]; }
  const Event& at(std::size_t index) const { return groups_[index / 4].events[index % 4]; }

  // Whose first event is the first of all. As many as there are lines: that of the heap is.
  std::size_t first_line() const {
    std::size_t result = lines_.size();
    const Event* best = in_heap_ > 0 ? &at(root) : nullptr;
    for (std::size_t line = 0; line < lines_.size(); ++line)
      if (!lines_[line].empty() && (best == nullptr || lines_[line].front().before(*best))) {
        best = &lines_[line].front();
        result = line;
      }
    return result;
  }

  void push(const Event& event) {
    std::size_t hole = root + in_heap_++;
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

  Event pop_heap() {
    const Event result = at(root);
    const std::size_t end = root + --in_heap_;
    const Event last = at(end);
    if (in_heap_ == 0)
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
      if (risen_ < levels)
        rose_[risen_++] = hole;
      hole = least;
    }
    at(hole) = last;
    return result;
  }

  model::LargeVector<Group> groups_;
  std::size_t in_heap_ = 0;
  std::array<std::deque<Event>, 2> lines_; // by Line; each in ascending order
  std::uint64_t sequence_ = 0;
  std::array<std::size_t, levels> rose_ = {}; // the places of those that the last pop brought to the first levels
  std::size_t risen_ = 0;
};

} // namespace wrench_serverless
