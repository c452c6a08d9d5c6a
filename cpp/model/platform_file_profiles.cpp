#include "model/platform_file_profiles.hpp"

#include "model/profile_text.hpp"
#include "model/simgrid_units.hpp"
#include "model/text_file.hpp"
#include "model/utf8.hpp"
#include "wrench_serverless/errors.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

namespace wrench_serverless::model {
namespace {

constexpr std::array<std::pair<std::string_view, ProfileKind>, 3> host_attributes{
    {{"state_file", ProfileKind::HostState},
     {"speed_file", ProfileKind::HostSpeed},
     {"availability_file", ProfileKind::HostSpeed}}};
constexpr std::array<std::pair<std::string_view, ProfileKind>, 3> link_attributes{
    {{"state_file", ProfileKind::LinkState},
     {"bandwidth_file", ProfileKind::LinkBandwidth},
     {"latency_file", ProfileKind::LinkLatency}}};
constexpr std::array<std::pair<std::string_view, ProfileKind>, 5> connections{
    {{"HOST_AVAIL", ProfileKind::HostState},
     {"SPEED", ProfileKind::HostSpeed},
     {"LINK_AVAIL", ProfileKind::LinkState},
     {"BANDWIDTH", ProfileKind::LinkBandwidth},
     {"LATENCY", ProfileKind::LinkLatency}}};

class Collector {
public:
  Collector(const XmlDocument& document, const std::string& path) : document_(document), path_(path) {}

  ProfilesInFile collect() {
    for (const XmlElement& element : document_.elements()) {
      line_ = element.line;
      if (element.name == "trace")
        take_trace(element);
      else if (element.name == "trace_connect")
        connect(element);
      else if (element.name == "link")
        take_files(element, link_attributes);
      else if (element.name == "host" || element.name == "peer")
        take_files(element, host_attributes);
    }
    return std::move(found_);
  }

private:
  template <class Attributes> void take_files(const XmlElement& element, const Attributes& attributes) {
    for (const auto& [name, kind] : attributes) {
      const XmlAttribute* attribute = element.find(name);
      if (attribute == nullptr)
        continue;
      found_.spans.push_back(attribute->span);
      if (!attribute->value.empty())
        add_file(kind, element, *attribute);
    }
  }

  void add_file(ProfileKind kind, const XmlElement& element, const XmlAttribute& attribute) {
    const std::string what = attribute.name + " of " + title(element) + ": ";
    add(kind, element.value("id"), from_file(attribute.value, what), what);
  }

  void take_trace(const XmlElement& element) {
    found_.spans.push_back(element.span);
    const std::string id = element.value("id");
    const std::string file = element.value("file");
    const double period = plain_number(element.value("periodicity"), "periodicity of <trace> '" + id + "'");
    const auto pattern = file.empty() ? parse(document_.characters(element.content), period, "trace '" + id + "'")
                                      : from_file(file, "file of " + title(element) + ": ");
    if (!traces_.try_emplace(id, pattern).second)
      fail("there are two traces '" + id + "'");
  }

  void connect(const XmlElement& element) {
    found_.spans.push_back(element.span);
    const std::string kind = element.find("kind") != nullptr ? element.value("kind") : "HOST_AVAIL";
    const auto trace = traces_.find(element.value("trace"));
    if (trace == traces_.end())
      fail("trace of <trace_connect>: there is no <trace> " + shown(element.value("trace")) + " above it");
    for (const auto& [name, of] : connections)
      if (name == kind)
        add(of, element.value("element"), trace->second, "trace of <trace_connect>: ");
  }

  ProfilePattern from_file(const std::string& name, const std::string& what) const {
    namespace fs = std::filesystem;
    const std::string beside = (fs::path(path_).parent_path() / name).string(); // itself, if it is absolute
    for (const std::string& candidate : {beside, name}) {
      try {
        if (const auto text = read_text_file(candidate, "profile"))
          return parse(text_as_utf8(*text), -1, "profile '" + name + "'");
      } catch (const PlatformError& error) {
        fail(what + error.what());
      } catch (const FileError& error) {
        fail(what + "profile " + shown(name) + ", " + error.what());
      }
    }
    fail(what + "there is no profile " + shown(name) + ", neither next to it nor in the working directory");
  }

  ProfilePattern parse(const std::string& text, double periodicity, const std::string& what) const {
    return naming_the_line([&] { return parse_profile(text, periodicity, what); });
  }

  void add(ProfileKind kind, const std::string& element, const ProfilePattern& pattern, const std::string& what) {
    if (!seen_.emplace(kind, element).second)
      fail(what + shown(element) + " has two profiles of one kind");
    if (pattern.steps.empty())
      fail(what + "the profile of " + shown(element) + " has no points");
    naming_the_line([&] { check_pattern(pattern, kind, what + "the profile of " + shown(element)); });
    found_.profiles.push_back({kind, element, pattern});
  }

  template <class Function> auto naming_the_line(const Function& function) const -> decltype(function()) {
    try {
      return function();
    } catch (const std::invalid_argument& error) {
      fail(error.what());
    }
  }

  [[noreturn]] void fail(const std::string& why) const { throw FileError(line_, why); }

  const XmlDocument& document_;
  const std::string& path_;
  std::size_t line_ = 0; // of the present element
  std::map<std::string, ProfilePattern> traces_;
  std::set<std::pair<ProfileKind, std::string>> seen_;
  ProfilesInFile found_;
};

} // namespace

ProfilesInFile profiles_in_file(const XmlDocument& document, const std::string& path) {
  return Collector(document, path).collect();
}

} // namespace wrench_serverless::model
