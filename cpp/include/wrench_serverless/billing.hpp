// What a provider asks for its work.
#pragma once

#include "wrench_serverless/units.hpp"

namespace wrench_serverless {

// Prices are in any currency, seconds are those that a body took, of all attempts (R35), each rounded up.
struct Billing {
  double per_gb_second = 0;             // of the function's memory, while its body runs
  double per_second = 0;                // while its body runs, whatever its memory: for a price of a CPU
  double per_request = 0;               // for each invocation that a container took
  double per_provisioned_gb_second = 0; // of each provisioned container (R32), from its claim to its end
  double rounding = 0.001;              // s: up to a multiple of this; 0: exactly
  double minimum = 0;                   // s of each attempt
  Bytes gigabyte = 1'000'000'000;       // what counts as a GB

  double billed(double seconds) const;
  // Of an invocation.
  double cost(double billed_seconds, double memory) const {
    return per_request + billed_seconds * (per_second + memory / static_cast<double>(gigabyte) * per_gb_second);
  }
  bool asks_for_anything() const {
    return per_gb_second > 0 || per_second > 0 || per_request > 0 || per_provisioned_gb_second > 0;
  }
  // Throws std::invalid_argument.
  void check() const;
};

} // namespace wrench_serverless
