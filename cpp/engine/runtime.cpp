#include "engine/runtime.hpp"

#include "engine/platform_trial.hpp"
#include "engine/read_only.hpp"
#include "engine/shared_core.hpp"
#include "model/memory_reserve.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace wrench_serverless {

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint32_t steps_per_tick = 4096; // a millisecond or so
constexpr std::uint32_t steps_per_look = 64;   // a megabyte at most
constexpr std::uint32_t most_idle_changes = 1'000'000;

// An event is being dealt with, so that the books are not to be changed by others. One simulation runs at a time.
bool in_event = false;

class InEvent {
public:
  explicit InEvent(bool is = true) : before_(std::exchange(in_event, is)) {}
  ~InEvent() { in_event = before_; }
  InEvent(const InEvent&) = delete;
  InEvent& operator=(const InEvent&) = delete;

private:
  bool before_;
};

} // namespace

Runtime* Runtime::live_ = nullptr;

namespace {

// In one expression of the constructor below.
struct Tried {
  PreparedPlatform platform;
  Tried(const PlatformSource& source, const std::vector<std::string>& config) : platform(source) {
    try_platform(platform, config);
  }
};

std::unique_ptr<SimGridKernel> next_kernel(const PreparedPlatform& platform, const std::vector<std::string>& config) {
  Runtime::make_way();
  return std::make_unique<SimGridKernel>(platform, config);
}

} // namespace

Runtime::Runtime(const PlatformSource& platform, std::uint64_t seed, const std::vector<std::string>& config)
    : Runtime(Tried(platform, config).platform, seed, config) {}

Runtime::Runtime(const PreparedPlatform& platform, std::uint64_t seed, const std::vector<std::string>& config)
    : seed_(seed), kernel_(next_kernel(platform, config)), activities_(*this), fibres_(*kernel_), storages_(*this),
      transfers_(*this), waiters_(*this), faults_(*this), profiles_(*this), cpus_(*this) {
  profiles_.start(kernel_->profiles(), random("profiles"));
  live_ = this;
}

Runtime::~Runtime() { close(); }

void Runtime::refuse_while_running() {
  if (live_ != nullptr && live_->running_)
    throw Error("a simulation is running in this process: another one can only be created when it has ended");
}

void Runtime::make_way() {
  refuse_while_running();
  if (live_ != nullptr)
    live_->close();
}

void Runtime::forget_live() {
  live_ = nullptr;
  SimGridKernel::forget_engine();
}

void Runtime::close() {
  if (closed_)
    return;
  kernel_->enter();
  fibres_.kill_all(); // while everything that their destructors may touch is still there
  closed_ = true;
  activities_.cancel_all();
  cpus_.close();
  transfers_.close();
  storages_.close();
  profiles_.close();
  kernel_.reset();
  if (live_ == this)
    live_ = nullptr;
  failure_ = nullptr; // of a run that ended otherwise
  calls_.clear();
  checks_.clear();
  explanations_.clear();
  for (const auto& hook : std::exchange(close_hooks_, {}))
    hook();
  fibres_.forget_all();
  model::memory_reserve::drop();
}

void Runtime::check_open() const {
  if (closed_)
    throw Error("this simulation is over: it was closed, or a newer one was created in this process");
  if (ReadOnly::is_active())
    throw Error("a policy may look at the simulation, but not change it");
  kernel_->enter();
}

Runtime& Runtime::of_caller() {
  if (live_ != nullptr && !live_->fibres_.current())
    live_->fibres_.refuse_killed();
  if (live_ == nullptr || !live_->fibres_.current())
    throw NotInSimulation("this call blocks, so it only works in a controller or in a function's body");
  return *live_;
}

Canceller Runtime::start_sleep(double seconds, const Continuation& done) {
  // The fibres take the event themselves: no record of the sleep is needed to cancel it.
  queue_.push(now_ + seconds, fibres_, 0, done.tag);
  return {};
}

Canceller Runtime::start_compute(const FibreJob& job, double flops, const Continuation& done) {
  if (flops == 0)
    return start_sleep(0, done);
  return start_compute(*job.host, job.core, job.most_flops, flops, done);
}

Canceller Runtime::start_compute(simgrid::s4u::Host& host, SharedCore* core, double most, double flops,
                                 const Continuation& done) {
  return core != nullptr ? core->compute(flops, done) : cpus_.compute(host, flops, done, most);
}

void Runtime::controller_ended(std::uint64_t, Outcome failure) {
  if (failure != nullptr && failure_ == nullptr)
    failure_ = std::move(failure);
}

