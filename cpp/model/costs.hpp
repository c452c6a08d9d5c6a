// What invocations cost, and what the summary says of money, and of memory that was held for no invocation.
#pragma once

#include "wrench_serverless/results.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace wrench_serverless {

// Of one invocation: nothing, unless a container took it, or an earlier attempt of it.
inline double cost_of(const Billing& billing, bool placed, double memory, double billed_seconds) {
  return placed || billed_seconds > 0 ? billing.cost(billed_seconds, memory) : 0;
}

// Of many, by columns of the same length, as those of InvocationTable; `billing`: of each provider. Throws
// std::invalid_argument.
struct CostColumns {
  std::span<const std::uint16_t> provider;
  std::span<const std::int32_t> node;
  std::span<const double> memory;
  std::span<const double> billed_seconds;
};
std::vector<double> costs_of(const CostColumns& columns, const std::vector<Billing>& billing);

// Of containers that were idle or provisioned, in byte-seconds; and what everything costs, NaN if no provider asks for
// anything.
struct MemoryCosts {
  double idle = 0;
  double provisioned = 0;
  double cost = never;
};
MemoryCosts memory_costs(const Results& results);

} // namespace wrench_serverless
