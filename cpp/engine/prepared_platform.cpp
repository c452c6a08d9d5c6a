#include "engine/prepared_platform.hpp"

#include "engine/platform_additions.hpp"
#include "engine/platform_builder.hpp"
#include "model/platform_layout.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/s4u/NetZone.hpp>
#include <xbt/log.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

void sg_platf_new_zone_seal(); // exported by SimGrid, in no public header

namespace wrench_serverless {
namespace {

namespace s4u = simgrid::s4u;

// SimGrid reads files only.
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string& text)
      : path_((std::filesystem::temp_directory_path() / "wrench-serverless-XXXXXX.xml").string()) {
    const int file = mkstemps(path_.data(), 4);
    if (file < 0)
      throw PlatformError("no temporary file can be made: " + path_);
    close(file);
    std::ofstream stream(path_, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream) {
      std::remove(path_.c_str());
      throw PlatformError("the temporary file " + path_ + " can't be written");
    }
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

private:
  std::string path_;
};

// "Parse error at path:12: words" to "line 12: words": the lines are those of the user's file.
std::string in_lines_of(const std::string& path, const std::string& words) {
  const std::string start = "Parse error at " + path + ":";
  return words.starts_with(start) ? "line " + words.substr(start.size()) : words;
}

// SimGrid's parser is in the zone at the top of a file. Without one it is in none, and asked to leave it would abort.
bool parser_is_in_zone = false;

} // namespace

PreparedPlatform::PreparedPlatform(const PlatformSource& source) : platform_(&own_) {
  if (const auto* path = std::get_if<std::string>(&source))
    own_ = Platform::from_file(*path);
  else
    platform_ = &std::get<Platform>(source);
}

std::string PreparedPlatform::title() const {
  return from_file() ? "platform file '" + platform_->file()->path() + "': " : "the platform: ";
}

model::OptionList PreparedPlatform::file_config() const {
  model::OptionList options;
  if (from_file())
    for (const auto& [name, value, line] : platform_->file()->config())
      options.emplace_back(name, value);
  return options;
}

std::vector<model::NamedProfile> PreparedPlatform::profiles() const {
  std::vector<model::NamedProfile> profiles;
  if (from_file())
    profiles = platform_->file()->profiles();
  const auto added = model::profiles_of(*platform_);
  profiles.insert(profiles.end(), added.begin(), added.end());
  return profiles;
}

std::string PreparedPlatform::fingerprint() const {
  const std::string description = additions_text(*platform_);
  const auto hash = [](const std::string& text) {
    return std::to_string(text.size()) + ' ' + std::to_string(std::hash<std::string>{}(text));
  };
  if (!from_file())
    return hash(description);
  return platform_->file()->path() + '\0' + hash(platform_->file()->loadable_text()) + ' ' + hash(description);
}

void PreparedPlatform::build(s4u::Engine& engine) const {
  if (!from_file())
    return build_platform(engine, *platform_);
  const TemporaryFile file(platform_->file()->loadable_text());
  xbt_log_control_set("platf_parse.thres:warning");
  try {
    engine.load_platform(file.path());
    parser_is_in_zone = platform_->file()->has_zone();
    if (s4u::Link* loopback = engine.link_by_name_or_null(std::string(loopback_name)))
      tune_loopback(*loopback);
    add_to_platform(engine, *platform_);
    // Engine::seal_platform does so for the first engine of a process only.
    engine.get_netzone_root()->seal();
  } catch (const std::runtime_error& error) { // no other type: interrupts pass
    release_platform_file();
    throw PlatformError(title() + in_lines_of(file.path(), error.what()));
  } catch (const std::logic_error& error) {
    release_platform_file();
    throw PlatformError(title() + error.what());
  } catch (...) {
    release_platform_file();
    throw;
  }
}

void release_platform_file() {
  if (std::exchange(parser_is_in_zone, false))
    sg_platf_new_zone_seal();
}

} // namespace wrench_serverless
