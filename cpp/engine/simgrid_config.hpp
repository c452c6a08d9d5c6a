// SimGrid's options. They belong to the process, not to an engine: without care, an option of one simulation is still
// set in the next, and the next may set none of the models ("Cannot change the model after the initialization" aborts).
#pragma once

#include "model/simgrid_options.hpp"

#include <string>
#include <vector>

namespace wrench_serverless {

// To be called for each engine, after it is made and before its platform is. Options that an earlier simulation set go
// back to their defaults; then come these, the last ones of which win. What SimGrid throws is a PlatformError; what it
// would abort on has to be caught before (try_platform).
void apply_simgrid_options(const model::OptionList& options);
// The same with those in the <config> of a platform file, if there is one, and then these ("network/model:CM02").
void apply_simgrid_config(const std::vector<std::string>& options, const std::string& platform_file = {});

// PlatformError for what is no "name:value".
model::OptionList option_list(const std::vector<std::string>& options);

} // namespace wrench_serverless
