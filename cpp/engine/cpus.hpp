// Computations on hosts. As long as a host has no more of them than cores, each has a core to itself and its end is
// known: it is an event of our own queue, and SimGrid has nothing to do. As soon as there is one more, what is left of
// each becomes an execution of SimGrid's, which shares the cores as it always does.
//
// So the dates are SimGrid's; where nobody shares they are exact. On a platform with speeds that vary all computations
// are SimGrid's from the start.
#pragma once

#include "engine/continuation.hpp"
#include "engine/event_queue.hpp"
#include "model/slab.hpp"
#include "wrench_serverless/ids.hpp"

#include <simgrid/s4u/Host.hpp>

#include <limits>
#include <unordered_map>

namespace wrench_serverless {

class Runtime;

class Cpus final : public EventSink {
public:
  static constexpr double no_limit = std::numeric_limits<double>::infinity();
  explicit Cpus(Runtime& runtime) : runtime_(runtime) {}

  // Flops > 0. `most`: flop/s that it gets at most; infinity: as many as a core gives.
  Canceller compute(simgrid::s4u::Host& host, double flops, const Continuation& done, double most = no_limit);
  // Flops that are still to be done, by the tag of its canceller.
  double remaining(std::uint64_t tag);
  // All that goes on there fails.
  void fail_on(const simgrid::s4u::Host& host);
  // Drops everything, without continuations.
  void close();

private:
  using ComputationId = Id<struct ComputationTag>;
  enum Event : std::uint32_t { Ended, Failed };
  struct Cpu {
    double speed = 0; // flop/s of a core
    std::size_t cores = 0;
    std::size_t computations = 0; // all of them
    ComputationId oldest, newest; // our own
  };
  struct Computation {
    Cpu* cpu = nullptr;
    simgrid::s4u::Host* host = nullptr;
    Continuation done;
    double end = 0;   // our own: its date
    double speed = 0; // our own: flop/s
    double most = no_limit;
    Canceller execution; // SimGrid's
    std::uint32_t generation = 0;
    bool own = false;           // else SimGrid's, or about to fail
    ComputationId older, newer; // our own, of the same CPU
  };
  Cpu& cpu_of(simgrid::s4u::Host& host);
  Computation* find(std::uint64_t tag);
  void hand_over(Computation& computation, std::uint64_t tag, double flops);
  void hand_all_over(Cpu& cpu);
  void link(ComputationId id);
  void unlink(ComputationId id);
  Continuation take(std::uint64_t tag);
  void cancel(std::uint64_t tag);
  void execution_ended(std::uint64_t tag, Outcome failure);
  void on_event(std::uint32_t kind, std::uint64_t tag) override;

  Runtime& runtime_;
  std::unordered_map<const simgrid::s4u::Host*, Cpu> cpus_; // looked up only; references stay
  model::Slab<Computation, ComputationId> computations_;
  std::uint32_t generation_ = 0;
};

} // namespace wrench_serverless
