// While a policy is asked it may look at the simulation, and neither change it under the hands of who asks, nor block:
// Runtime::check_open throws, and so does what needs a fibre. One simulation runs at a time in a process.
#pragma once

#include "engine/fibres.hpp"

#include <utility>

namespace wrench_serverless {

// For as long as it lives; one within another is harmless.
class ReadOnly {
public:
  explicit ReadOnly(Fibres& fibres)
      : fibres_(fibres), caller_(fibres.current()), before_(std::exchange(active_, true)) {
    fibres_.set_current(FibreId());
  }
  ~ReadOnly() {
    active_ = before_;
    fibres_.set_current(caller_);
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;

  static bool is_active() { return active_; }

private:
  inline static bool active_ = false;
  Fibres& fibres_;
  FibreId caller_;
  bool before_;
};

} // namespace wrench_serverless
