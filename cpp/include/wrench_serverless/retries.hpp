// How often an invocation is tried again that failed, timed out or was refused, and when (R35).
#pragma once

#include "wrench_serverless/invocation.hpp"

#include <cstdint>
#include <vector>

namespace wrench_serverless {

struct Retries {
  std::uint16_t count = 0;          // attempts after the first
  std::vector<double> delays = {0}; // s before the first retry, the second …; the last one before all that follow
  bool failed = true;               // which outcomes are tried again; FAILED: those of host failures too (R37)
  bool timed_out = true;
  bool refused = true;
  bool asynchronous_only = false; // those of `invoke` are not

  bool covers(InvocationState outcome) const {
    return (outcome == InvocationState::Failed && failed) || (outcome == InvocationState::TimedOut && timed_out) ||
           (outcome == InvocationState::Refused && refused);
  }
  // Before the attempt after so many. Precondition: attempts > 0.
  double delay(std::uint16_t attempts) const {
    return delays[attempts <= delays.size() ? attempts - std::size_t{1} : delays.size() - 1];
  }
  // Throws std::invalid_argument.
  void check() const;
};

} // namespace wrench_serverless
