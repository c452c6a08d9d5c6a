// The profiles in a SimGrid platform file, taken out of it.
//
// We drive hosts and links by profiles ourselves. SimGrid 4.1 keeps the dates to come in one hidden calendar of the
// process, which outlives its engine: the next simulation would follow dangling pointers; it aborts for the state of a
// split-duplex link, draws from a generator that no seed resets, and passes dates without stopping there.
#pragma once

#include "model/profile.hpp"

#include <string>
#include <vector>

namespace wrench_serverless {

// A platform file as SimGrid may read it. Throws PlatformError for a profile that is none, or whose file is found
// neither next to the platform file nor in the working directory.
class LoadableFile {
public:
  explicit LoadableFile(const std::string& platform_file);
  ~LoadableFile();
  LoadableFile(const LoadableFile&) = delete;
  LoadableFile& operator=(const LoadableFile&) = delete;

  // The file itself if it has no profiles, else a temporary one without them.
  const std::string& path() const { return path_; }
  // In their order in the file.
  const std::vector<model::NamedProfile>& profiles() const { return profiles_; }

private:
  std::string path_, temporary_;
  std::vector<model::NamedProfile> profiles_;
};

} // namespace wrench_serverless
