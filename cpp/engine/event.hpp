// What is to happen at a date, and who is told.
#pragma once

#include <cstdint>

namespace wrench_serverless {

// How soon an event comes: it is the fifth, the third, the second or the next. No sooner: what is asked for long before
// it is needed has left the first cache again by then.
enum class Nearness : std::uint8_t { Distant, Far, Near, Next };

// Who is told when an event is due. The kind (0 to 255) and the argument are the receiver's own.
class EventSink {
public:
  virtual void on_event(std::uint32_t kind, std::uint64_t argument) = 0;
  // The event comes soon: a chance to ask for the memory that it will need. Changes nothing.
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
  // Without a branch: which of two events comes first is anybody's guess, also the processor's.
  bool before(const Event& other) const {
    const bool sooner = date < other.date, together = date == other.date, in_turn = order < other.order;
    return sooner | (together & in_turn);
  }
};

// Appends it. Not push_back: that copies two fields at a time from where they have just been stored one by one, and so
// waits until all that was stored before has reached the cache.
template <class Events> void append(Events& events, const Event& event) {
  events.emplace_back(event.date, event.order, event.sink, event.argument);
}

} // namespace wrench_serverless
