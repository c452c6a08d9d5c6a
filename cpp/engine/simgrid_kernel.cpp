#include "engine/simgrid_kernel.hpp"

#include "engine/platform_query.hpp"
#include "engine/simgrid_config.hpp"
#include "engine/stack_exceptions.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/kernel/resource/Model.hpp>
#include <xbt/log.h>

#include <algorithm>
#include <cmath>
#include <limits>

// SimGrid exports these, but has no installed header for them.
extern bool do_install_signal_handlers;
namespace simgrid::kernel {
namespace actor {
class ActorImpl {
public:
  void yield();
  void simcall_handle(int times_considered);
};
} // namespace actor
class EngineImpl {
public:
  void add_actor_to_run_list_no_check(actor::ActorImpl* actor);
  void run_all_actors();
  void run(double max_date);
  double solve(double max_date) const;
  void handle_ended_actions() const;
  static double now_;
  static EngineImpl* instance_;
};
namespace context {
class Context {
public:
  static Context* self();
  static void set_current(Context* self);
};
} // namespace context
} // namespace simgrid::kernel

// A private member of a class that has an installed header.
extern simgrid::s4u::Engine* simgrid_engine __asm__("_ZN7simgrid3s4u6Engine9instance_E");

namespace wrench_serverless {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

namespace resource = simgrid::kernel::resource;
using simgrid::kernel::context::Context;

resource::Model* find_model(const simgrid::s4u::Engine& engine, std::string_view beginning) {
  for (resource::Model* model : engine.get_all_models())
    if (model->get_name().starts_with(beginning))
      return model;
  return nullptr;
}

} // namespace

SimGridKernel::SimGridKernel(const PreparedPlatform& platform, const std::vector<std::string>& config) {
  do_install_signal_handlers = false; // or Ctrl-C would exit the process
  xbt_log_control_set("xbt_cfg.thresh:warning");
  simgrid::kernel::EngineImpl::now_ =
      0;                         // else the clock of the last simulation goes on, and results differ by rounding
  Context::set_current(nullptr); // of an engine that this thread made, and another one deleted
  engine_ = std::make_unique<simgrid::s4u::Engine>("wrench-serverless");
  loop_ = Context::self();
  thread_ = std::this_thread::get_id();
  // Two disks of one host are not joined by a network: the default loopback (10 GB/s) would throttle fast ones.
  model::OptionList options{{"network/loopback-bw", "1e11"}};
  for (const auto& list : {platform.file_config(), option_list(config)})
    options.insert(options.end(), list.begin(), list.end());
  apply_simgrid_options(options);
  from_file_ = platform.from_file();
  platform.build(*engine_);
  profiles_ = platform.profiles();
  share_disks_with_network();
}

// SimGrid 4.1 solves its disks and its network apart, yet puts the streams between disks into both: a disk that is
// read or written while a stream uses it gives its bandwidth away twice, and streams may stall. One system of equations
// for the two shares it rightly.
void SimGridKernel::share_disks_with_network() {
  disks_ = find_model(*engine_, "Disk");
  network_ = find_model(*engine_, "Network");
  if (disks_ == nullptr || network_ == nullptr)
    return;
  disk_system_ = disks_->get_maxmin_system();
  disks_->set_maxmin_system(network_->get_maxmin_system());
}

SimGridKernel::~SimGridKernel() {
  engine_->get_impl()->handle_ended_actions(); // what was cancelled leaves the system that it is in
  if (disk_system_ != nullptr)                 // each model deletes its own
    disks_->set_maxmin_system(disk_system_);
  release_platform_file();
  engine_.reset();
}

void SimGridKernel::forget_engine() {
  if (!simgrid::s4u::Engine::is_initialized())
    return;
  release_platform_file();
  simgrid_engine = nullptr;
  simgrid::kernel::EngineImpl::instance_ = nullptr;
  Context::set_current(nullptr);
}

void SimGridKernel::check_routes(
    const std::vector<std::pair<const simgrid::s4u::Host*, const simgrid::s4u::Host*>>& pairs) {
  if (!from_file_)
    return; // building a Platform has shown that all its hosts are connected
  std::vector<std::pair<const simgrid::s4u::Host*, const simgrid::s4u::Host*>> fresh;
  for (const auto& pair : pairs)
    if (!checked_routes_.contains(pair))
      fresh.push_back(pair);
  if (fresh.empty())
    return;
  wrench_serverless::check_routes(fresh);
  for (const auto& [from, to] : fresh) {
    checked_routes_.emplace(from, to);
    checked_routes_.emplace(to, from);
  }
}

void SimGridKernel::enter() {
  if (thread_ == std::this_thread::get_id())
    return;
  thread_ = std::this_thread::get_id();
  Context::set_current(loop_);
}

bool SimGridKernel::speeds_vary() const {
  return std::any_of(profiles_.begin(), profiles_.end(),
                     [](const auto& profile) { return profile.kind == model::ProfileKind::HostSpeed; });
}

double SimGridKernel::clock() const { return simgrid::s4u::Engine::get_clock(); }

void SimGridKernel::forget_cancelled() {
  if (std::exchange(cancelled_, false))
    engine_->get_impl()->handle_ended_actions();
}

// Late in time, what takes less than dates can tell apart takes that: at the same date it would never end.
double SimGridKernel::after(double delay) const {
  const double date = clock() + delay;
  return delay > 0 && date <= clock() ? std::nextafter(clock(), infinity) : date;
}

double SimGridKernel::next_date() {
  if (!next_date_known_) {
    forget_cancelled();
    next_date_known_ = true;
    next_date_ = infinity;
    for (auto* model : engine_->get_all_models())
      if (const double delay = model->next_occurring_event(clock()); delay >= 0)
        next_date_ = std::min(next_date_, after(delay));
  }
  return next_date_;
}

void SimGridKernel::step(double date) {
  forget_cancelled();
  const auto* kernel = engine_->get_impl();
  kernel->solve(std::max(date, clock()));
  kernel->handle_ended_actions();
  changed();
}

void SimGridKernel::bring_to(double date) {
  while (clock() < date) // more than once only for a rounding error of the first
    step(date);
}

void SimGridKernel::call_back() {
  engine_->get_impl()->handle_ended_actions();
  changed();
}

void SimGridKernel::run_actors() {
  StackExceptions::enter_thread();
  engine_->get_impl()->run(clock()); // run_until() is this, and empties the buffers of stdout and stderr each time
  changed();
}

void SimGridKernel::give_way(const simgrid::s4u::Actor& self) { self.get_impl()->yield(); }

void SimGridKernel::run_actor(const simgrid::s4u::Actor& actor, bool& gave_way, std::size_t ours) {
  auto* kernel = engine_->get_impl();
  if (std::exchange(gave_way, false))
    kernel->add_actor_to_run_list_no_check(actor.get_impl());
  if (engine_->get_actor_count() != ours)
    return run_actors();
  kernel->run_all_actors();
  if (!gave_way) { // it asks for something of SimGrid's own, or is gone
    if (engine_->get_actor_count() == ours)
      actor.get_impl()->simcall_handle(0);
    kernel->run(clock());
  }
  changed();
}

} // namespace wrench_serverless
