// Knative's autoscaler alone: its decisions for a load, against the formulas of its documentation written down again.
#include "wrench_serverless/scaling.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace ws = wrench_serverless;
using Catch::Matchers::Contains;

namespace {

const ws::FunctionId f(0U);
const std::string name = "f";

// The load as steps (date, level); means by adding up all of them; ready containers are those that were desired before.
struct Plain {
  ws::KnativeOptions options;
  std::vector<std::pair<double, double>> steps;
  double panic_since = -1;
  double most_wanted = 0;
  double zero_since = -1;

  double mean(double now, double window) const {
    const double from = std::max(steps.front().first, now - window);
    double sum = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double begin = std::max(from, steps[i].first);
      const double end = std::min(now, i + 1 < steps.size() ? steps[i + 1].first : now);
      sum += end > begin ? steps[i].second * (end - begin) : 0;
    }
    return std::round((now > from ? sum / (now - from) : steps.back().second) * 1e6) / 1e6;
  }
  double desired(double now, double containers, double concurrency) {
    const double target = options.target_utilization * std::min(options.target, concurrency);
    const double ready = std::max(1.0, containers);
    const double up = std::ceil(options.max_scale_up_rate * ready);
    const double down = std::floor(ready / options.max_scale_down_rate);
    const double in_panic =
        std::ceil(mean(now, options.stable_window * options.panic_window_percentage / 100) / target);
    const double stable = std::min(up, std::max(down, std::ceil(mean(now, options.stable_window) / target)));
    const bool over = in_panic / ready >= options.panic_threshold_percentage / 100;
    if (over)
      panic_since = now;
    else if (panic_since >= 0 && now - panic_since > options.stable_window) {
      panic_since = -1;
      most_wanted = 0;
    }
    double result = stable;
    if (panic_since >= 0) {
      most_wanted = std::max({most_wanted, stable, std::min(up, std::max(down, in_panic))});
      result = most_wanted;
    }
    if (steps.back().second > 0)
      result = std::max(result, 1.0);
    if (result > 0) {
      zero_since = -1;
      return result;
    }
    if (zero_since < 0)
      zero_since = now;
    return containers > 0 && now - zero_since < options.scale_to_zero_grace ? 1 : 0;
  }
};

double ask(ws::KnativeAutoscaler& policy, double now, double containers, double level,
           std::uint32_t concurrency = 100) {
  const auto count = static_cast<std::size_t>(containers);
  return static_cast<double>(policy.desired({.function = f,
                                             .name = name,
                                             .now = now,
                                             .containers = count,
                                             .ready = count,
                                             .under_way = static_cast<std::size_t>(level),
                                             .queued = 0,
                                             .concurrency = concurrency}));
}

} // namespace

TEST_CASE("a function that sleeps is woken by its first call, for the calls that there are") {
  ws::KnativeAutoscaler policy;
  CHECK(ask(policy, 5, 0, 0) == 0);
  policy.changed(f, 7.3, 1);
  CHECK(ask(policy, 7.3, 0, 1) == 1);
}

TEST_CASE("a step of the load: panic at once, and stable after a stable window") {
  ws::KnativeAutoscaler policy; // the target is 70 for each container
  policy.changed(f, 0, 10);
  CHECK(ask(policy, 2, 1, 10) == 1);
  CHECK(ask(policy, 60, 1, 10) == 1);
  policy.changed(f, 60, 350);
  // The panic mean after 2 s is (4 × 10 + 2 × 350) / 6 = 123.3: two of 70, twice of one, so it panics.
  CHECK(ask(policy, 62, 1, 350) == 2);
  CHECK(ask(policy, 64, 2, 350) == 4); // 236.7: 4, twice of 2
  CHECK(ask(policy, 66, 4, 350) == 5); // 350: 5, and it goes on to panic for 60 s from 64 s on
  CHECK(ask(policy, 68, 5, 350) == 5);
  policy.changed(f, 70, 0);
  for (int tick = 35; tick <= 62; ++tick)
    CHECK(ask(policy, 2 * tick, 5, 0) == 5); // never down in panic
  // 126 s: over. The stable mean over 66 to 126 s is 350 × 4 / 60 = 23.3: 1; but not below floor(5 / 2).
  CHECK(ask(policy, 126, 5, 0) == 2);
  CHECK(ask(policy, 128, 2, 0) == 1);
  CHECK(ask(policy, 130, 1, 0) == 1); // none desired since now: the grace
  CHECK(ask(policy, 158, 1, 0) == 1);
  CHECK(ask(policy, 160, 1, 0) == 0);
}

