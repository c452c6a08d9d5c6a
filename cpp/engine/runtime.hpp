// One simulation under way: the clock, the event loop, and everything that lives in it.
//
// advance() runs the loop in C++ until somebody outside is needed: a Python fibre, the caller, or the user.
#pragma once

#include "engine/activities.hpp"
#include "engine/cpus.hpp"
#include "engine/event_queue.hpp"
#include "engine/faults.hpp"
#include "engine/fibres.hpp"
#include "engine/memory_shares.hpp"
#include "engine/prepared_platform.hpp"
#include "engine/profiles.hpp"
#include "engine/simgrid_kernel.hpp"
#include "engine/storage.hpp"
#include "engine/transfers.hpp"
#include "engine/waiters.hpp"
#include "wrench_serverless/results.hpp"

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wrench_serverless {

enum class Advance {
  Python, // the current fibre is a Python one that is ready
  Ended,  // nobody is left
  Until,  // the date was reached
  Tick    // some wall time has passed: look for signals, draw the bar
};

class Runtime final : private EventSink {
public:
  // Ends an older one (make_way()) once all that can be wrong with the arguments has been found.
  Runtime(const PlatformSource& platform, std::uint64_t seed, const std::vector<std::string>& config);
  // The same without a trial of the platform: for those who have made one.
  Runtime(const PreparedPlatform& platform, std::uint64_t seed, const std::vector<std::string>& config);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  double now() const { return now_; }
  const double& clock() const { return now_; } // to be read at any time, as long as this lives
  std::uint64_t seed() const { return seed_; }
  SimGridKernel& kernel() { return *kernel_; }
  Fibres& fibres() { return fibres_; }
  Activities& activities() { return activities_; }
  Cpus& cpus() { return cpus_; }
  Transfers& transfers() { return transfers_; }
  Storages& storages() { return storages_; }
  MemoryShares& memory_shares() { return memory_shares_; }
  Waiters& waiters() { return waiters_; }
  Faults& faults() { return faults_; }

  // An event after `delay` seconds (>= 0); a deadline comes after everything else of its date.
  void schedule(double delay, EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    queue_.push(now_ + delay, sink, kind, argument);
  }
  // At a date from now on, to the last bit.
  void schedule_at(double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    queue_.push(date, sink, kind, argument);
  }
  // The same, for dates that come in ascending order as a rule.
  void schedule_in_line(Line line, double date, EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    queue_.push_in_line(line, date, sink, kind, argument);
  }
  // One will be scheduled soon (EventQueue::foresee_push).
  void foresee_schedule(double date, bool near) const { queue_.foresee_push(date, near); }
  void schedule_deadline(double delay, EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    queue_.push(now_ + delay, sink, kind, argument, true);
  }
  // The simulation goes on while anything is held open: fibres hold it by themselves, services for their invocations.
  void hold_open() { ++open_; }
  void let_go() { --open_; }

  // Runs up to the date (infinity: to the end). Throws Deadlock, and what a C++ controller raised.
  Advance advance(double until);
  void begin_run();
  void end_run() { running_ = false; }
  bool running() const { return running_; }
  // The first exception that ended a controller, or that an observer threw, ends the simulation.
  void controller_ended(std::uint64_t, Outcome failure);
  Outcome take_failure() { return std::exchange(failure_, nullptr); }
  Continuation controller_continuation() { return Continuation::of<&Runtime::controller_ended>(this, 0); }

  // Called once when the simulation closes, after its fibres have ended.
  void on_close(std::function<void()> hook) { close_hooks_.push_back(std::move(hook)); }
  // Asked for lines when there is a deadlock to explain.
  void explain_deadlock_with(std::function<void(std::vector<std::string>&)> lines) {
    explanations_.push_back(std::move(lines));
  }
  // Called between any two events, if the simulation was asked to check itself.
  void set_checking(bool check) { checking_ = check; }
  bool checking() const { return checking_; }
  void check_with(std::function<void()> check) { checks_.push_back(std::move(check)); }
  // Ends all fibres and SimGrid. What is asked afterwards raises Error.
  void close();
  bool closed() const { return closed_; }
  // Throws Error if closed.
  void check_open() const;

  // Runs the function at the date, on the loop's stack, if the simulation lasts as long.
  void at(double date, std::function<void()> function);
  // Runs the function now, on the loop's stack: what changes SimGrid must not run on a C++ fibre's. For an observer, at
  // the present date, but after what it observes.
  void on_loop(const std::function<void()>& function);

  // Operations of a fibre. Precondition: seconds, flops >= 0.
  Canceller start_sleep(double seconds, const Continuation& done);
  Canceller start_compute(const FibreJob& job, double flops, const Continuation& done);
  // The same for whoever is no fibre; flops > 0. Null core: one of the host's, of which it gets `most` flop/s at most.
  Canceller start_compute(simgrid::s4u::Host& host, SharedCore* core, double most, double flops,
                          const Continuation& done);

  // A stream of random numbers for each purpose, so that one more draw here changes nothing there (R29).
  std::mt19937_64& random(const std::string& purpose);

  // Which runtime the calling code runs in; NotInSimulation if none.
  static Runtime& of_caller();
  // The live runtime of this process, or nullptr.
  static Runtime* live() { return live_; }
  // SimGrid can only be there once: a new simulation ends an older one that is not running. Error if it is.
  static void make_way();
  static void refuse_while_running();
  // For a child process, which ends without looking back: the simulation of its parent, if there is one, stays as it
  // is, and another can be made.
  static void forget_live();

private:
  void on_event(std::uint32_t kind, std::uint64_t index) override; // one of calls_
  bool nothing_can_happen(double simgrid_date);
  [[noreturn]] void raise_deadlock();

  static Runtime* live_;
  std::uint64_t seed_;
  double now_ = 0;
  std::unique_ptr<SimGridKernel> kernel_; // first of all, and gone once closed
  EventQueue queue_;
  Activities activities_;
  Fibres fibres_;
  Storages storages_;
  MemoryShares memory_shares_;
  Transfers transfers_;
  Waiters waiters_;
  Faults faults_;
  Profiles profiles_;
  Cpus cpus_;
  std::unordered_map<std::string, std::mt19937_64> random_; // looked up only
  std::size_t open_ = 0;
  std::uint32_t steps_ = 0;
  std::uint32_t idle_changes_ = 0; // of profiles, while there was nothing else
  Outcome failure_;
  std::vector<std::function<void()>> calls_; // those of at(), each once
  std::vector<std::function<void()>> checks_;
  std::vector<std::function<void()>> close_hooks_;
  std::vector<std::function<void(std::vector<std::string>&)>> explanations_;
  bool checking_ = false;
  bool running_ = false;
  bool closed_ = false;
};

} // namespace wrench_serverless
