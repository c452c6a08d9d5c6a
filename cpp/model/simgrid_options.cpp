#include "model/simgrid_options.hpp"

#include "model/simgrid_units.hpp"
#include "model/utf8.hpp"
#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <stdexcept>

namespace wrench_serverless::model {
namespace {

enum class OptionKind {
  Boolean,
  Choice,  // of words, with blanks between them
  Number,  // between limits
  Whole,   // the same
  Factors, // a number between limits, or "size:number;size:number"
  Fixed,   // nothing but SimGrid's default
};

struct OptionRule {
  std::string_view name;
  OptionKind kind;
  std::string_view words = {}; // choices; what Fixed is fixed to
  double least = 0;
  double most = 0;
  std::string_view why = {}; // why other choices of SimGrid's are not taken
};

using enum OptionKind;

constexpr std::string_view no_checker = "simulations are run here, not model-checked";
constexpr std::string_view no_tracing =
    "SimGrid's traces would miss what is simulated without SimGrid; the results have "
    "tables of invocations, containers and transfers";
constexpr std::string_view no_smpi = "there is no MPI here";
constexpr std::string_view no_monkey = "the plugin 'cmonkey' is not supported; give hosts and links a state_profile";
constexpr std::string_view one_thread = "SimGrid's actors have to run in the thread that runs the simulation";
constexpr std::string_view no_constant = "'Constant' knows no links, and no streams between disks";
constexpr std::string_view no_integration = "'TI' can't share a CPU that is varied from outside";
constexpr std::string_view no_parallel_tasks =
    "'ptask_L07' is for parallel tasks, and shares no disks with the network";
constexpr std::string_view no_eigen = "this SimGrid is built without 'bmf'; and the disks share the network's solver";
constexpr std::string_view no_breakpoint = "it would end the process";
constexpr std::string_view no_includes = "platform files include no others; profiles are sought beside them";

constexpr std::array rules{
    OptionRule{"cmonkey/host", Fixed, "-1", 0, 0, no_monkey},
    OptionRule{"cmonkey/link", Fixed, "-1", 0, 0, no_monkey},
    OptionRule{"cmonkey/pid", Fixed, "-1", 0, 0, no_monkey},
    OptionRule{"cmonkey/tell", Fixed, "no", 0, 0, no_monkey},
    OptionRule{"cmonkey/time", Fixed, "-1", 0, 0, no_monkey},
    OptionRule{"contexts/factory", Choice, "raw", 0, 0, one_thread},
    OptionRule{"contexts/guard-size", Whole, {}, 0, 1024},
    OptionRule{"contexts/nthreads", Fixed, "1", 0, 0, one_thread},
    OptionRule{"contexts/stack-size", Whole, {}, 64, 1 << 20},
    OptionRule{"contexts/synchro", Choice, "futex posix busy_wait"},
    OptionRule{"cpu/maxmin-selective-update", Boolean},
    OptionRule{"cpu/model", Choice, "Cas01"},
    OptionRule{"cpu/optim", Choice, "Lazy Full", 0, 0, no_integration},
    OptionRule{"cpu/solver", Choice, "maxmin fairbottleneck", 0, 0, no_eigen},
    OptionRule{"debug/breakpoint", Fixed, "-1", 0, 0, no_breakpoint},
    OptionRule{"debug/clean-atexit", Boolean},
    OptionRule{"debug/fullstack", Boolean},
    OptionRule{"debug/lmm-leaks", Boolean},
    OptionRule{"debug/verbose-exit", Boolean},
    OptionRule{"disk/model", Choice, "S19"},
    OptionRule{"disk/solver", Choice, "maxmin fairbottleneck", 0, 0, no_eigen},
    OptionRule{"exception/cutpath", Boolean},
    OptionRule{"help-nostop", Boolean},
    OptionRule{"host/model", Choice, "default", 0, 0, no_parallel_tasks},
    OptionRule{"host/solver", Choice, "maxmin fairbottleneck", 0, 0, no_eigen},
    OptionRule{"maxmin/concurrency-limit", Fixed, "-1", 0, 0, "what waits for its turn would wait for ever"},
    OptionRule{"model-check/befs-threshold", Fixed, "0", 0, 0, no_checker},
    OptionRule{"model-check/cached-states-interval", Fixed, "1000", 0, 0, no_checker},
    OptionRule{"model-check/communications-determinism", Fixed, "no", 0, 0, no_checker},
    OptionRule{"model-check/debug", Fixed, "no", 0, 0, no_checker},
    OptionRule{"model-check/debug-optimality", Fixed, "no", 0, 0, no_checker},
    OptionRule{"model-check/exploration-algo", Fixed, "DFS", 0, 0, no_checker},
    OptionRule{"model-check/k-alternatives", Fixed, "-1", 0, 0, no_checker},
    OptionRule{"model-check/max-depth", Fixed, "1000", 0, 0, no_checker},
    OptionRule{"model-check/max-errors", Fixed, "0", 0, 0, no_checker},
    OptionRule{"model-check/no-fork", Fixed, "no", 0, 0, no_checker},
    OptionRule{"model-check/output-lts", Fixed, "no", 0, 0, no_checker},
    OptionRule{"model-check/parallel-thread", Fixed, "1", 0, 0, no_checker},
    OptionRule{"model-check/rand-seed", Fixed, "0", 0, 0, no_checker},
    OptionRule{"model-check/reduction", Fixed, "dpor", 0, 0, no_checker},
    OptionRule{"model-check/replay", Fixed, "", 0, 0, no_checker},
    OptionRule{"model-check/search-critical", Fixed, "yes", 0, 0, no_checker},
    OptionRule{"model-check/send-determinism", Fixed, "no", 0, 0, no_checker},
    OptionRule{"model-check/strategy", Fixed, "none", 0, 0, no_checker},
    OptionRule{"model-check/timeout", Fixed, "no", 0, 0, no_checker},
    OptionRule{"model-check/timeout-soft", Fixed, "-1", 0, 0, no_checker},
    OptionRule{"network/TCP-gamma", Number, {}, 0, 1e15},
    OptionRule{"network/bandwidth-factor", Factors, {}, 1e-6, 1e6},
    OptionRule{"network/crosstraffic", Boolean},
    OptionRule{"network/latency-factor", Factors, {}, 0, 1e6},
    OptionRule{"network/loopback-bw", Number, {}, least_rate, most_rate},
    OptionRule{"network/loopback-lat", Number, {}, 0, longest_latency},
    OptionRule{"network/maxmin-selective-update", Boolean},
    OptionRule{"network/model", Choice, "LV08 CM02 SMPI raw", 0, 0, no_constant},
    OptionRule{"network/optim", Choice, "Lazy Full"},
    OptionRule{"network/solver", Choice, "maxmin fairbottleneck", 0, 0, no_eigen},
    OptionRule{"network/weight-S", Number, {}, 0, 1e12},
    OptionRule{"path", Fixed, "./", 0, 0, no_includes},
    OptionRule{"plugin", Choice, "host_energy host_load link_energy link_energy_wifi link_load"},
    OptionRule{"plugin/dvfs/governor", Fixed, "performance", 0, 0, "the plugin 'host_dvfs' is not supported"},
    OptionRule{"plugin/dvfs/max-pstate", Fixed, "-1", 0, 0, "the plugin 'host_dvfs' is not supported"},
    OptionRule{"plugin/dvfs/min-pstate", Fixed, "0", 0, 0, "the plugin 'host_dvfs' is not supported"},
    OptionRule{"plugin/dvfs/sampling-rate", Fixed, "0.1", 0, 0, "the plugin 'host_dvfs' is not supported"},
    OptionRule{"precision/timing", Number, {}, 1e-12, 1e-3},
    OptionRule{"precision/work-amount", Number, {}, 1e-12, 1e-3},
    OptionRule{"smpi/IB-penalty-factors", Fixed, "0.965;0.925;1.35", 0, 0, no_smpi},
    OptionRule{"smpi/buffering", Fixed, "infty", 0, 0, no_smpi},
    OptionRule{"tracing", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/actor", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/basic", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/categorized", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/comment", Fixed, "", 0, 0, no_tracing},
    OptionRule{"tracing/comment-file", Fixed, "", 0, 0, no_tracing},
    OptionRule{"tracing/disable-destroy", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/disable_link", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/disable_power", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/filename", Fixed, "simgrid.trace", 0, 0, no_tracing},
    OptionRule{"tracing/platform", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/platform/topology", Fixed, "yes", 0, 0, no_tracing},
    OptionRule{"tracing/precision", Fixed, "6", 0, 0, no_tracing},
    OptionRule{"tracing/smpi", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/smpi/computing", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/smpi/display-sizes", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/smpi/format", Fixed, "Paje", 0, 0, no_tracing},
    OptionRule{"tracing/smpi/format/ti-one-file", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/smpi/group", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/smpi/internals", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/smpi/sleeping", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/uncategorized", Fixed, "no", 0, 0, no_tracing},
    OptionRule{"tracing/vm", Fixed, "no", 0, 0, no_tracing},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> aliases{
    {{"surf/precision", "precision/timing"},
     {"maxmin/precision", "precision/work-amount"},
     {"smpi/lat-factor", "network/latency-factor"},
     {"smpi/bw-factor", "network/bandwidth-factor"}}};

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 100;
  return "'" + utf8_prefix(text, longest) + (text.size() > longest ? "…'" : "'");
}

[[noreturn]] void refuse(const std::string& value, const std::string& problem, const std::string& help) {
  throw std::invalid_argument(quoted(value) + " " + problem + "; give " + help);
}

std::optional<bool> to_boolean(std::string_view value) {
  std::string lower(value);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view word : {"yes", "on", "true", "1"})
    if (lower == word)
      return true;
  for (const std::string_view word : {"no", "off", "false", "0"})
    if (lower == word)
      return false;
  return std::nullopt;
}

void check_number(const OptionRule& rule, const std::string& value, std::string_view text) {
  const std::string help = "a number from " + format_number(rule.least) + " to " + format_number(rule.most);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument || end != text.data() + text.size())
    refuse(value, "is no number", help);
  if (error == std::errc::result_out_of_range || !std::isfinite(number))
    refuse(value, "is not finite", help);
  if (number < 0)
    refuse(value, "is negative", help);
  if (number == 0 && rule.least > 0)
    refuse(value, "is not positive", help);
  if (number < rule.least || number > rule.most)
    refuse(value, "is out of range", help);
}

void check_factors(const OptionRule& rule, const std::string& value) {
  if (value.find_first_of(":;") == std::string::npos)
    return check_number(rule, value, value);
  for (const std::string_view part : split(value, ";")) {
    const auto pair = split(part, ":");
    if (pair.size() != 2)
      refuse(value, "is no list of factors", "a number, or sizes and factors such as 65472:0.94;0:0.81");
    whole_number(pair.front(), 0, 2'000'000'000, "size");
    check_number(rule, value, pair.back());
  }
}

bool same(const OptionRule& rule, const std::string& value) {
  if (value == rule.words)
    return true;
  const auto expected = to_boolean(rule.words);
  return expected && to_boolean(value) == expected;
}

std::string list(std::string_view words) {
  std::string text;
  const auto choices = split(words, " ");
  for (std::size_t i = 0; i < choices.size(); ++i)
    text.append(i == 0 ? "" : i + 1 < choices.size() ? ", " : " or ").append(choices[i]);
  return text;
}

void check_choice(const OptionRule& rule, const std::string& value) {
  const auto choices = split(rule.words, " ");
  if (std::ranges::find(choices, std::string_view(value)) != choices.end())
    return;
  // "network/model" is about a network model.
  std::string what(rule.name);
  std::ranges::replace(what, '/', ' ');
  throw std::invalid_argument("there is no " + what + " " + quoted(value) + " here; give " + list(rule.words) +
                              (rule.why.empty() ? "" : " (" + std::string(rule.why) + ")"));
}

void check_plugin(const std::string& value) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> refused{
      {{"task", "it is for programs in C++, which create its objects"},
       {"battery", "it is for programs in C++, which create its objects"},
       {"chiller", "it is for programs in C++, which create its objects"},
       {"solar_panel", "it is for programs in C++, which create its objects"},
       {"cmonkey", "give hosts and links a state_profile"},
       {"host_dvfs", "its actors would change speeds while nobody looks; give hosts a speed_profile"},
       {"vm_load", "there are no virtual machines here"}}};
  for (const auto& [name, why] : refused)
    if (value == name)
      throw std::invalid_argument("the plugin " + quoted(value) + " is not supported: " + std::string(why));
}

const OptionRule* find_rule(const std::string& name) {
  const auto* found = std::ranges::find(rules, std::string_view(name), &OptionRule::name);
  return found == rules.end() ? nullptr : &*found;
}

// Options of the same part of SimGrid; or what the parts are.
std::string known_beside(const std::string& name) {
  const auto part_of = [](std::string_view option) { return option.substr(0, option.find('/')); };
  std::string beside;
  std::string parts;
  std::string_view last;
  for (const OptionRule& rule : rules) {
    if (part_of(rule.name) == part_of(name))
      beside.append(beside.empty() ? "" : ", ").append(rule.name);
    if (part_of(rule.name) != last)
      parts.append(parts.empty() ? "" : ", ").append(part_of(rule.name));
    last = part_of(rule.name);
  }
  return beside.empty() ? "; SimGrid's options begin with " + parts : "; there are " + beside;
}

} // namespace

std::string option_name(std::string_view name) {
  for (const auto& [alias, real] : aliases)
    if (alias == name)
      return std::string(real);
  return std::string(name);
}

std::pair<std::string, std::string> split_option(const std::string& option) {
  const std::size_t colon = option.find(':');
  if (colon == std::string::npos)
    throw std::invalid_argument("give name:value");
  return {option.substr(0, colon), option.substr(colon + 1)};
}

void check_option(const std::string& name, const std::string& value) {
  const OptionRule* rule = find_rule(option_name(name));
  if (rule == nullptr)
    throw std::invalid_argument("there is no such option" + known_beside(name));
  switch (rule->kind) {
  case Boolean:
    if (!to_boolean(value))
      refuse(value, "is neither true nor false", "yes or no");
    return;
  case Choice:
    if (rule->name == "plugin") {
      if (value.empty())
        return;
      check_plugin(value);
    }
    return check_choice(*rule, value);
  case Number:
    return check_number(*rule, value, value);
  case Whole:
    whole_number(value, static_cast<std::int64_t>(rule->least), static_cast<std::int64_t>(rule->most), rule->name);
    return;
  case Factors:
    return check_factors(*rule, value);
  case Fixed:
    if (!same(*rule, value))
      throw std::invalid_argument("it can't be changed: " + std::string(rule->why) + "; leave it at " +
                                  quoted(rule->words));
    return;
  }
}

void check_options_together(const OptionList& options, bool simgrid_shares_cpus) {
  std::map<std::string, std::string> last;
  for (const auto& [name, value] : options) {
    if (name == "plugin" && value.starts_with("host_") && !simgrid_shares_cpus)
      throw std::invalid_argument("the plugin " + quoted(value) +
                                  " sees only computations that SimGrid shares out, and would report none; set "
                                  "cpu_sharing to \"simgrid\" for this simulation");
    last[option_name(name)] = value;
  }
  for (const std::string_view part : {"cpu", "network"}) {
    const std::string optim = std::string(part) + "/optim";
    const std::string update = std::string(part) + "/maxmin-selective-update";
    const auto given = last.find(update);
    if (given == last.end() || to_boolean(given->second) != false)
      continue;
    if (const auto found = last.find(optim); found == last.end() || found->second == "Lazy")
      throw std::invalid_argument("'" + update + "' can only be switched off with '" + optim + ":Full'");
  }
}

std::vector<std::string> known_options() {
  std::vector<std::string> names;
  for (const OptionRule& rule : rules)
    names.emplace_back(rule.name);
  return names;
}

} // namespace wrench_serverless::model
