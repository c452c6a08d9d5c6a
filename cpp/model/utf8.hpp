// Texts of files as UTF-8, which is all that Python and messages take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wrench_serverless::model {

// How many bytes the character that begins there takes; 0: none begins there.
std::size_t utf8_length(std::string_view text, std::size_t position);

// The character of that number; nothing if there is none.
std::optional<std::string> utf8_of(std::uint32_t code);

// The beginning of a text, of at most so many bytes, without half of a character at its end.
std::string utf8_prefix(std::string_view text, std::size_t most);

// The content of a text file without its byte order mark; in UTF-8 whatever encoding an XML declaration in it names:
// UTF-8, US-ASCII or ISO-8859-1. Throws FileError (xml_document.hpp) for any other, for bytes that are none of its
// characters, and for control characters.
std::string text_as_utf8(std::string_view content);

} // namespace wrench_serverless::model
