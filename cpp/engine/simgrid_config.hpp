// SimGrid's options. They belong to the process, not to an engine: without care, an option of one simulation is still
// set in the next, and the next may set none of the models ("Cannot change the model after the initialization" aborts).
#pragma once

#include <string>
#include <vector>

namespace wrench_serverless {

// To be called for each engine, after it is made and before its platform is. Options that an earlier simulation set go
// back to their defaults; then come those in the platform file's <config>, if there is a file; then these
// ("network/model:CM02"), which win. What SimGrid throws is a PlatformError; what it would abort on has to be caught
// before (check_simgrid_config).
void apply_simgrid_config(const std::vector<std::string>& options, const std::string& platform_file = {});

} // namespace wrench_serverless
