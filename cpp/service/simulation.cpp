#include "wrench_serverless/simulation.hpp"

#include "engine/platform_query.hpp"
#include "engine/platform_trial.hpp"
#include "engine/runtime.hpp"
#include "engine/simgrid_config.hpp"
#include "service/host_check.hpp"
#include "service/manager.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace wrench_serverless {

namespace {

// WRENCH_SERVERLESS_CHECK: 0 or 1.
bool checks_by_default() {
  const char* value = std::getenv("WRENCH_SERVERLESS_CHECK"); // NOLINT(concurrency-mt-unsafe): nobody sets it
  const std::string_view text = value != nullptr ? value : "";
  if (!text.empty() && text != "0" && text != "1")
    throw std::invalid_argument("the environment variable WRENCH_SERVERLESS_CHECK is '" + std::string(text) +
                                "': give 0 or 1");
  return text == "1";
}

// While a simulation is set up, other threads may run: they may not set up another one.
class SettingUp {
public:
  SettingUp() {
    if (under_way.exchange(true))
      throw Error("another thread is creating a simulation in this process: one can only be created after the other");
  }
  ~SettingUp() { under_way = false; }
  SettingUp(const SettingUp&) = delete;
  SettingUp& operator=(const SettingUp&) = delete;

private:
  static inline std::atomic<bool> under_way = false;
};

// What SimGrid's plugins would not see.
void check_plugins(const PreparedPlatform& platform, const SimulationOptions& options) {
  model::OptionList all = platform.file_config();
  for (const auto& option : option_list(options.config))
    all.push_back(option);
  try {
    model::check_options_together(all, options.cpu_sharing == CpuSharing::SimGrid);
  } catch (const std::invalid_argument& error) {
    throw PlatformError(error.what());
  }
}

void check_all(const PreparedPlatform& platform, const SimulationOptions& options) {
  check_plugins(platform, options);
  try_platform(platform, options.config);
}

std::shared_ptr<Runtime> make_runtime(const Platform& platform, const SimulationOptions& options) {
  const PreparedPlatform prepared(platform);
  const SettingUp setting_up;
  check_all(prepared, options);
  auto runtime = std::make_shared<Runtime>(prepared, options.seed, options.config);
  if (options.cpu_sharing == CpuSharing::SimGrid)
    runtime->cpus().leave_to_simgrid();
  if (options.disk_sharing == DiskSharing::SimGrid)
    runtime->activities().leave_disks_to_simgrid();
  return runtime;
}

} // namespace

// The simulation before is ended when nothing can be wrong any more with what was given: so the runtime comes last.
struct Simulation::Core {
  std::shared_ptr<Records> records;
  std::shared_ptr<Runtime> runtime;
  bool checking;

  explicit Core(const SimulationOptions& options)
      : records(std::make_shared<Records>(RecordOptions{.mode = options.records,
                                                        .sample = options.sample,
                                                        .seed = options.seed,
                                                        .rows = options.rows,
                                                        .rows_at_a_time = options.rows_at_a_time})),
        checking(options.check.value_or(checks_by_default())) {
    Runtime::refuse_while_running();
  }
  Core(const Platform& platform, const SimulationOptions& options) : Core(options) {
    runtime = make_runtime(platform, options);
    runtime->set_checking(checking);
    records->follow(runtime->clock());
  }
};

void Simulation::check(const Platform& platform, const SimulationOptions& options) {
  const Core core(options);
  const SettingUp setting_up;
  check_all(PreparedPlatform(platform), options);
}

Simulation::Simulation(const std::string& platform_file, const SimulationOptions& options)
    : Simulation(Core(Platform::from_file(platform_file), options)) {}

Simulation::Simulation(const Platform& platform, const SimulationOptions& options)
    : Simulation(Core(platform, options)) {}

Simulation::Simulation(Core core) : runtime_(std::move(core.runtime)), records_(std::move(core.records)) {
  runtime_->on_close([this] {
    for (const auto& provider : providers_)
      provider->parts().release();
    for (const auto& manager : managers_)
      manager->parts().close();
    for (const auto& service : bare_metal_)
      service->parts().close();
    records_->release();
  });
  if (runtime_->checking())
    runtime_->check_with([this] {
      std::vector<const ServerlessComputeService*> providers;
      for (const auto& provider : providers_)
        providers.push_back(provider.get());
      check_hosts(providers);
    });
}

Simulation::~Simulation() {
  try {
    runtime_->end_run();
    close();
  } catch (...) { // rows that could not be given away: there is nobody to be told
    return;
  }
}

void Simulation::end() {
  if (runtime_->running())
    throw Error("close() was called while the simulation is running");
  runtime_->close();
}

void Simulation::close() {
  end();
  records_->flush();
}

StorageService& Simulation::create_storage_service(const std::string& host, const StorageOptions& options) {
  runtime_->check_open();
  storage_services_.push_back(runtime_->storages().create(runtime_, host, options));
  return *storage_services_.back();
}

ServerlessComputeService& Simulation::create_serverless_compute_service(const std::string& head,
                                                                        const std::vector<std::string>& nodes,
                                                                        const ServerlessOptions& options) {
  ServerlessOptions named = options;
  if (named.name.empty()) // told apart in messages and results
    named.name = providers_.empty() ? "provider" : "provider-" + std::to_string(providers_.size() + 1);
  providers_.push_back(std::make_unique<ServerlessComputeService>(runtime_, records_, head, nodes, std::move(named)));
  return *providers_.back();
}

