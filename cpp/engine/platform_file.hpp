// SimGrid platform files, read without ever letting SimGrid abort the process.
//
// SimGrid answers many mistakes in a platform file or a configuration option with abort(). So the file is first tried
// in a child process (fork): what kills the child becomes a PlatformError here, with the path and SimGrid's own
// message. A file that passed is remembered (path, size, date, configuration), so that only its first simulation pays
// for the trial.
#pragma once

#include "model/profile.hpp"

#include <simgrid/s4u/Engine.hpp>

#include <string>
#include <vector>

namespace wrench_serverless {

// Throws PlatformError if the file can't be read, or SimGrid, configured by these options ("network/model:CM02"), would
// not take it. An engine may be alive in this process: the child makes one of its own.
void check_platform_file(const std::string& path, const std::vector<std::string>& simgrid_config);

// The same for the options alone, on a platform of one host.
void check_simgrid_config(const std::vector<std::string>& simgrid_config);

// Loads a file that check_platform_file has passed, and seals the platform. What SimGrid throws is a PlatformError with
// the path. Returns the profiles in it, which SimGrid has not seen.
std::vector<model::NamedProfile> load_platform_file(simgrid::s4u::Engine& engine, const std::string& path);

// To be called before the engine is deleted: if load_platform_file was called on it, SimGrid's parser keeps a pointer
// into the platform that dies with the engine, and the next platform file would crash.
void release_platform_file();

} // namespace wrench_serverless
