#include "engine/platform_file.hpp"

#include "engine/platform_trial.hpp"

namespace wrench_serverless {

void check_platform_file(const std::string& path, const std::vector<std::string>& simgrid_config) {
  try_platform(PreparedPlatform(PlatformSource(path)), simgrid_config);
}

void check_simgrid_config(const std::vector<std::string>& simgrid_config) {
  const Platform small = Platform::cluster();
  try_platform(PreparedPlatform(small), simgrid_config);
}

std::vector<model::NamedProfile> load_platform_file(simgrid::s4u::Engine& engine, const std::string& path) {
  const PreparedPlatform file{PlatformSource(path)};
  file.build(engine);
  return file.profiles();
}

} // namespace wrench_serverless
