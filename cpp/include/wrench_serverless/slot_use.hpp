// The slots in use over time, as slot-seconds in bins of equal width.
//
// A slot is held from the claim of a container, or from the moment an idle container takes a call, to the end of that
// call (R28): cold starts, waits for images and payloads count. Beside it: the part of that time in which a body ran;
// bodies that share a container count once. Nothing is counted before the first call, or after the last end.
#pragma once

#include "wrench_serverless/invocation.hpp"

#include <vector>

namespace wrench_serverless {

struct SlotUse {
  double begin = never;           // date of the first call; NaN: there was none
  double end = never;             // of the last end; of the results, where calls have not ended
  double width = 0;               // s, of a bin. The first one starts at `begin`, the last one may be cut off at `end`.
  std::vector<double> held, body; // slot-seconds in each bin

  // As shares of that many slots, over the time from `begin` to `end`. NaN: there were no slots, or that took no time.
  struct Shares {
    double held, body;
  };
  Shares utilisation(double slots) const;
};

} // namespace wrench_serverless
