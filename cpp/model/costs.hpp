// What the summary says of money, and of memory that was held for no invocation.
#pragma once

#include "wrench_serverless/results.hpp"

#include <vector>

namespace wrench_serverless {

void add_cost_lines(std::vector<SummaryLine>& lines, const Results& results);

} // namespace wrench_serverless
