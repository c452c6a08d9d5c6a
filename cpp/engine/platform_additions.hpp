// What Platform adds to the platform of a file: hosts, disks, links, routes and properties.
#pragma once

#include "wrench_serverless/platform.hpp"

#include <simgrid/s4u/Engine.hpp>

#include <string>

namespace wrench_serverless {

// To be called when SimGrid has read the file, and not sealed it yet. Throws PlatformError for what does not fit into
// the file's zones.
void add_to_platform(const simgrid::s4u::Engine& engine, const Platform& platform);

// All additions as a text, to tell one platform from another; of a platform without a file, all of it.
std::string additions_text(const Platform& platform);

} // namespace wrench_serverless
