#include "engine/platform_file.hpp"

#include "engine/child_trial.hpp"
#include "engine/platform_builder.hpp"
#include "engine/platform_profiles.hpp"
#include "engine/simgrid_config.hpp"
#include "engine/simgrid_kernel.hpp"
#include "model/platform_layout.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/NetZone.hpp>
#include <xbt/log.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

void sg_platf_new_zone_seal(); // exported by SimGrid, in no public header

namespace wrench_serverless {
namespace {

namespace s4u = simgrid::s4u;
using Config = std::vector<std::string>;

// What a passed trial depends on: where the file is, and whether it is still the same.
std::string fingerprint(const std::string& path) {
  struct stat status{};
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr || stat(resolved, &status) != 0)
    throw PlatformError("platform file '" + path + "': " + std::strerror(errno));
  if (S_ISDIR(status.st_mode))
    throw PlatformError("platform file '" + path + "' is a directory");
  if (!S_ISREG(status.st_mode))
    throw PlatformError("platform file '" + path + "' is not a regular file");
  const int file = open(resolved, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    throw PlatformError("platform file '" + path + "' cannot be read: " + std::strerror(errno));
  close(file);
  // SimGrid opens files with such names as shared libraries, and runs what is in them.
  for (const std::string_view extension : {".so", ".dylib"})
    if (path.ends_with(extension))
      throw PlatformError("platform file '" + path + "' is not an XML file");
  return std::string(resolved) + '\0' + std::to_string(status.st_dev) + ' ' + std::to_string(status.st_ino) + ' ' +
         std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) + ' ' +
         std::to_string(status.st_mtim.tv_nsec);
}

std::string with_config(std::string key, const Config& config) {
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

bool loaded = false; // the engine that is alive has its platform from a file

} // namespace

void check_simgrid_config(const Config& simgrid_config) {
  const std::string key = with_config({}, simgrid_config);
  if (simgrid_config.empty() || passed().contains(key))
    return;
  const auto problem = try_in_child([&] {
    SimGridKernel::forget_engine();
    auto engine = std::make_unique<s4u::Engine>("wrench_serverless");
    apply_simgrid_config(simgrid_config);
    engine->get_netzone_root()->add_netzone_floyd("zone")->add_host("host", 1e9);
    engine->get_netzone_root()->seal();
    // Some options count for the next engine only.
    engine.reset();
    engine = std::make_unique<s4u::Engine>("wrench_serverless");
  });
  if (problem) {
    if (problem->starts_with("SimGrid does not take"))
      throw PlatformError(*problem);
    std::string options;
    for (const std::string& option : simgrid_config)
      options += (options.empty() ? "'" : ", '") + option + "'";
    throw PlatformError("SimGrid does not take the configuration " + options + ": " + *problem);
  }
  passed().insert(key);
}

void check_platform_file(const std::string& path, const Config& simgrid_config) {
  const std::string key = with_config(fingerprint(path), simgrid_config);
  if (passed().contains(key))
    return;
  // First, so that a bad option is not blamed on the file.
  check_simgrid_config(simgrid_config);
  const LoadableFile file(path);
  const auto problem = try_in_child([&] {
    SimGridKernel::forget_engine();
    const auto* engine = new s4u::Engine("wrench_serverless"); // the child ends without looking back
    apply_simgrid_config(simgrid_config, path);
    engine->load_platform(file.path());
    engine->get_netzone_root()->seal();
    if (engine->get_host_count() == 0)
      throw std::invalid_argument("it has no host");
  });
  if (problem) {
    std::string message = "platform file '" + path + "': " + *problem;
    // SimGrid insists on this line, to the letter, and does not say so.
    if (message.find("prolog") != std::string::npos || message.find("Bad declaration") != std::string::npos)
      message += " A platform file starts with <?xml version='1.0'?> and "
                 "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">";
    throw PlatformError(message);
  }
  passed().insert(key);
}

std::vector<model::NamedProfile> load_platform_file(s4u::Engine& engine, const std::string& path) {
  const LoadableFile file(path);
  // Else it says that a <config> is not its to set: apply_simgrid_config did that.
  xbt_log_control_set("platf_parse.thres:warning");
  try {
    engine.load_platform(file.path());
    if (s4u::Link* loopback = engine.link_by_name_or_null(std::string(loopback_name)))
      tune_loopback(*loopback);
    // Engine::seal_platform does so for the first engine of a process only.
    engine.get_netzone_root()->seal();
    loaded = true;
  } catch (const std::exception& error) {
    throw PlatformError("platform file '" + path + "': " + error.what());
  }
  return file.profiles();
}

void release_platform_file() {
  if (std::exchange(loaded, false))
    sg_platf_new_zone_seal();
}

} // namespace wrench_serverless
