// Tries a platform with SimGrid's options in a child process: SimGrid answers many mistakes with abort(), and others
// with a simulation that never ends.
//
// The child makes the platform real, computes, and moves data between hosts of all its zones and their disks. Trials
// that passed are remembered.
#pragma once

#include "engine/prepared_platform.hpp"

#include <string>
#include <vector>

namespace wrench_serverless {

// Throws PlatformError if the options or the platform are none that a simulation can run on. Does nothing for a
// platform built in code without options: all that can be wrong with it was checked when it was built. No engine may be
// alive in this process (std::logic_error otherwise).
void try_platform(const PreparedPlatform& platform, const std::vector<std::string>& simgrid_config);

} // namespace wrench_serverless