std::mt19937_64& Runtime::random(const std::string& purpose) {
  const auto found = random_.find(purpose);
  if (found != random_.end())
    return found->second;
  std::seed_seq sequence(purpose.begin(), purpose.end());
  std::vector<std::uint32_t> words(4);
  sequence.generate(words.begin(), words.end());
  words.push_back(static_cast<std::uint32_t>(seed_));
  words.push_back(static_cast<std::uint32_t>(seed_ >> 32));
  std::seed_seq seeded(words.begin(), words.end());
  return random_.emplace(purpose, std::mt19937_64(seeded)).first->second;
}

void Runtime::at(double date, std::function<void()> function) {
  check_open();
  if (!(date >= now_) || date == infinity)
    throw std::invalid_argument("time is " + format_number(date) + ": it must be a date from now on, and now is " +
                                format_number(now_));
  check_date(date, "time");
  calls_.push_back(std::move(function));
  queue_.push(date, *this, 0, calls_.size() - 1);
}

void Runtime::on_event(std::uint32_t /*kind*/, std::uint64_t index) {
  const auto function = std::exchange(calls_[index], {});
  const InEvent nothing_else(false);
  function();
}

void Runtime::on_loop(const std::function<void()>& function) {
  check_open();
  const bool on_loop = simgrid::s4u::this_actor::is_maestro();
  if (Observing::any() || (on_loop && in_event)) // the latter: a finalizer of what was just let go, say
    return at(now_, function);
  if (on_loop)
    return function();
  fibres_.block({"its turn"}, [&](const Continuation& done) {
    function();
    return start_sleep(0, done);
  });
}

void Runtime::begin_run() {
  check_open();
  if (running_)
    throw Error("run() was called while the simulation is running");
  running_ = true;
  model::memory_reserve::keep();
  StackExceptions::enter_thread();
}

Advance Runtime::advance(double until) {
  const InEvent in_event_from_now_on;
  for (;;) {
    if (model::memory_reserve::spent())
      throw std::bad_alloc();
    for (const auto& check : checks_)
      check();
    if (fibres_.has_ready()) {
      if (fibres_.run_next())
        return Advance::Python;
      continue;
    }
    if (failure_ != nullptr)
      return Advance::Ended;
    if ((faults_.has_news() && faults_.tell()) || (activities_.has_news() && activities_.call_ended()))
      continue;
    if (open_ == 0 && !fibres_.any())
      return Advance::Ended;

    const double simgrid_date = activities_.any() ? kernel_->next_date() : infinity;
    const Event* const next = queue_.next();
    const bool ours =
        next != nullptr && (next->date < simgrid_date || (next->date == simgrid_date && !next->deadline()));
    const double date = ours ? next->date : simgrid_date;
    if ((next == nullptr || profiles_.pending() > 0) && nothing_can_happen(simgrid_date))
      raise_deadlock();
    if (date > until) {
      now_ = std::max(now_, until);
      return Advance::Until;
    }
    if (!ours) {
      kernel_->step(date);
      now_ = std::max(now_, kernel_->clock());
    } else {
      const Event event = queue_.pop();
      queue_.foresee();
      now_ = std::max(now_, event.date);
      event.sink->on_event(event.kind(), event.argument);
    }
    if (++steps_ % steps_per_look == 0)
      model::memory_reserve::look_ahead();
    if (steps_ % steps_per_tick == 0)
      return Advance::Tick;
  }
}

// Where there are profiles, or no event. Profiles may go on for ever: as long as they are all that there is, somebody
// who waits gets so many chances.
bool Runtime::nothing_can_happen(double simgrid_date) {
  if (simgrid_date != infinity || queue_.size() > profiles_.pending()) {
    idle_changes_ = 0;
    return false;
  }
  return queue_.empty() || ++idle_changes_ > most_idle_changes;
}

void Runtime::raise_deadlock() {
  constexpr std::size_t most = 20;
  std::vector<std::string> lines = fibres_.describe_waiting();
  if (lines.size() > most) {
    const std::size_t more = lines.size() - most;
    lines.resize(most);
    lines.push_back("and " + std::to_string(more) + " more wait");
  }
  for (const auto& explain : explanations_)
    explain(lines);
  std::string message = "nothing can happen any more at " + format_number(now_) + " s, but";
  for (const std::string& line : lines)
    message += "\n  " + line;
  throw Deadlock(message);
}

} // namespace wrench_serverless
