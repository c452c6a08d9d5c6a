// What is known of invocations whose records are not kept: counts, sums and distributions. They can be merged.
#pragma once

#include "wrench_serverless/invocation.hpp"
#include "wrench_serverless/sketch.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace wrench_serverless {

struct Statistics {
  std::array<std::uint64_t, 7> by_state{}; // by InvocationState
  std::uint64_t assigned = 0;              // that a container took, and
  std::uint64_t cold = 0;                  // of these, that waited for any part of its start
  double byte_seconds = 0;                 // memory × billed seconds, of all
  double cost = 0;
  std::map<std::string, std::uint64_t> failures; // by reason
  // s, of those that ran: ended - requested; started - requested, and its parts: assigned - admitted (for room and the
  // image), started - assigned (for the container); and the body.
  Sketch latency, waiting, queueing, starting, running;

  std::uint64_t count() const;
  // `failure`: the name of its reason, "" if it did not fail.
  void add(const InvocationRecord& record, const std::string& failure, double cost);
  void merge(const Statistics& other);
};

} // namespace wrench_serverless
