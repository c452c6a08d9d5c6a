// The master of time: what is to happen, ordered by (date, order of scheduling), so that the order is the same on every
// run (R29). Deadlines come after everything else of their date: what ends just in time has ended in time.
//
// A 4-ary heap of 32-byte events; nothing is ever removed from the middle: who schedules an event checks, when it
// comes, whether it still means anything.
#pragma once

#include <cstdint>
#include <vector>

namespace wrench_serverless {

// Who is told when an event is due. The kind (0 to 255) and the argument are the receiver's own.
class EventSink {
public:
  virtual void on_event(std::uint32_t kind, std::uint64_t argument) = 0;

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
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const Event& top() const { return heap_.front(); }

  void push(double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument, bool deadline = false) {
    const std::uint64_t order = (std::uint64_t{deadline} << 63) | (sequence_++ << 8) | kind;
    const Event event{date, order, &sink, argument};
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

  Event pop() {
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
      hole = least;
    }
    heap_[hole] = last;
    return result;
  }

private:
  std::vector<Event> heap_;
  std::uint64_t sequence_ = 0;
};

} // namespace wrench_serverless
