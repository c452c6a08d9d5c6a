#include "wrench_serverless/billing.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace wrench_serverless {

double Billing::billed(double seconds) const {
  constexpr double slack = 1e-6; // of a multiple: 0.3 s are 300 ms, not 301, whatever the dates' last bits are
  if (rounding > 0)
    seconds = std::ceil(seconds / rounding - slack) * rounding;
  return std::max(minimum, seconds);
}

void Billing::check() const {
  for (const auto& [value, option] : {std::pair{per_gb_second, "per_gb_second"},
                                      {per_second, "per_second"},
                                      {per_request, "per_request"},
                                      {per_provisioned_gb_second, "per_provisioned_gb_second"},
                                      {rounding, "rounding"},
                                      {minimum, "minimum"}})
    if (!(value >= 0) || std::isinf(value))
      throw std::invalid_argument(std::string(option) + " of the billing is " + format_number(value) +
                                  ": it must be finite and >= 0");
  if (gigabyte < 1)
    throw std::invalid_argument("gigabyte of the billing is " + std::to_string(gigabyte) +
                                ": it must be at least a byte");
}

} // namespace wrench_serverless
