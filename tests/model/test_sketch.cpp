// Sketches of distributions: known error, merging, little memory.
#include "wrench_serverless/sketch.hpp"

#include "wrench_serverless/statistics.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ws = wrench_serverless;

namespace {

std::vector<double> some_values(std::uint32_t seed, std::size_t count) {
  Random random(seed);
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) // over twelve orders of magnitude, and zeros
    values.push_back(random.below(20) == 0 ? 0 : std::pow(10.0, static_cast<double>(random.below(1'200)) / 100 - 6));
  return values;
}

// Between the closest ranks, as NumPy does by default.
double exact(std::vector<double> values, double percent) {
  std::sort(values.begin(), values.end());
  const double position = percent / 100 * static_cast<double>(values.size() - 1);
  const double below = values[static_cast<std::size_t>(std::floor(position))];
  const double above = values[static_cast<std::size_t>(std::ceil(position))];
  return below + (above - below) * (position - std::floor(position));
}

} // namespace

TEST_CASE("a sketch knows each percentile to within its error") {
  const auto seed = GENERATE(range(0U, 20U));
  const auto values = some_values(seed, 5'000);
  ws::Sketch sketch;
  for (const double value : values)
    sketch.add(value);
  CHECK(sketch.count() == values.size());
  CHECK(sketch.max() == *std::max_element(values.begin(), values.end()));
  for (const double percent : {0.0, 1.0, 5.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    CAPTURE(percent);
    const double truth = exact(values, percent);
    CHECK(std::abs(sketch.percentile(percent) - truth) <= truth * ws::Sketch::relative_error + 1e-9);
  }
  CHECK(sketch.memory() <=
        std::size_t{2} * 128 * 8 * 41); // 10^12 is 40 doublings; a vector may have room for twice as many
}

TEST_CASE("merged sketches are the sketch of all values") {
  ws::Sketch all, first, second;
  for (const double value : some_values(1, 1'000)) {
    all.add(value);
    first.add(value);
  }
  for (const double value : some_values(2, 3'000)) {
    all.add(value);
    second.add(value);
  }
  second.merge(first);
  CHECK(second.count() == all.count());
  CHECK(second.sum() == Approx(all.sum()));
  for (const double percent : {0.0, 10.0, 50.0, 99.0, 100.0})
    CHECK(second.percentile(percent) == all.percentile(percent));
}

TEST_CASE("an empty sketch has no figures") {
  const ws::Sketch sketch;
  CHECK(sketch.count() == 0);
  CHECK(std::isnan(sketch.mean()));
  CHECK(std::isnan(sketch.max()));
  CHECK(std::isnan(sketch.percentile(50)));
}

TEST_CASE("statistics count states, and measure those that ran") {
  ws::InvocationRecord record;
  record.state = ws::InvocationState::Completed;
  record.cold = true;
  record.requested = 1;
  record.admitted = 1.5;
  record.assigned = 2;
  record.started = 4;
  record.ended = 9;
  record.memory = 2e9;
  record.billed_seconds = 5;
  ws::Statistics statistics;
  statistics.add(record, "", 0.25);
  ws::InvocationRecord refused;
  refused.state = ws::InvocationState::Refused;
  ws::Statistics more;
  more.add(refused, "InvocationRefused", 0);
  more.add(refused, "HostFailure", 0);
  statistics.add(refused, "HostFailure", 0);
  record.ended = ws::never; // still running
  record.state = ws::InvocationState::Running;
  more.add(record, "", 0);
  record.started = ws::never; // its container has not got ready yet
  record.billed_seconds = 0;
  more.add(record, "", 0);
  statistics.merge(more);
  CHECK(statistics.count() == 6);
  CHECK(statistics.by_state[static_cast<std::size_t>(ws::InvocationState::Refused)] == 3);
  CHECK(statistics.assigned == 3);
  CHECK(statistics.cold == 3);
  CHECK(statistics.failures == std::map<std::string, std::uint64_t>{{"HostFailure", 2}, {"InvocationRefused", 1}});
  CHECK(statistics.cost == 0.25);
  CHECK(statistics.byte_seconds == 2 * 2e9 * 5);
  CHECK(statistics.latency.count() == 1);
  CHECK(statistics.latency.max() == 8);
  CHECK(statistics.waiting.count() == 2);
  CHECK(statistics.queueing.max() == 0.5);
  CHECK(statistics.starting.max() == 2);
  CHECK(statistics.running.max() == 5);
}
