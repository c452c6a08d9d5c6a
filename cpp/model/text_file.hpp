// Reading a text file that a user names: a regular one, of a sensible size.
//
// A pipe or a device may give nothing for ever, or give for ever.
#pragma once

#include <optional>
#include <string>

namespace wrench_serverless::model {

inline constexpr std::size_t longest_text_file = std::size_t{1} << 30;

// Nothing if there is no such file. Throws PlatformError, which begins with `what` and the path between quotes, for a
// directory, a pipe, a device, a file that may not be read, and one of more than longest_text_file.
std::optional<std::string> read_text_file(const std::string& path, const std::string& what);

} // namespace wrench_serverless::model
