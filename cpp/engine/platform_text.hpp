// What can be told from a platform file by its text alone, before SimGrid reads it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace wrench_serverless {

// The options in the file's <config>, in their order.
std::vector<std::pair<std::string, std::string>> platform_file_config(const std::string& path);

// "&lt;" and its like as the characters that they stand for.
std::string decode_entities(std::string text);

} // namespace wrench_serverless
