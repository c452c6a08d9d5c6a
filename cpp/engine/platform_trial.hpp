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

// Throws PlatformError if the options or the platform are none that a simulation can run on. A platform built in code,
// without options, needs no trial: what its layout can be wrong in is looked for here. A simulation may be alive in
// this process, and stays as it is: the child makes one of its own.
void try_platform(const PreparedPlatform& platform, const std::vector<std::string>& simgrid_config);

} // namespace wrench_serverless
