// SimGrid's way of writing profiles: lines of a date and a value, and words for laws and repetition.
//
//   PERIODICITY 10        starts again every 10 s          STOCHASTIC [LOOP]   laws; dates count from the line before
//   LOOPAFTER 5           or 5 s after the last line       DET x, EXP rate, UNIF least most, NORM mean deviation
#pragma once

#include "model/profile.hpp"

#include <string>

namespace wrench_serverless {

// Throws std::invalid_argument, beginning with `what`, for what is no such text. A periodicity <= 0: none.
model::ProfilePattern parse_profile(const std::string& text, double periodicity, const std::string& what);

} // namespace wrench_serverless
