#include "wrench_serverless/scaling.hpp"

#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace wrench_serverless {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

void check(bool good, const char* name, double value, const char* right) {
  if (!good || !std::isfinite(value))
    throw std::invalid_argument(std::string(name) + " is " + format_number(value) + ": it must be " + right);
}

} // namespace

KnativeAutoscaler::KnativeAutoscaler(const KnativeOptions& options)
    : options_(options), panic_window_(options.stable_window * options.panic_window_percentage / 100) {
  check(options.target > 0, "target", options.target, "positive");
  check(options.target_utilization > 0 && options.target_utilization <= 1, "target_utilization",
        options.target_utilization, "a share above 0, up to 1");
  check(options.stable_window >= 1 && options.stable_window <= 86'400, "stable_window", options.stable_window,
        "from 1 s to a day");
  check(options.panic_window_percentage >= 1 && options.panic_window_percentage <= 100, "panic_window_percentage",
        options.panic_window_percentage, "from 1 to 100");
  check(options.panic_threshold_percentage > 100 && options.panic_threshold_percentage <= 1000,
        "panic_threshold_percentage", options.panic_threshold_percentage, "above 100, up to 1000");
  check(options.max_scale_up_rate > 1, "max_scale_up_rate", options.max_scale_up_rate, "above 1");
  check(options.max_scale_down_rate > 1, "max_scale_down_rate", options.max_scale_down_rate, "above 1");
  check(options.scale_to_zero_grace >= 0, "scale_to_zero_grace", options.scale_to_zero_grace, "seconds >= 0");
  check(options.tick >= 0.001, "tick", options.tick, "at least 1 ms");
  if (options.max_scale > 0 && options.min_scale > options.max_scale)
    throw std::invalid_argument("min_scale is " + std::to_string(options.min_scale) +
                                ": it must be at most max_scale, " + std::to_string(options.max_scale));
}

double KnativeAutoscaler::settles_after() const {
  return 2 * options_.stable_window + options_.scale_to_zero_grace + 2 * options_.tick;
}

KnativeAutoscaler::State& KnativeAutoscaler::state(FunctionId function) {
  const State asleep{.since = none, .edges = {}, .panic_since = none, .zero_since = none};
  if (states_.size() <= function.value)
    states_.resize(function.value + 1, asleep);
  State& state = states_[function.value];
  if (state.edges.empty())
    state.edges.resize(static_cast<std::size_t>(options_.stable_window) + 3, 0);
  return state;
}

void KnativeAutoscaler::changed(FunctionId function, double now, std::size_t under_way) {
  State& of = state(function);
  if (std::isnan(of.since)) {
    of.since = of.last = now;
    of.integral = 0;
  }
  advance(of, now);
  of.level = static_cast<double>(under_way);
}

void KnativeAutoscaler::advance(State& state, double now) const {
  const auto size = static_cast<double>(state.edges.size());
  // Of a long time only the last edges are still of use.
  const double first = std::max(std::floor(state.last) + 1, std::floor(now) - size + 1);
  const auto count = static_cast<std::size_t>(std::max(0.0, std::floor(now) - first + 1));
  for (std::size_t index = 0; index < count; ++index) {
    const double edge = first + static_cast<double>(index);
    state.edges[static_cast<std::size_t>(std::fmod(edge, size))] = state.integral + state.level * (edge - state.last);
  }
  state.integral += state.level * (now - state.last);
  state.last = now;
}

// Between two edges the level counts as even.
double KnativeAutoscaler::integral_at(const State& state, double date) const {
  const auto size = static_cast<double>(state.edges.size());
  const auto edge = [&](double at) { return state.edges[static_cast<std::size_t>(std::fmod(at, size))]; };
  const double before = std::floor(date);
  const double after = before + 1;
  const double start = std::max(before, state.since);
  const double end = std::min(after, state.last);
  const double from = before > state.since ? edge(before) : 0;
  const double to = after <= state.last ? edge(after) : state.integral;
  return end > start ? from + (to - from) * (date - start) / (end - start) : from;
}

// Rounded, as Knative's: else a mean of 1.0000000000000002 would want two.
double KnativeAutoscaler::mean(const State& state, double now, double window) const {
  const double from = std::max(state.since, now - window);
  const double mean =
      now > from ? (state.integral - (from > state.since ? integral_at(state, from) : 0)) / (now - from) : state.level;
  return std::round(mean * 1e6) / 1e6;
}

std::size_t KnativeAutoscaler::desired(const FunctionLoad& function) {
  State& of = state(function.function);
  const double now = function.now;
  double wanted = 0;
  if (!std::isnan(of.since)) {
    advance(of, now);
    const double target =
        options_.target_utilization * std::min(options_.target, static_cast<double>(function.concurrency));
    const double ready = std::max(1.0, static_cast<double>(function.ready));
    const double most = std::ceil(options_.max_scale_up_rate * ready);
    const double least = std::floor(ready / options_.max_scale_down_rate);
    const double for_panic = std::ceil(mean(of, now, panic_window_) / target);
    const double stable = std::clamp(std::ceil(mean(of, now, options_.stable_window) / target), least, most);
    if (for_panic / ready >= options_.panic_threshold_percentage / 100) {
      of.panic_since = now;
    } else if (!std::isnan(of.panic_since) && of.panic_since + options_.stable_window < now) {
      of.panic_since = none;
      of.most_wanted = 0;
    }
    wanted = stable;
    if (!std::isnan(of.panic_since))
      wanted = of.most_wanted = std::max({of.most_wanted, stable, std::clamp(for_panic, least, most)});
  }
  // A call that came just now is in no mean yet.
  wanted = std::max({wanted, static_cast<double>(options_.min_scale), function.under_way > 0 ? 1.0 : 0.0});
  if (options_.max_scale > 0)
    wanted = std::min(wanted, static_cast<double>(options_.max_scale));
  if (wanted > 0) {
    of.zero_since = none;
    return static_cast<std::size_t>(wanted);
  }
  if (std::isnan(of.zero_since))
    of.zero_since = now;
  if (function.containers > 0 && now - of.zero_since < options_.scale_to_zero_grace)
    return 1;
  of.since = none;
  return 0;
}

} // namespace wrench_serverless
