#include "engine/platform_profiles.hpp"

#include "engine/platform_text.hpp"
#include "engine/profile_text.hpp"
#include "wrench_serverless/errors.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace wrench_serverless {

using model::NamedProfile;
using model::ProfileKind;
using model::ProfilePattern;

namespace {

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open())
    return {};
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Found {
  std::vector<NamedProfile> profiles;
  std::string text; // the file without them; empty if there are none
};

struct Attribute {
  std::string_view name, value;
  std::size_t begin, end; // in the text, with its quotes
};

struct Tag {
  std::string_view name;
  std::vector<Attribute> attributes;
  std::size_t begin, end; // in the text, with its brackets

  std::string value(std::string_view of) const {
    for (const Attribute& attribute : attributes)
      if (attribute.name == of)
        return decode_entities(std::string(attribute.value));
    return {};
  }
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The tag that begins there. Whatever is not well formed, SimGrid will refuse.
Tag parse_tag(std::string_view text, std::size_t begin) {
  Tag tag{{}, {}, begin, text.size()};
  std::size_t at = begin + 1;
  const auto word = [&] {
    const std::size_t start = at;
    while (at < text.size() && !is_blank(text[at]) && text[at] != '=' && text[at] != '>' &&
           (text[at] != '/' || at == begin + 1))
      ++at;
    return text.substr(start, at - start);
  };
  tag.name = word();
  while (at < text.size() && text[at] != '>') {
    if (is_blank(text[at]) || text[at] == '/' || text[at] == '?' || text[at] == '"' || text[at] == '\'') {
      ++at;
      continue;
    }
    Attribute attribute{{}, {}, at, at};
    attribute.name = word();
    const std::size_t quote = text.find_first_of("\"'>", at);
    if (attribute.name.empty() || quote == std::string_view::npos || text[quote] == '>') {
      at = std::max(at, std::min(quote, text.size()));
      continue;
    }
    const std::size_t close = std::min(text.find(text[quote], quote + 1), text.size() - 1);
    attribute.value = text.substr(quote + 1, close - quote - 1);
    attribute.end = at = close + 1;
    tag.attributes.push_back(attribute);
  }
  tag.end = std::min(at + 1, text.size());
  return tag;
}

constexpr std::array<std::pair<std::string_view, ProfileKind>, 6> file_attributes{
    {{"state_file", ProfileKind::HostState},
     {"speed_file", ProfileKind::HostSpeed},
     {"availability_file", ProfileKind::HostSpeed},
     {"bandwidth_file", ProfileKind::LinkBandwidth},
     {"latency_file", ProfileKind::LinkLatency},
     {"state_file", ProfileKind::LinkState}}};
constexpr std::array<std::pair<std::string_view, ProfileKind>, 5> connections{
    {{"HOST_AVAIL", ProfileKind::HostState},
     {"SPEED", ProfileKind::HostSpeed},
     {"LINK_AVAIL", ProfileKind::LinkState},
     {"BANDWIDTH", ProfileKind::LinkBandwidth},
     {"LATENCY", ProfileKind::LinkLatency}}};

class Reader {
public:
  explicit Reader(const std::string& path) : path_(path) {
    const auto text = read_file(path);
    if (!text)
      throw PlatformError("platform file '" + path + "' cannot be read");
    text_ = rest_ = *text;
  }

  Found read() {
    if (text_.find("_file") == std::string::npos && text_.find("<trace") == std::string::npos)
      return {};
    for (std::size_t at = text_.find('<'); at != std::string::npos; at = text_.find('<', at)) {
      if (text_.compare(at, 4, "<!--") == 0) {
        at = std::min(text_.find("-->", at), text_.size());
        continue;
      }
      at = take(parse_tag(text_, at));
    }
    return {std::move(profiles_), changed_ ? std::move(rest_) : std::string()};
  }

private:
  // Returns where to go on.
  std::size_t take(const Tag& tag) {
    if (tag.name == "trace")
      return take_trace(tag);
    if (tag.name == "trace_connect")
      connect(tag);
    const bool link = tag.name == "link";
    if (link || tag.name == "host" || tag.name == "peer")
      for (const Attribute& attribute : tag.attributes)
        for (const auto& [name, kind] : file_attributes)
          if (attribute.name == name && !attribute.value.empty() && link == (kind >= ProfileKind::LinkState)) {
            add(kind, tag.value("id"), from_file(decode_entities(std::string(attribute.value))));
            blank(attribute.begin, attribute.end);
          }
    return tag.end;
  }