BareMetalComputeService& Simulation::create_bare_metal_service(const std::string& host, std::optional<int> slots) {
  bare_metal_.push_back(std::make_unique<BareMetalComputeService>(runtime_, host, slots));
  return *bare_metal_.back();
}

FunctionManager& Simulation::create_function_manager(const std::string& host, std::shared_ptr<RoutingPolicy> routing) {
  managers_.push_back(std::make_unique<FunctionManager>(runtime_, records_, host, std::move(routing)));
  return *managers_.back();
}

void Simulation::add_controller(const std::string& host, std::function<void()> code, const std::string& name) {
  runtime_->check_open();
  if (!code)
    throw std::invalid_argument("code of controller '" + name + "' is empty");
  FibreJob job;
  job.host = &find_host(runtime_->kernel().engine(), host);
  job.name = std::make_shared<const std::string>(name);
  job.role = "controller";
  job.ended = runtime_->controller_continuation();
  job.dies_with_host = true;
  runtime_->fibres().spawn(std::move(job), std::move(code));
}

Host Simulation::host(const std::string& name) const { return {runtime_, name}; }
Link Simulation::link(const std::string& name) const { return {runtime_, name}; }
void Simulation::at(double time, std::function<void()> function) { runtime_->at(time, std::move(function)); }

namespace {

// What an observer throws ends the simulation, and goes to nobody else: who did what it observes may be anybody.
template <class Event>
std::function<void(const Event&)> guarded(Runtime& runtime, std::function<void(const Event&)> observer) {
  return [&runtime, observer = std::move(observer)](const Event& event) {
    try {
      observer(event);
    } catch (...) {
      runtime.controller_ended(0, std::current_exception());
    }
  };
}

} // namespace

void Simulation::on_invocation_state(std::function<void(const Invocation&)> observer) {
  runtime_->check_open();
  records_->on_invocation_state.connect(guarded(*runtime_, std::move(observer)));
}

void Simulation::on_container_start(std::function<void(const ContainerEvent&)> observer) {
  runtime_->check_open();
  records_->on_container_start.connect(guarded(*runtime_, std::move(observer)));
}

void Simulation::on_container_end(std::function<void(const ContainerEvent&)> observer) {
  runtime_->check_open();
  records_->on_container_end.connect(guarded(*runtime_, std::move(observer)));
}

void Simulation::on_transfer_start(std::function<void(const TransferEvent&)> observer) {
  runtime_->check_open();
  runtime_->transfers().on_start.connect(guarded(*runtime_, std::move(observer)));
}

void Simulation::on_transfer_end(std::function<void(const TransferEvent&)> observer) {
  runtime_->check_open();
  runtime_->transfers().on_end.connect(guarded(*runtime_, std::move(observer)));
}

Results Simulation::run(std::optional<double> until) {
  const double date = until.value_or(std::numeric_limits<double>::infinity());
  if (std::isnan(date) || date < now())
    throw std::invalid_argument("until is " + format_number(date) + ": it must be a date from now on, and now is " +
                                format_number(now()));
  if (until && date < std::numeric_limits<double>::infinity())
    check_date(date, "until");
  runtime_->begin_run();
  try {
    Advance reached;
    do {
      reached = runtime_->advance(date);
      if (reached == Advance::Python)
        throw Error("this simulation has Python controllers: it can only be run from Python");
    } while (reached == Advance::Tick);
    if (const Outcome failure = runtime_->take_failure())
      std::rethrow_exception(failure);
  } catch (...) {
    runtime_->end_run();
    end();
    give_away_rows();
    throw;
  }
  runtime_->end_run();
  records_->flush();
  return results();
}

// Where something else is being thrown. What can't be given away stays in the results.
void Simulation::give_away_rows() const {
  try {
    records_->flush();
  } catch (...) {
    return;
  }
}

void Simulation::flush_records() { records_->flush(); }

Results Simulation::results() const {
  Results results;
  records_->fill(results);
  results.transfers = runtime_->transfers().table();
  results.now = runtime_->now();
  results.seed = runtime_->seed();
  return results;
}

double Simulation::now() const { return runtime_->now(); }

std::size_t Simulation::ended_invocations() const { return records_->ended(); }

std::vector<std::string> Simulation::host_names() const {
  runtime_->check_open();
  return wrench_serverless::host_names(runtime_->kernel().engine());
}

double now() { return Runtime::of_caller().now(); }

void sleep(double seconds) {
  if (!(seconds >= 0) || std::isinf(seconds))
    throw std::invalid_argument("seconds is " + format_number(seconds) + ": it must be finite and >= 0");
  Runtime& runtime = Runtime::of_caller();
  runtime.fibres().block({"a sleep to its end"},
                         [&](const Continuation& done) { return runtime.start_sleep(seconds, done); });
}

void compute(double flops) {
  if (!(flops >= 0) || std::isinf(flops))
    throw std::invalid_argument("flops is " + format_number(flops) + ": it must be finite and >= 0");
  Runtime& runtime = Runtime::of_caller();
  const FibreJob& job = runtime.fibres().job(runtime.fibres().current());
  runtime.fibres().block({"a computation to its end"},
                         [&](const Continuation& done) { return runtime.start_compute(job, flops, done); });
}

Invocation current_invocation() {
  Runtime& runtime = Runtime::of_caller();
  const auto& invocation = runtime.fibres().job(runtime.fibres().current()).invocation;
  if (!invocation)
    throw NotInSimulation("current_invocation only works in a function's body");
  return Invocation(invocation);
}

} // namespace wrench_serverless
