// The measure of slots in use: against sums over the same intervals, whatever the bins are.
#include "model/slot_meter.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace ws = wrench_serverless;
using ws::model::SlotMeter;

namespace {

double total(const std::vector<double>& bins) { return std::accumulate(bins.begin(), bins.end(), 0.0); }

double share(Random& random) { return random.below(1'000'001) / 1e6; }

struct Interval {
  double begin, end;
};

// How long they last between two dates, all together.
double time_in(const std::vector<Interval>& intervals, double from, double to) {
  double sum = 0;
  for (const Interval& interval : intervals)
    sum += std::max(0.0, std::min(interval.end, to) - std::max(interval.begin, from));
  return sum;
}

} // namespace

TEST_CASE("the measured time is that from the first call to the last end") {
  double now = 0;
  SlotMeter meter(now);
  meter.hold(1); // provisioned, say
  CHECK(std::isnan(meter.use(false).begin));
  CHECK(std::isnan(meter.use(false).utilisation(1).held));
  now = 10;
  meter.called();
  now = 12;
  meter.hold(-1);
  now = 14;
  meter.hold(1);
  meter.run_body(1);
  now = 17;
  meter.run_body(-1);
  now = 18;
  meter.hold(-1);
  meter.ended();
  now = 20;
  meter.hold(1); // for nobody: it is not measured
  now = 5000;
  const ws::SlotUse use = meter.use(false);
  CHECK(use.begin == 10);
  CHECK(use.end == 18);
  CHECK(total(use.held) == Approx(2 + 4));
  CHECK(total(use.body) == Approx(3));
  CHECK(use.utilisation(2).held == Approx(6.0 / 16));
  CHECK(use.utilisation(2).body == Approx(3.0 / 16));
  CHECK(std::isnan(use.utilisation(0).held));
  now = 5010;
  meter.called(); // more comes: what was between is measured after all
  const ws::SlotUse more = meter.use(true);
  CHECK(more.end == 5010);
  CHECK(total(more.held) == Approx(2 + 4 + 4990));
}

TEST_CASE("a call that is refused at once takes no time: there is no utilisation") {
  double now = 3;
  SlotMeter meter(now);
  meter.called();
  meter.ended();
  const ws::SlotUse use = meter.use(false);
  CHECK(use.begin == use.end);
  CHECK(std::isnan(use.utilisation(4).held));
}

TEST_CASE("bins hold what was in use between their dates, however often they were merged") {
  for (const double scale : {1e-3, 1.0, 1e4}) {
    Random random(7);
    double now = 1e5;
    SlotMeter meter(now);
    meter.called();
    std::vector<Interval> held, body;
    for (int turn = 0; turn < 3000; ++turn) {
      now += scale * share(random) * (turn % 500 == 0 ? 300 : 1);
      const double begin = now;
      meter.hold(1);
      now += scale * share(random);
      const double started = now;
      meter.run_body(1);
      now += scale * share(random);
      body.push_back({started, now});
      meter.run_body(-1);
      meter.hold(-1);
      held.push_back({begin, now});
      meter.ended();
    }
    const double last = now;
    now += scale * 1e3;
    const ws::SlotUse use = meter.use(false);
    CHECK(use.end == last);
    REQUIRE(use.held.size() == use.body.size());
    REQUIRE(use.held.size() <= SlotMeter::most_bins);
    CHECK(use.held.size() > SlotMeter::most_bins / 4);
    for (std::size_t bin = 0; bin < use.held.size(); ++bin) {
      const double from = use.begin + use.width * static_cast<double>(bin);
      const double to = std::min(from + use.width, use.end);
      REQUIRE(use.held[bin] == Approx(time_in(held, from, to)).margin(1e-9 * scale));
      REQUIRE(use.body[bin] == Approx(time_in(body, from, to)).margin(1e-9 * scale));
    }
    CHECK(total(use.held) == Approx(time_in(held, use.begin, use.end)));
  }
}

TEST_CASE("dates beyond which a bin makes no difference end no run") {
  double now = 1e18;
  SlotMeter meter(now);
  meter.called();
  meter.hold(1);
  now = 3e18;
  meter.hold(-1);
  meter.ended();
  CHECK(meter.use(false).utilisation(1).held == Approx(1));
}
