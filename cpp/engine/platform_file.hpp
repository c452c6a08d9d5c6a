// SimGrid platform files, read without ever letting SimGrid abort the process.
//
// What a file says is checked value by value (model/platform_file.hpp). What takes SimGrid to find out is tried in a
// child process (engine/platform_trial.hpp). A file that passed is remembered by its content and the configuration, so
// that only its first simulation pays for the trial.
#pragma once

#include "engine/prepared_platform.hpp"
#include "model/profile.hpp"

#include <simgrid/s4u/Engine.hpp>

#include <string>
#include <vector>

namespace wrench_serverless {

// Throws PlatformError if the file can't be read, or SimGrid, configured by these options ("network/model:CM02"), would
// not take it. An engine may be alive in this process: the child makes one of its own.
void check_platform_file(const std::string& path, const std::vector<std::string>& simgrid_config);

// The same for the options alone, on a small platform.
void check_simgrid_config(const std::vector<std::string>& simgrid_config);

// Loads a file that check_platform_file has passed, and seals the platform. What SimGrid throws is a PlatformError with
// the path. Returns the profiles in it, which SimGrid has not seen.
std::vector<model::NamedProfile> load_platform_file(simgrid::s4u::Engine& engine, const std::string& path);

} // namespace wrench_serverless