TEST_CASE("containers that take fewer calls than the target count by these") {
  ws::KnativeAutoscaler policy;
  policy.changed(f, 0, 7);
  CHECK(ask(policy, 2, 1, 7, 10) == 1); // 7 of 10 × 0.7
  policy.changed(f, 2, 8);
  CHECK(ask(policy, 62, 1, 8, 10) == 2);
}

TEST_CASE("rates, and least and most containers, bound what is desired") {
  ws::KnativeAutoscaler slow({.max_scale_up_rate = 2});
  slow.changed(f, 0, 7'000);
  CHECK(ask(slow, 2, 1, 7'000) == 2);
  CHECK(ask(slow, 4, 2, 7'000) == 4);
  ws::KnativeAutoscaler bounded({.min_scale = 2, .max_scale = 5});
  CHECK(ask(bounded, 0, 0, 0) == 2);
  bounded.changed(f, 0, 7'000);
  CHECK(ask(bounded, 2, 2, 7'000) == 5);
}

TEST_CASE("Knative's autoscaler decides as a plain second implementation of its formulas does") {
  const auto seed = GENERATE(range(0U, 30U));
  CAPTURE(seed);
  Random random(seed);
  const ws::KnativeOptions options{.target = static_cast<double>(random.between(1, 20)),
                                   .stable_window = static_cast<double>(10 * random.between(1, 6)),
                                   .panic_window_percentage = random.coin() ? 10.0 : 20.0,
                                   .max_scale_up_rate = random.coin() ? 1'000.0 : 3.0,
                                   .scale_to_zero_grace = random.coin() ? 30.0 : 0};
  const auto concurrency = static_cast<std::uint32_t>(random.between(1, 30));
  ws::KnativeAutoscaler policy(options);
  Plain plain{.options = options, .steps = {}};
  double containers = 0;
  double level = 0;
  const double first = static_cast<double>(random.between(0, 4'000)) / 1'000;
  double next_change = first;
  double most = 0;
  bool awake = false;
  for (int tick = 1; tick < 400; ++tick) {
    const double now = 2 * tick;
    while (next_change < now) {
      level = now > 500 ? 0 : static_cast<double>(random.below(3) == 0 ? random.between(0, 200) : random.between(0, 9));
      policy.changed(f, next_change, static_cast<std::size_t>(level));
      plain.steps.emplace_back(next_change, level);
      next_change += static_cast<double>(random.between(1, 12'000)) / 1'000;
      awake = true;
    }
    if (!awake)
      continue;
    const double expected = plain.desired(now, containers, concurrency);
    REQUIRE(ask(policy, now, containers, level, concurrency) == expected);
    containers = expected;
    most = std::max(most, containers);
    if (expected == 0) { // it sleeps: it forgets what was
      plain.steps.clear();
      awake = false;
    }
  }
  CHECK(most > 1);
  CHECK(containers == 0);
}

TEST_CASE("options of Knative's autoscaler that make no sense are refused, by name") {
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.target = 0}), Contains("target is 0"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.target_utilization = 1.1}), Contains("target_utilization is 1.1"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.stable_window = 0.5}), Contains("stable_window is 0.5"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.panic_window_percentage = 0}), Contains("panic_window_percentage is 0"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.panic_threshold_percentage = 100}), Contains("panic_threshold"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.max_scale_up_rate = 1}), Contains("max_scale_up_rate is 1"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.max_scale_down_rate = 1}), Contains("max_scale_down_rate is 1"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.scale_to_zero_grace = -1}), Contains("scale_to_zero_grace is -1"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.min_scale = 3, .max_scale = 2}), Contains("min_scale is 3"));
  CHECK_THROWS_WITH(ws::KnativeAutoscaler({.tick = 0}), Contains("tick is 0"));
}
