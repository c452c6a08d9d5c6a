// The master of time: what is to happen, ordered by (date, order of scheduling), so that the order is the same on every
// run (R29). Deadlines come after everything else of their date: what ends just in time has ended in time.
//
// A 4-ary heap of 32-byte events, and a line of those that came in order; nothing is ever removed from the middle: who
// schedules an event checks, when it comes, whether it still means anything.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace wrench_serverless {

// Of the next hundred, of the next twenty, of the next five, or the next.
enum class Nearness : std::uint8_t { Distant, Far, Near, Next };

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
  bool empty() const { return heap_.empty() && line_.empty(); }
  std::size_t size() const { return heap_.size() + line_.size(); }
  const Event& top() const { return line_is_first() ? line_.front() : heap_.front(); }

  void push(double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument, bool deadline = false) {
    push({date, (std::uint64_t{deadline} << 63) | (sequence_++ << 8) | kind, &sink, argument});
  }

  // The same, for dates that come in ascending order as a rule, and are far away, such as the ends of keep-alive: those
  // stand in line, where they cost nothing.
  void push_in_line(double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    const Event event{date, (sequence_++ << 8) | kind, &sink, argument};
    if (line_.empty() || !event.before(line_.back()))
      line_.push_back(event);
    else
      push(event);
  }

  Event pop() {
    risen_ = 0;
    if (!line_is_first())
      return pop_heap();
    const Event result = line_.front();
    line_.pop_front();
    return result;
  }

  // To be called after pop: tells those that have come nearer by it.
  void foresee() const {
    if (heap_.size() < few)
      return; // what they need is in the cache
    for (std::size_t level = 0; level < risen_; ++level) {
      const Event& event = heap_[rose_[level]];
      event.sink->foresee(event.kind(), event.argument, Nearness(levels - 1 - level));
    }
  }

private:
  static constexpr std::size_t few = 4096;
  static constexpr std::size_t levels = 4;

  bool line_is_first() const { return !line_.empty() && (heap_.empty() || line_.front().before(heap_.front())); }

  void push(const Event& event) {
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!event.before(heap_[parent]))
        break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }

  Event pop_heap() {
    const Event result = heap_.front();
    const Event last = heap_.back();
    heap_.pop_back();
    const std::size_t count = heap_.size();
    if (count == 0)
      return result;
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = 4 * hole + 1;
      if (first >= count)
        break;
      const std::size_t end = first + 4 < count ? first + 4 : count;
      std::size_t least = first;
      for (std::size_t child = first + 1; child < end; ++child)
        if (heap_[child].before(heap_[least]))
          least = child;
      if (!heap_[least].before(last))
        break;
      heap_[hole] = heap_[least];
      if (risen_ < levels)
        rose_[risen_++] = hole;
      hole = least;
    }
    heap_[hole] = last;
    return result;
  }

  std::vector<Event> heap_;
  std::deque<Event> line_; // in ascending order
  std::uint64_t sequence_ = 0;
  std::size_t rose_[levels] = {}; // the places of those that the last pop brought to the first levels of the heap
  std::size_t risen_ = 0;
};

} // namespace wrench_serverless
