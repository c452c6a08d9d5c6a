// A replayed call that waits for a container: one line of the cache instead of the four of a LiveInvocation.
//
// A queue of a million calls is what an overloaded provider is about. All that such a call has before it is assigned is
// the row of the workload that it came from and when it was admitted; the rest of a LiveInvocation would only wait in
// memory, far from any cache.
#pragma once

#include "service/live_invocation.hpp"

#include <cstdint>

namespace wrench_serverless {

struct alignas(64) ParkedCall {
  ReplaySource* source = nullptr; // null: its place is free
  std::uint64_t sequence = 0;
  double value = 0;
  double requested = never;
  double admitted = never;
  double memory = 0;
  std::uint32_t record = 0; // its id
  FunctionId function_row;  // in the tables,
  ProviderId provider_row;  // as those of its record
  FunctionId function;      // at its provider

  // Has the invocation nothing but this?
  static bool holds(const LiveInvocation& live) {
    return live.source != nullptr && !live.call && !live.is_unusual && live.record.attempts == 1;
  }
  explicit ParkedCall(const LiveInvocation& live)
      : source(live.source), sequence(live.sequence), value(live.value), requested(live.record.requested),
        admitted(live.record.admitted), memory(live.record.memory), record(live.record.id),
        function_row(live.record.function), provider_row(live.record.provider), function(live.function) {}
  ParkedCall() = default;

  void give(LiveInvocation& live) const {
    live.source = source;
    live.sequence = sequence;
    live.value = value;
    live.record = as_record();
    live.function = function;
    live.answered = true; // else it would not wait
  }
  InvocationRecord as_record() const {
    InvocationRecord result;
    result.id = record;
    result.function = function_row;
    result.provider = provider_row;
    result.requested = requested;
    result.admitted = admitted;
    result.memory = memory;
    return result;
  }
};

// A call in a provider's queue, wherever Records keeps it: the lowest bit says whether it is parked.
using QueuedId = Id<struct QueuedTag>;

} // namespace wrench_serverless
