// The keep-alive policies alone (R27): what they answer to a series of idle times.
#include "wrench_serverless/keep_alive.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ws = wrench_serverless;
using Catch::Matchers::Contains;
using ws::FunctionId;
using ws::KeepAlive;

namespace {

const FunctionId f(0U);
const FunctionId g(1U);

KeepAlive after(ws::KeepAlivePolicy& policy, const std::vector<double>& idle_times, FunctionId function = f) {
  policy.invoked(function, 0, std::nan(""));
  for (const double idle : idle_times)
    policy.invoked(function, 0, idle);
  return policy.keep_alive(function, 0);
}

// The paper's rules, written down again: sorts and sums where the policy keeps books.
KeepAlive reference(const std::vector<double>& idle_times, const ws::HybridHistogramOptions& options) {
  const auto bins = static_cast<std::size_t>(std::lround(options.range / options.bin));
  std::vector<double> counts(bins, 0);
  double inside = 0;
  for (const double idle : idle_times)
    if (idle < options.range) {
      ++counts[static_cast<std::size_t>(idle / options.bin)];
      ++inside;
    }
  const double outside = static_cast<double>(idle_times.size()) - inside;
  if (inside == 0 || outside / (inside + outside) > options.out_of_bounds)
    return options.fallback;
  const double mean = inside / static_cast<double>(bins);
  double variance = 0;
  for (const double count : counts)
    variance += (count - mean) * (count - mean) / static_cast<double>(bins);
  if (std::sqrt(variance) / mean < options.cv_threshold)
    return options.fallback;
  const auto bin_of = [&](double share) {
    double sum = 0;
    for (std::size_t bin = 0; bin < bins; ++bin) {
      sum += counts[bin];
      if (sum >= share * inside)
        return static_cast<double>(bin);
    }
    return static_cast<double>(bins);
  };
  const double prewarm = bin_of(options.head) * options.bin * (1 - options.margin);
  const double keep = (bin_of(options.tail) + 1) * options.bin * (1 + options.margin) - prewarm;
  return prewarm == 0 ? KeepAlive(keep) : KeepAlive(0, prewarm, keep);
}

} // namespace

TEST_CASE("R27 never and always") {
  CHECK(ws::Never().keep_alive(f, 0).keep == 0);
  CHECK(std::isinf(ws::Always().keep_alive(f, 0).keep));
  CHECK(std::isinf(ws::Always().keep_alive(f, 0).prewarm_after));
}

TEST_CASE("R27 an adaptive time to live grows at a miss and shrinks at a hit, for each function by itself") {
  ws::AdaptiveTTL policy({.target = 0.75, .initial = 100, .step = 40, .least = 30, .most = 140});
  CHECK(after(policy, {}).keep == 100);
  CHECK(after(policy, {101}).keep == 130);               // a miss: + 40 × 0.75
  CHECK(after(policy, {131}).keep == 140);               // no further than that
  CHECK(after(policy, {140, 50}).keep == 120);           // two hits: - 40 × 0.25 each
  CHECK(after(policy, {0, 0, 0}).keep == 120);           // others were under way
  CHECK(after(policy, std::vector(20, 1.0)).keep == 30); // no less than that
  CHECK(after(policy, {}, g).keep == 100);
}

