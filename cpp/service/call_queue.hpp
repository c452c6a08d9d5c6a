// The calls of a function that wait at a provider, first come first served (R16).
//
// A queue of a million calls is what an overloaded provider is about. All that a replayed call has before it is
// assigned is the row of the workload that it came from and when it was admitted: less than a line of the cache instead
// of the four of a LiveInvocation, which would only wait in memory, far from any cache.
#pragma once

#include "model/block_queue.hpp"
#include "service/live_invocation.hpp"

#include <cstdint>

namespace wrench_serverless {

struct QueuedCall {
  std::uint64_t sequence; // of its admission
  double value;
  double requested;
  double admitted;
  std::uint32_t record; // its id
  std::uint32_t who;    // twice the id of a LiveInvocation, or twice the number of a replay and one

  bool is_parked() const { return (who & 1) != 0; } // this is all that there is of it
};
static_assert(sizeof(QueuedCall) <= 40);

struct CallQueue : model::BlockQueue<QueuedCall> {
  // Of its calls, in the tables; and their bytes.
  struct Rows {
    FunctionId function;
    ProviderId provider;
    double memory = 0;
  };
  CallQueue(Pool& pool, const Rows& given) : BlockQueue(pool), rows(given) {}

  Rows rows;
};

} // namespace wrench_serverless
