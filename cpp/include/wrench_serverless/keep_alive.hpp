// How long idle containers are kept (R27): the interface, and the built-in policies.
#pragma once

#include "wrench_serverless/views.hpp"

#include <string>

namespace wrench_serverless {

// Says how long an idle container is kept (R27).
class KeepAlivePolicy {
public:
  virtual ~KeepAlivePolicy() = default;
  virtual std::string name() const = 0;
  // Seconds for a container of the function that has just become idle: 0 ends it at once, infinity keeps it for ever.
  virtual double keep_alive(FunctionId function, double now) = 0;
};

class FixedKeepAlive final : public KeepAlivePolicy {
public:
  explicit FixedKeepAlive(double seconds);
  std::string name() const override { return "FixedKeepAlive"; }
  double keep_alive(FunctionId, double) override { return seconds_; }

private:
  double seconds_;
};

} // namespace wrench_serverless
