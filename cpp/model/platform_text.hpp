// Parts of a platform as SimGrid's platform files write them.
#pragma once

#include "wrench_serverless/platform.hpp"

#include <string>

namespace wrench_serverless::model {

std::string contents_of_host(const Platform::Host& host); // its properties and disks
std::string added_points_and_links(const Platform& platform);
std::string added_routes(const Platform& platform);
std::string added_profiles(const Platform& platform);

// All that was added, as a text to compare.
std::string platform_parts(const Platform& platform);

// The platform file that the platform is from, with what was added to it. Throws PlatformError for what a file can't
// say: the hosts of a <cluster> have no disks of their own, for one.
std::string file_with_additions(const Platform& platform);

} // namespace wrench_serverless::model
