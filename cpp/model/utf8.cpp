#include "model/utf8.hpp"

#include "model/xml_document.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace wrench_serverless::model {
namespace {

// In lower case; utf-8 if none is named.
std::string named_encoding(std::string_view text) {
  std::string_view declaration = text.substr(0, text.find("?>"));
  const std::size_t found = declaration.find("encoding");
  if (!declaration.starts_with("<?xml") || found == std::string_view::npos)
    return "utf-8";
  const std::size_t open = declaration.find_first_of("\"'", found);
  if (open == std::string_view::npos)
    return "utf-8";
  const std::size_t close = declaration.find(declaration[open], open + 1);
  std::string name(declaration.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return c >= 0x20 && c < 0x7f ? static_cast<char>(std::tolower(c)) : '?'; // it may go into a message
  });
  return name;
}

std::string from_latin_1(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += *utf8_of(static_cast<unsigned char>(c));
  return result;
}

void check_characters(std::string_view text) {
  std::size_t line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n')
      ++line;
    else if ((byte < 0x20 && byte != '\t' && byte != '\r') || byte == 0x7f)
      throw FileError(line, "there is a control character (byte " + std::to_string(byte) + ") in it");
    const std::size_t length = byte < 0x80 ? 1 : utf8_length(text, i);
    if (length == 0)
      throw FileError(line, "byte " + std::to_string(byte) +
                                " is no UTF-8; save the file as UTF-8, or name its encoding "
                                "in its first line: <?xml version='1.0' "
                                "encoding='ISO-8859-1'?>");
    i += length;
  }
}

} // namespace

std::size_t utf8_length(std::string_view text, std::size_t position) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(position);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (position + length > text.size())
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(position + i) & 0xc0) != 0x80)
      return 0;
  // Longer than need be, surrogates, beyond the last character.
  if (length >= 3) {
    const unsigned char second = byte(position + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second >= 0x90))
      return 0;
  }
  return length;
}

std::optional<std::string> utf8_of(std::uint32_t code) {
  const auto tail = [code](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80)
    return std::string(1, static_cast<char>(code));
  if (code < 0x800)
    return std::string{static_cast<char>(0xc0 | (code >> 6)), tail(0)};
  if (code >= 0xd800 && code < 0xe000)
    return std::nullopt;
  if (code < 0x10000)
    return std::string{static_cast<char>(0xe0 | (code >> 12)), tail(6), tail(0)};
  if (code < 0x110000)
    return std::string{static_cast<char>(0xf0 | (code >> 18)), tail(12), tail(6), tail(0)};
  return std::nullopt;
}

std::string utf8_prefix(std::string_view text, std::size_t most) {
  std::size_t end = std::min(most, text.size());
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return std::string(text.substr(0, end));
}

std::string text_as_utf8(std::string_view content) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  constexpr std::array<std::string_view, 2> wide_marks{"\xff\xfe", "\xfe\xff"};
  for (const std::string_view wide : wide_marks)
    if (content.starts_with(wide))
      throw FileError(1, "it is in UTF-16 or UTF-32; save it as UTF-8");
  if (content.substr(0, 4).find('\0') != std::string_view::npos)
    throw FileError(1, "it is in UTF-16 or UTF-32, or no text; save it as UTF-8");
  if (content.starts_with(mark))
    content.remove_prefix(mark.size());
  const std::string encoding = named_encoding(content);
  std::string text;
  if (encoding == "iso-8859-1" || encoding == "latin-1" || encoding == "latin1") {
    text = from_latin_1(content);
  } else if (encoding == "utf-8" || encoding == "utf8" || encoding == "us-ascii" || encoding == "ascii") {
    text = content;
  } else {
    throw FileError(1, "encoding: '" + utf8_prefix(encoding, 40) + "' is not supported; save it as UTF-8");
  }
  check_characters(text);
  return text;
}

} // namespace wrench_serverless::model
