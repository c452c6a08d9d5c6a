#include "engine/simgrid_config.hpp"

#include "engine/prepared_platform.hpp"
#include "wrench_serverless/errors.hpp"

#include <xbt/config.hpp>

#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

// SimGrid exports these, but has no installed header for them.
extern int _sg_cfg_init_status; // 2: no model may be chosen any more
namespace simgrid::kernel::resource {
class FactorSet {
public:
  using Choice = std::function<double(const std::vector<double>&, double)>;
  FactorSet(const std::string& name, double value, const Choice& choice);
  ~FactorSet();
};
class NetworkModelFactors {
public:
  static FactorSet cfg_latency_factor;
  static FactorSet cfg_bandwidth_factor;
};
} // namespace simgrid::kernel::resource

namespace wrench_serverless {
namespace {

std::string exact(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

// What a network model gives to options that nobody has set. Once somebody has, SimGrid's models leave an option alone
// for ever, so that in later simulations it is for us to do.
struct ModelDefault {
  std::string_view option;
  std::string_view model; // empty: any other
  std::string_view value;
};
constexpr std::array model_defaults{
    ModelDefault{"network/latency-factor", "LV08", "13.01"},
    ModelDefault{"network/latency-factor", "SMPI",
                 "65472:11.6436;15424:3.48845;9376:2.59299;5776:2.18796;3484:1.88101;"
                 "1426:1.61075;732:1.9503;257:1.95341;0:2.01467"},
    ModelDefault{"network/bandwidth-factor", "LV08", "0.97"},
    ModelDefault{"network/bandwidth-factor", "SMPI",
                 "65472:0.940694;15424:0.697866;9376:0.58729;5776:1.08739;3484:0.77493;"
                 "1426:0.608902;732:0.341987;257:0.338112;0:0.812084"},
    ModelDefault{"network/weight-S", "LV08", "20537"},
    ModelDefault{"network/weight-S", "SMPI", "8775"},
    ModelDefault{"network/weight-S", "", "0"},
    ModelDefault{"network/TCP-gamma", "raw", "0"},
    ModelDefault{"network/crosstraffic", "raw", "no"},
    ModelDefault{"network/crosstraffic", "", "yes"},
};

struct Option {
  std::string type; // "int", "double", "boolean", "string"
  std::string value;
};
using Options = std::map<std::string, Option>;

// All options. SimGrid tells them only in its answer to an option that it does not know, a line "  name: (type)value"
// each; with six digits of a number, so that those are asked for one by one.
Options current_options() {
  Options options;
  try {
    simgrid::config::get_value<int>("wrench-serverless/no-such-option");
  } catch (const std::out_of_range& answer) {
    std::istringstream lines(answer.what());
    for (std::string line; std::getline(lines, line);) {
      const auto colon = line.find(": (");
      const auto close = line.find(')', colon);
      if (!line.starts_with("  ") || colon == std::string::npos || close == std::string::npos)
        continue;
      const std::string name = line.substr(2, colon - 2);
      const std::string type = line.substr(colon + 3, close - colon - 3);
      options[name] = {type,
                       type == "double" ? exact(simgrid::config::get_value<double>(name)) : line.substr(close + 1)};
    }
  }
  return options;
}

// The values before any simulation changed one: taken when the first engine of the process has just been made.
const Options& defaults() {
  static const Options options = current_options();
  return options;
}

void set(const std::string& name, const std::string& value) {
  try {
    simgrid::config::set_as_string(name.c_str(), value);
  } catch (const std::exception& error) {
    const std::string_view words(error.what()); // the first line; a list of all options follows
    throw PlatformError("SimGrid does not take the option '" + name + ":" + value +
                        "': " + std::string(words.substr(0, words.find('\n'))));
  }
}

// A model may have changed an option that still counts as one that nobody has set; it has to stay one.
void restore(const std::string& name, const Option& original) {
  const char* key = name.c_str();
  if (!simgrid::config::is_default(key))
    set(name, original.value);
  else if (original.type == "boolean")
    simgrid::config::set_default<bool>(key, original.value == "yes" || original.value == "1");
  else if (original.type == "double")
    simgrid::config::set_default<double>(key, std::stod(original.value));
  else if (original.type == "int")
    simgrid::config::set_default<int>(key, std::stoi(original.value));
  else
    simgrid::config::set_default<std::string>(key, original.value);
}

void restore_all() {
  const Options& originals = defaults();
  for (const auto& [name, option] : current_options())
    if (const auto found = originals.find(name); found != originals.end() && found->second.value != option.value)
      restore(name, found->second);
  // SimGrid reads these two options once per process.
  using simgrid::kernel::resource::FactorSet;
  using Factors = simgrid::kernel::resource::NetworkModelFactors;
  const auto first = [](const std::vector<double>& values, double) { return values.front(); };
  std::destroy_at(&Factors::cfg_latency_factor);
  ::new (static_cast<void*>(&Factors::cfg_latency_factor)) FactorSet("network/latency-factor", 1.0, first);
  std::destroy_at(&Factors::cfg_bandwidth_factor);
  ::new (static_cast<void*>(&Factors::cfg_bandwidth_factor)) FactorSet("network/bandwidth-factor", 1.0, first);
}

// SimGrid's lazy updates need selective ones, and it sees to that itself unless somebody has ever set the option.
void set_selective_updates(const std::set<std::string>& given) {
  for (const std::string part : {"cpu", "network"}) {
    const std::string name = part + "/maxmin-selective-update";
    if (!given.contains(name) && !simgrid::config::is_default(name.c_str()))
      set(name, simgrid::config::get_value<std::string>(part + "/optim") == "Lazy" ? "yes" : "no");
  }
}

void set_model_defaults(const std::set<std::string>& given) {
  set_selective_updates(given);
  const auto model = simgrid::config::get_value<std::string>("network/model");
  std::set<std::string_view> done;
  for (const auto& [option, of_model, value] : model_defaults) {
    const std::string name(option);
    if ((!of_model.empty() && of_model != model) || given.contains(name) || simgrid::config::is_default(name.c_str()))
      continue;
    if (done.insert(option).second)
      set(name, std::string(value));
  }
}

} // namespace

void apply_simgrid_options(const model::OptionList& options) {
  _sg_cfg_init_status = 1;
  restore_all();
  std::set<std::string> given;
  for (const auto& [alias, value] : options) {
    const std::string name = model::option_name(alias);
    set(name, value);
    given.insert(name);
  }
  set_model_defaults(given);
}

void apply_simgrid_config(const std::vector<std::string>& options, const std::string& platform_file) {
  model::OptionList list;
  if (!platform_file.empty())
    list = PreparedPlatform(PlatformSource(platform_file)).file_config();
  for (const auto& option : option_list(options))
    list.push_back(option);
  apply_simgrid_options(list);
}

model::OptionList option_list(const std::vector<std::string>& options) {
  model::OptionList list;
  for (const std::string& option : options) {
    try {
      list.push_back(model::split_option(option));
    } catch (const std::invalid_argument& error) {
      throw PlatformError("SimGrid does not take the option '" + option + "': " + error.what());
    }
  }
  return list;
}

} // namespace wrench_serverless
