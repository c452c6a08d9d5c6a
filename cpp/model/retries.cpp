#include "wrench_serverless/retries.hpp"

#include "wrench_serverless/units.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace wrench_serverless {

void Retries::check() const {
  if (count == std::numeric_limits<std::uint16_t>::max())
    throw std::invalid_argument("count of the retries is " + std::to_string(count) + ": it must be less");
  if (delays.empty())
    throw std::invalid_argument("delay of the retries is an empty list: give one delay at least");
  for (const double delay : delays)
    if (!(delay >= 0) || std::isinf(delay))
      throw std::invalid_argument("delay of the retries is " + format_number(delay) +
                                  ": it must be seconds, finite and >= 0");
}

} // namespace wrench_serverless