  std::size_t take_trace(const Tag& tag) {
    const std::string id = tag.value("id");
    const bool closed = text_[tag.end - 2] == '/';
    const std::size_t close = closed ? tag.end : std::min(text_.find("</trace>", tag.end), text_.size());
    const std::size_t end = closed ? tag.end : std::min(close + 8, text_.size());
    const std::string file = tag.value("file");
    double period = -1;
    const std::string periodicity = tag.value("periodicity");
    std::from_chars(periodicity.data(), periodicity.data() + periodicity.size(), period);
    traces_.try_emplace(id, file.empty() ? parse(text_.substr(tag.end, close - tag.end), period, "trace '" + id + "'")
                                         : from_file(file));
    blank(tag.begin, end);
    return end;
  }

  void connect(const Tag& tag) {
    std::string kind = tag.value("kind");
    if (kind.empty())
      kind = "HOST_AVAIL";
    const auto trace = traces_.find(tag.value("trace"));
    if (trace == traces_.end())
      fail("there is no trace '" + tag.value("trace") + "'");
    for (const auto& [name, of] : connections)
      if (name == kind)
        add(of, tag.value("element"), trace->second);
    blank(tag.begin, tag.end);
  }

  ProfilePattern from_file(const std::string& name) const {
    namespace fs = std::filesystem;
    const std::string beside = (fs::path(path_).parent_path() / name).string(); // itself, if it is absolute
    for (const std::string& candidate : {beside, name})
      if (const auto text = read_file(candidate))
        return parse(*text, -1, "profile '" + name + "'");
    fail("there is no profile '" + name + "', neither next to it nor in the working directory");
  }

  ProfilePattern parse(const std::string& text, double periodicity, const std::string& what) const {
    try {
      return parse_profile(text, periodicity, what);
    } catch (const std::invalid_argument& error) {
      fail(error.what());
    }
  }

  void add(ProfileKind kind, const std::string& element, const ProfilePattern& pattern) {
    for (const NamedProfile& other : profiles_)
      if (other.kind == kind && other.element == element)
        fail("'" + element + "' has two profiles of one kind");
    try {
      check_pattern(pattern, kind, "the profile of '" + element + "'");
    } catch (const std::invalid_argument& error) {
      fail(error.what());
    }
    profiles_.push_back({kind, element, pattern});
  }

  void blank(std::size_t begin, std::size_t end) {
    changed_ = true;
    for (std::size_t at = begin; at < end; ++at)
      if (rest_[at] != '\n')
        rest_[at] = ' ';
  }

  [[noreturn]] void fail(const std::string& why) const { throw PlatformError("platform file '" + path_ + "': " + why); }

  std::string path_;
  std::string text_, rest_;
  std::vector<NamedProfile> profiles_;
  std::map<std::string, ProfilePattern> traces_;
  bool changed_ = false;
};

} // namespace

LoadableFile::LoadableFile(const std::string& platform_file) : path_(platform_file) {
  Found found = Reader(platform_file).read();
  profiles_ = std::move(found.profiles);
  if (found.text.empty())
    return;
  std::string name = (std::filesystem::temp_directory_path() / "wrench-serverless-XXXXXX.xml").string();
  const int file = mkstemps(name.data(), 4);
  if (file < 0)
    throw PlatformError("platform file '" + platform_file + "': no temporary file can be made: " + name);
  temporary_ = path_ = name;
  close(file);
  std::ofstream(path_, std::ios::binary) << found.text;
}

LoadableFile::~LoadableFile() {
  if (!temporary_.empty())
    std::remove(temporary_.c_str());
}

} // namespace wrench_serverless
