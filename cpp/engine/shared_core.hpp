// One core that several computations share equally: those of the invocations of one container (R34).
//
// The host sees one computation, which competes with its other ones; what it gets is divided among those inside. For
// them the flops that all of them have got so far are the time, and a core gives one flop for each of these
// (model/shared_cores.hpp).
#pragma once

#include "engine/continuation.hpp"
#include "model/shared_cores.hpp"

#include <simgrid/s4u/Host.hpp>

#include <cstdint>
#include <map>

namespace wrench_serverless {

class Runtime;

class SharedCore {
public:
  // `most`: flop/s that all of them get together at most; infinity: a core's.
  SharedCore(Runtime& runtime, simgrid::s4u::Host& host, double most) : runtime_(runtime), host_(host), most_(most) {}
  ~SharedCore() { execution_(); }
  SharedCore(const SharedCore&) = delete;
  SharedCore& operator=(const SharedCore&) = delete;

  // Precondition: flops > 0.
  Canceller compute(double flops, Continuation done);

private:
  struct Computation {
    model::SharedCores::Share share;
    Continuation done;
  };
  void settle();
  void go_on();
  void first_is_done(std::uint64_t, Outcome failure);
  void cancel(std::uint64_t number);

  Runtime& runtime_;
  simgrid::s4u::Host& host_;
  double most_;
  std::map<std::uint32_t, Computation> computations_; // by number
  std::uint32_t numbers_ = 0;
  model::SharedCores inside_{1, 1};
  double done_ = 0;   // flops, of all of them
  double amount_ = 0; // flops of the execution under way
  Canceller execution_;
};

} // namespace wrench_serverless
