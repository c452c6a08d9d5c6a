// What can be told from a platform file by its text alone, before SimGrid reads it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace wrench_serverless {

// The options in the file's <config>, in their order.
std::vector<std::pair<std::string, std::string>> platform_file_config(const std::string& path);

// Does the file make speeds, bandwidths, latencies or states vary over time?
bool platform_file_has_profiles(const std::string& path);

} // namespace wrench_serverless
