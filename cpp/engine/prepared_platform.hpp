// A platform on its way into SimGrid: a description, a platform file, or a file with additions. All three are made real
// in the same way, in the trial and in the simulation.
#pragma once

#include "model/platform_file.hpp"
#include "model/simgrid_options.hpp"
#include "wrench_serverless/platform.hpp"

#include <simgrid/s4u/Engine.hpp>

#include <string>
#include <variant>
#include <vector>

namespace wrench_serverless {

using PlatformSource = std::variant<std::string, Platform>; // a platform file's path, or a description

class PreparedPlatform {
public:
  // Reads and checks the file, if it is one; throws PlatformError. SimGrid is not asked yet. A description has to stay
  // where it is.
  explicit PreparedPlatform(const PlatformSource& source);
  explicit PreparedPlatform(const Platform& platform) : platform_(&platform) {}
  PreparedPlatform(const PreparedPlatform&) = delete;
  PreparedPlatform& operator=(const PreparedPlatform&) = delete;

  const Platform& platform() const { return *platform_; }
  bool from_file() const { return platform_->file() != nullptr; }
  // "platform file 'x.xml': ", or what else an error about it begins with.
  std::string title() const;
  // The options in the file's <config>; checked. Throws PlatformError.
  model::OptionList file_config() const;
  // Those of the file and of the description.
  std::vector<model::NamedProfile> profiles() const;
  // The same for the same platform, and for no other one.
  std::string fingerprint() const;

  // Makes the platform real in an engine whose options are set, and seals it. Throws PlatformError; what SimGrid aborts
  // on has to be found out by a trial before.
  void build(simgrid::s4u::Engine& engine) const;

private:
  Platform own_; // of a file
  const Platform* platform_;
};

// To be called before the engine is deleted: if its platform was built from a file, SimGrid's parser keeps a pointer
// into the platform that dies with the engine, and the next platform file would crash.
void release_platform_file();

} // namespace wrench_serverless