TEST_CASE("R27 the adaptive time to live settles where the share of hits is the target") {
  ws::AdaptiveTTL policy({.target = 0.9, .initial = 600, .step = 5});
  Random random(3);
  int hits = 0;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i) {
    const double idle = static_cast<double>(random.between(1, 1'000));
    hits += idle <= policy.keep_alive(f, 0).keep;
    policy.invoked(f, 0, idle);
  }
  CHECK(hits / double{count} == Approx(0.9).margin(0.005));
  CHECK(policy.keep_alive(f, 0).keep == Approx(900).margin(60));
}

TEST_CASE("R27 the hybrid histogram starts a container before the head, and keeps it until after the tail") {
  ws::HybridHistogram policy;
  // All in the bin from 10 to 11 minutes: head 600 s, tail 660 s.
  const KeepAlive decision = after(policy, std::vector(20, 630.0));
  CHECK(decision.keep == 0);
  CHECK(decision.prewarm_after == Approx(600 * 0.9));
  CHECK(decision.prewarm_keep == Approx(660 * 1.1 - 540));
}

TEST_CASE("R27 a head in the first bin means that the container itself is kept until after the tail") {
  ws::HybridHistogram policy;
  const KeepAlive decision = after(policy, {10, 20, 30, 130});
  CHECK(decision.keep == Approx(180 * 1.1));
  CHECK(std::isinf(decision.prewarm_after));
}

TEST_CASE("R27 head and tail are percentiles: single early and late ones do not count") {
  ws::HybridHistogram policy({.tail = 0.95});
  std::vector<double> idle_times(98, 630);
  idle_times.push_back(5);
  idle_times.push_back(10'000);
  const KeepAlive decision = after(policy, idle_times);
  CHECK(decision.prewarm_after == Approx(540));
  CHECK(decision.prewarm_keep == Approx(726 - 540));
}

TEST_CASE("R27 where the histogram does not count, containers are kept for the fallback") {
  ws::HybridHistogram policy({.range = 600, .fallback = 77}); // 10 bins
  SECTION("nothing seen") { CHECK(after(policy, {}).keep == 77); }
  SECTION("too many out of bounds") {
    CHECK(after(policy, {100, 600}).keep != 77); // half of them is not too many
    CHECK(after(policy, {601}).keep == 77);
  }
  SECTION("bins that hardly vary") {
    // Of n values in different bins of 10 the coefficient of variation is sqrt(10 / n - 1): 2 for two of them.
    CHECK(after(policy, {100}).keep != 77);
    CHECK(after(policy, {200}).keep != 77);
    CHECK(after(policy, {300}).keep == 77);
  }
}

TEST_CASE("R27 the hybrid histogram answers as a plain second implementation does") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  const ws::HybridHistogramOptions options{.bin = 10.0 * static_cast<double>(random.between(1, 6)),
                                           .range = 7'200,
                                           .head = random.coin() ? 0.05 : 0.0,
                                           .tail = random.coin() ? 0.99 : 1.0,
                                           .cv_threshold = random.coin() ? 2.0 : 1.0,
                                           .fallback = 123};
  ws::HybridHistogram policy(options);
  std::vector<double> seen;
  const std::int64_t center = random.between(0, 9'000);
  const std::int64_t spread = random.between(1, 6'000);
  int counted = 0;
  for (int i = 0; i < 400; ++i) {
    const double idle = std::max(0.5, static_cast<double>(random.between(center - spread, center + spread)));
    policy.invoked(f, 0, idle);
    seen.push_back(idle);
    const KeepAlive expected = reference(seen, options);
    const KeepAlive decision = policy.keep_alive(f, 0);
    counted += expected.keep != 123;
    REQUIRE(decision.keep == expected.keep);
    REQUIRE(decision.prewarm_after == expected.prewarm_after);
    REQUIRE(decision.prewarm_keep == expected.prewarm_keep);
  }
  if (center + spread < 7'200)
    CHECK(counted > 0);
}

TEST_CASE("R27 options of the keep-alive policies that make no sense are refused, by name") {
  CHECK_THROWS_WITH(ws::Fixed(-1), Contains("keep_alive is -1"));
  CHECK_THROWS_WITH(ws::AdaptiveTTL({.target = 1.5}), Contains("target is 1.5"));
  CHECK_THROWS_WITH(ws::AdaptiveTTL({.step = 0}), Contains("step is 0"));
  CHECK_THROWS_WITH(ws::AdaptiveTTL({.least = -1}), Contains("least is -1"));
  CHECK_THROWS_WITH(ws::AdaptiveTTL({.initial = 10, .most = 5}), Contains("initial is 10"));
  CHECK_THROWS_WITH(ws::AdaptiveTTL({.least = 5, .most = 4}), Contains("most is 4"));
  CHECK_THROWS_WITH(ws::HybridHistogram({.bin = 0}), Contains("bin is 0"));
  CHECK_THROWS_WITH(ws::HybridHistogram({.bin = 7, .range = 100}), Contains("range is 100"));
  CHECK_THROWS_WITH(ws::HybridHistogram({.head = 0.99, .tail = 0.5}), Contains("head is 0.99"));
  CHECK_THROWS_WITH(ws::HybridHistogram({.tail = 1.01}), Contains("tail is 1.01"));
  CHECK_THROWS_WITH(ws::HybridHistogram({.margin = 1}), Contains("margin is 1"));
  CHECK_THROWS_WITH(ws::HybridHistogram({.cv_threshold = -2}), Contains("cv_threshold is -2"));
  CHECK_THROWS_WITH(ws::HybridHistogram({.out_of_bounds = 2}), Contains("out_of_bounds is 2"));
  CHECK_THROWS_AS(ws::HybridHistogram({.fallback = std::nan("")}), std::invalid_argument);
}
