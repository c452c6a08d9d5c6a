// What is known of invocations whose records are not kept: counts, sums and distributions. They can be merged.
#pragma once

#include "wrench_serverless/invocation.hpp"
#include "wrench_serverless/sketch.hpp"

#include <array>
#include <cstdint>

namespace wrench_serverless {

struct Statistics {
  std::array<std::uint64_t, 7> by_state{}; // by InvocationState
  std::uint64_t cold = 0;                  // of those that ran
  double byte_seconds = 0;                 // memory × billed seconds, of all
  double running_seconds = 0;              // of bodies that have not ended
  double cost = 0;
  // s, of those that ran: ended - requested; started - requested, and its parts: assigned - admitted (for room and the
  // image), started - assigned (for the container); and the body.
  Sketch latency, waiting, queueing, starting, running;

  std::uint64_t count() const;
  // `now`: for those that have not ended.
  void add(const InvocationRecord& record, double now, double cost);
  void merge(const Statistics& other);
};

} // namespace wrench_serverless
