#include "wrench_serverless/keep_alive.hpp"

#include <stdexcept>

namespace wrench_serverless {

FixedKeepAlive::FixedKeepAlive(double seconds) : seconds_(seconds) {
  if (!(seconds >= 0))
    throw std::invalid_argument("keep_alive is " + format_number(seconds) + ": it must be seconds >= 0, or infinity");
}

} // namespace wrench_serverless
