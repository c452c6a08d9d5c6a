#include "engine/platform_trial.hpp"

#include "engine/child_trial.hpp"
#include "engine/platform_query.hpp"
#include "engine/runtime.hpp"
#include "engine/simgrid_config.hpp"
#include "model/platform_layout.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/s4u/NetZone.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>

namespace wrench_serverless {
namespace {

namespace s4u = simgrid::s4u;
using Config = std::vector<std::string>;

constexpr unsigned most_seconds = 10; // of CPU time, for what takes milliseconds
constexpr std::size_t most_zones = 8;
constexpr Bytes moved = 1'000'000;

std::string key_of(const PreparedPlatform& platform, const Config& config) {
  std::string key = platform.fingerprint();
  for (const std::string& option : config)
    key.append(1, '\0').append(option);
  return key;
}

// Trials that passed, so that the next simulation on the same platform does not pay again.
class Passed {
public:
  bool contains(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return keys_.contains(key);
  }
  void insert(const std::string& key) {
    const std::lock_guard lock(mutex_);
    keys_.insert(key);
  }

private:
  std::mutex mutex_;
  std::set<std::string> keys_;
};

Passed& passed() {
  static Passed instance;
  return instance;
}

// A host of each zone, in the order of the platform.
std::vector<s4u::Host*> hosts_of_zones(const s4u::Engine& engine) {
  std::vector<s4u::Host*> hosts;
  std::set<const s4u::NetZone*> zones;
  const auto all = engine.get_all_hosts();
  for (s4u::Host* host : all)
    if (hosts.size() < most_zones && zones.insert(host->get_englobing_zone()).second)
      hosts.push_back(host);
  if (std::ranges::find(hosts, all.back()) == hosts.end())
    hosts.push_back(all.back());
  return hosts;
}

// Whether bytes can go there and back; SimGrid may crash over the question.
bool connected(const s4u::Host& a, const s4u::Host& b) {
  try {
    check_routes({{&a, &b}});
    return true;
  } catch (const PlatformError&) {
    return false;
  }
}

// In the child: what a simulation does with a platform, a little of each.
class Exercise {
public:
  explicit Exercise(Runtime& runtime) : runtime_(runtime) {}

  void run() {
    const auto hosts = hosts_of_zones(runtime_.kernel().engine());
    runtime_.cpus().leave_to_simgrid();
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      s4u::Host& host = *hosts[i];
      s4u::Host& next = *hosts[(i + 1) % hosts.size()];
      runtime_.cpus().compute(host, host.get_speed(), expect());
      if (const auto disks = host.get_disks(); !disks.empty())
        for (const auto operation : {s4u::Io::OpType::READ, s4u::Io::OpType::WRITE})
          runtime_.activities().access_disk(0, *disks.front(), operation, moved, expect());
      if (connected(host, next)) {
        move(host, next);
        move(next, host);
      }
    }
    runtime_.begin_run();
    while (waiting_ > 0 && runtime_.advance(std::numeric_limits<double>::infinity()) == Advance::Tick)
      ;
    runtime_.end_run();
  }

private:
  void move(s4u::Host& from, s4u::Host& to) {
    const auto disk = [](const s4u::Host& host) {
      return host.get_disks().empty() ? nullptr : host.get_disks().front();
    };
    runtime_.activities().stream(0, {&from, nullptr}, {&to, nullptr}, moved, expect());
    if (disk(from) != nullptr && disk(to) != nullptr)
      runtime_.activities().stream(0, {&from, disk(from)}, {&to, disk(to)}, moved, expect());
  }

  Continuation expect() {
    ++waiting_;
    runtime_.hold_open();
    return Continuation::of<&Exercise::ended>(this, 0);
  }
  void ended(std::uint64_t, Outcome) { // a host or a link may be off
    --waiting_;
    runtime_.let_go();
  }

  Runtime& runtime_;
  int waiting_ = 0;
};

void check_options(const Config& config) {
  for (const std::string& option : config) {
    try {
      const auto [name, value] = model::split_option(option);
      model::check_option(name, value);
    } catch (const std::invalid_argument& error) {
      throw PlatformError("SimGrid does not take the option '" + option + "': " + error.what());
    }
  }
}

void check_options_of_file(const PreparedPlatform& platform) {
  if (!platform.from_file())
    return;
  for (const auto& [name, value, line] : platform.platform().file()->config()) {
    try {
      model::check_option(name, value);
    } catch (const std::invalid_argument& error) {
      throw PlatformError(platform.title() + "line " + std::to_string(line) + ": <prop> '" + name +
                          "' of <config>: SimGrid does not take the option '" + name + ":" + value +
                          "': " + error.what());
    }
  }
}

[[noreturn]] void refuse(const PreparedPlatform& platform, const Config& config, const std::string& problem) {
  // The option is named already.
  if (problem.starts_with("SimGrid does not take"))
    throw PlatformError(problem);
  std::string options;
  for (const std::string& option : config)
    options += (options.empty() ? "'" : ", '") + option + "'";
  if (!platform.from_file())
    throw PlatformError("SimGrid does not take the configuration " + options + ": " + problem);
  throw PlatformError(problem.starts_with(platform.title())
                          ? problem
                          : platform.title() + problem +
                                (options.empty() ? "" : " (with the options " + options + ")"));
}

} // namespace

void try_platform(const PreparedPlatform& platform, const Config& config) {
  if (!platform.from_file())
    layout_platform(platform.platform()); // throws what building it would
  if (!platform.from_file() && config.empty())
    return;
  const std::string key = key_of(platform, config);
  if (passed().contains(key))
    return;
  check_options(config);
  check_options_of_file(platform);
  const auto problem = try_in_child([&] {
    Runtime::forget_live();
    Runtime runtime(platform, 0, config);
    trial_takes_at_most(most_seconds);
    Exercise(runtime).run();
    runtime.close();
    // Some options count for the next engine only: it is made before they go back to their defaults.
    const auto engine = std::make_unique<s4u::Engine>("wrench-serverless");
    apply_simgrid_options({});
  });
  if (problem)
    refuse(platform, config, *problem);
  passed().insert(key);
}

} // namespace wrench_serverless
