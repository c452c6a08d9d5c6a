// A file that is written whole or not at all: what is there stays until everything new has been written.
#pragma once

#include <string>
#include <string_view>

namespace wrench_serverless::model {

// What is no regular file, such as a pipe, is written to as it is. Throws std::system_error.
void write_whole_file(const std::string& path, std::string_view text);

} // namespace wrench_serverless::model
