// One core that several computations share equally: those of the invocations of one container (R34).
//
// The host sees one computation, which competes with its other ones; what it gets is divided among those inside
// (processor sharing). Each needs its flops of "service", what a computation that was there all along has
// got; who needs least ends first. Costs O(log n) for each computation that starts or ends.
#pragma once

#include "engine/continuation.hpp"

#include <simgrid/s4u/Host.hpp>

#include <cstdint>
#include <map>
#include <utility>

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
  using Key = std::pair<double, std::uint64_t>; // the service at which it ends; its number
  void settle();
  void go_on();
  void first_is_done(std::uint64_t, Outcome failure);
  void cancel(std::uint64_t number);

  Runtime& runtime_;
  simgrid::s4u::Host& host_;
  double most_;
  std::map<Key, Continuation> computations_;
  std::map<std::uint64_t, double> ends_; // by number
  std::uint64_t numbers_ = 0;
  double service_ = 0; // flops
  double amount_ = 0;  // flops of the execution under way
  Canceller execution_;
};

} // namespace wrench_serverless
