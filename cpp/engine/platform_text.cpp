#include "engine/platform_text.hpp"

#include "wrench_serverless/errors.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

namespace wrench_serverless {
namespace {

// Without its comments: SimGrid's own examples explain profiles there.
std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad())
    throw PlatformError("platform file '" + path + "' cannot be read");
  std::string result;
  std::size_t start = 0;
  for (std::size_t comment = text.find("<!--"); comment != std::string::npos; comment = text.find("<!--", start)) {
    result.append(text, start, comment - start);
    const std::size_t end = text.find("-->", comment + 4);
    start = end == std::string::npos ? text.size() : end + 3;
  }
  return result.append(text, start);
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The value of an attribute in a tag ('id="x"'), empty if it has none.
std::string attribute(std::string_view tag, std::string_view name) {
  for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    if (at == 0 || !is_blank(tag[at - 1]))
      continue;
    std::size_t i = at + name.size();
    while (i < tag.size() && is_blank(tag[i]))
      ++i;
    if (i >= tag.size() || tag[i++] != '=')
      continue;
    while (i < tag.size() && is_blank(tag[i]))
      ++i;
    if (i >= tag.size() || (tag[i] != '"' && tag[i] != '\''))
      continue;
    const std::size_t end = tag.find(tag[i], i + 1);
    return end == std::string_view::npos ? std::string{} : decode_entities(std::string(tag.substr(i + 1, end - i - 1)));
  }
  return {};
}

bool opens(std::string_view tag, std::string_view name) {
  return tag.starts_with(name) && (tag.size() == name.size() || is_blank(tag[name.size()]) || tag[name.size()] == '/');
}

// Calls the function with each tag of the text, without its brackets.
template <typename Function> void for_each_tag(std::string_view text, Function function) {
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::size_t end = text.find('>', at);
    if (end == std::string_view::npos)
      return;
    function(text.substr(at + 1, end - at - 1));
  }
}

} // namespace

std::string decode_entities(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> entities{
      {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}};
  for (const auto& [entity, character] : entities)
    for (std::size_t at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1))
      text.replace(at, entity.size(), character);
  return text;
}

std::vector<std::pair<std::string, std::string>> platform_file_config(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> options;
  bool inside = false;
  for_each_tag(read_text(path), [&](std::string_view tag) {
    if (opens(tag, "config"))
      inside = !tag.ends_with('/');
    else if (opens(tag, "/config"))
      inside = false;
    else if (inside && opens(tag, "prop"))
      options.emplace_back(attribute(tag, "id"), attribute(tag, "value"));
  });
  return options;
}

} // namespace wrench_serverless
