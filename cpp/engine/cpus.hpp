// Computations on hosts. As long as a host has no more of them than cores, each has a core to itself and its end is
// known: it is an event of our own queue. As soon as there is one more, what is left of each shares the cores: by
// SimGrid's rule, but reckoned here (model/shared_cores.hpp), for SimGrid solves its equations anew for all
// computations of a host whenever one starts or ends. Where nobody shares dates are exact.
//
// On a platform with speeds that vary, or if the user wants it so, all computations are executions of SimGrid's from
// the start; the tests hold the two against each other.
#pragma once

#include "engine/continuation.hpp"
#include "engine/event_queue.hpp"
#include "model/shared_cores.hpp"
#include "model/slab.hpp"
#include "wrench_serverless/ids.hpp"

#include <simgrid/s4u/Host.hpp>

#include <deque>
#include <limits>
#include <unordered_map>

namespace wrench_serverless {

class Runtime;

class Cpus final : public EventSink {
public:
  static constexpr double no_limit = std::numeric_limits<double>::infinity();
  explicit Cpus(Runtime& runtime);
  // From now on. To be called before there are computations.
  void leave_to_simgrid() { simgrid_ = true; }

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
  enum Event : std::uint32_t { Ended, Failed, SharedEnded };
  enum class Place : std::uint8_t {
    Nowhere, // about to fail
    OwnCore,
    SharedCores,
    SimGrid
  };
  struct Cpu {
    Cpu(std::size_t index, double speed_of_core, std::size_t number)
        : place(index), speed(speed_of_core), cores(number), shared(speed, cores) {}
    std::size_t place; // in cpus_
    double speed;      // flop/s of a core
    std::size_t cores;
    model::SharedCores shared;
    double next = no_date;        // of the event that looks after those that share
    std::size_t computations = 0; // all of them
    ComputationId oldest, newest; // on own and on shared cores; first come all that share
  };
  struct Computation {
    Cpu* cpu = nullptr;
    Continuation done;
    double end = 0;   // on its own core: the date
    double speed = 0; // the same: flop/s
    double most = no_limit;
    model::SharedCores::Share share; // on shared cores
    Canceller execution;             // SimGrid's
    std::uint32_t generation = 0;
    Place place = Place::Nowhere;
    ComputationId older, newer; // of the same CPU
  };
  static constexpr double no_date = std::numeric_limits<double>::infinity();
  Cpu& cpu_of(simgrid::s4u::Host& host);
  Computation* find(std::uint64_t tag);
  std::uint64_t tag_of(ComputationId id) const;
  void run_alone(ComputationId id, double flops);
  void share(ComputationId id, double flops);
  void share_all(Cpu& cpu);
  void await_next(Cpu& cpu);
  void end_shared(Cpu& cpu);
  void link(ComputationId id);
  void unlink(ComputationId id);
  void leave(ComputationId id);
  Continuation take(std::uint64_t tag);
  void cancel(std::uint64_t tag);
  void execution_ended(std::uint64_t tag, Outcome failure);
  void on_event(std::uint32_t kind, std::uint64_t argument) override;

  Runtime& runtime_;
  bool simgrid_;                                                    // all of them are its
  std::deque<Cpu> cpus_;                                            // in order of their first computation
  std::unordered_map<const simgrid::s4u::Host*, Cpu*> cpu_of_host_; // looked up only
  model::Slab<Computation, ComputationId> computations_;
  std::uint32_t generation_ = 0;
};

} // namespace wrench_serverless
