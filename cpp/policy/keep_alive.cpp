#include "wrench_serverless/keep_alive.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace wrench_serverless {

namespace {

void check(bool good, const char* name, double value, const char* right) {
  if (!good)
    throw std::invalid_argument(std::string(name) + " is " + format_number(value) + ": it must be " + right);
}

} // namespace

Fixed::Fixed(double seconds) : seconds_(seconds) {
  check(seconds >= 0, "keep_alive", seconds, "seconds >= 0, or infinity");
}

AdaptiveTTL::AdaptiveTTL(const AdaptiveTTLOptions& options) : options_(options) {
  check(options.target >= 0 && options.target <= 1, "target", options.target, "a share from 0 to 1");
  check(options.step > 0 && std::isfinite(options.step), "step", options.step, "positive and finite");
  check(options.least >= 0 && std::isfinite(options.least), "least", options.least, "seconds >= 0");
  check(options.most >= options.least && std::isfinite(options.most), "most", options.most,
        "seconds, at least `least`");
  check(options.initial >= options.least && options.initial <= options.most, "initial", options.initial,
        "between `least` and `most`");
}

double& AdaptiveTTL::ttl(FunctionId function) {
  if (ttls_.size() <= function.value)
    ttls_.resize(function.value + 1, options_.initial);
  return ttls_[function.value];
}

KeepAlive AdaptiveTTL::keep_alive(FunctionId function, double /*now*/) { return ttl(function); }

void AdaptiveTTL::invoked(FunctionId function, double /*now*/, double idle) {
  if (!(idle > 0)) // the first, or while others are under way: nothing was kept for it
    return;
  double& seconds = ttl(function);
  const double hit = idle <= seconds ? 1 : 0;
  seconds = std::clamp(seconds + options_.step * (options_.target - hit), options_.least, options_.most);
}

} // namespace wrench_serverless
