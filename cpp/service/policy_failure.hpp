// A policy that fails ends the simulation, with an exception that is nobody's to catch: run() raises it.
#pragma once

#include "engine/runtime.hpp"

#include <utility>

namespace wrench_serverless {

class PolicyFailure {
public:
  explicit PolicyFailure(Runtime& runtime) : runtime_(runtime) {}
  void end_simulation(Outcome failure) {
    happened_ = true;
    runtime_.controller_ended(0, std::move(failure)); // as that of a controller does, if it is the first
  }
  bool happened() const { return happened_; }

private:
  Runtime& runtime_;
  bool happened_ = false;
};

} // namespace wrench_serverless
