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

// A meter and its clock.
struct Measured {
  double now = 0;
  SlotMeter meter{now};
  SlotMeter& at(double date) {
    now = date;
    return meter;
  }
};

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
  Measured slots;
  slots.at(0).hold(1); // provisioned, say
  CHECK(std::isnan(slots.meter.use(false).begin));
  CHECK(std::isnan(slots.meter.use(false).utilisation(1).held));
  slots.at(10).called();
  slots.at(12).hold(-1);
  slots.at(14).hold(1);
  slots.meter.run_body(1);
  slots.at(17).run_body(-1);
  slots.at(18).hold(-1);
  slots.meter.ended();
  slots.at(20).hold(1); // for nobody: it is not measured
  const ws::SlotUse use = slots.at(5000).use(false);
  CHECK(use.begin == 10);
  CHECK(use.end == 18);
  CHECK(total(use.held) == Approx(2 + 4));
  CHECK(total(use.body) == Approx(3));
  CHECK(use.utilisation(2).held == Approx(6.0 / 16));
  CHECK(use.utilisation(2).body == Approx(3.0 / 16));
  CHECK(std::isnan(use.utilisation(0).held));
  slots.at(5005).called(); // more comes: what was between is measured after all
  const ws::SlotUse more = slots.at(5010).use(true);
  CHECK(more.end == 5010);
  CHECK(total(more.held) == Approx(2 + 4 + 4990));
}

TEST_CASE("a call that is refused at once takes no time: there is no utilisation") {
  Measured slots;
  slots.at(3).called();
  slots.meter.ended();
  const ws::SlotUse use = slots.meter.use(false);
  CHECK(use.begin == use.end);
  CHECK(std::isnan(use.utilisation(4).held));
}

TEST_CASE("bins hold what was in use between their dates, however often they were merged") {
  for (const double scale : {1e-3, 1.0, 1e4}) {
    Random random(7);
    Measured slots;
    slots.at(1e5).called();
    const auto later = [&](double most) -> SlotMeter& { return slots.at(slots.now + scale * most * share(random)); };
    std::vector<Interval> held;
    std::vector<Interval> body;
    for (int turn = 0; turn < 3000; ++turn) {
      later(turn % 500 == 0 ? 300 : 1).hold(1);
      const double begin = slots.now;
      later(1).run_body(1);
      const double started = slots.now;
      later(1).run_body(-1);
      slots.meter.hold(-1);
      slots.meter.ended();
      body.push_back({started, slots.now});
      held.push_back({begin, slots.now});
    }
    const double last = slots.now;
    const ws::SlotUse use = slots.at(last + scale * 1e3).use(false);
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

TEST_CASE("the last end is kept when its bin is merged with the one before it") {
  Measured slots;
  slots.at(0).called();
  slots.meter.hold(1);
  const double end = 3.5 / 1024; // in the fourth bin of 1/1024 s
  slots.at(end).hold(-1);
  slots.meter.ended();
  slots.at(end).hold(0);
  for (const double later : {1.5, 100.0, 1e6}) {
    const ws::SlotUse use = slots.at(later).use(false);
    CHECK(use.end == end);
    CHECK(total(use.held) == Approx(end));
    slots.meter.hold(0); // closes bins
    CHECK(total(slots.meter.use(false).held) == Approx(end));
  }
}

TEST_CASE("dates beyond which a bin makes no difference end no run") {
  Measured slots;
  slots.at(1e18).called();
  slots.meter.hold(1);
  slots.at(3e18).hold(-1);
  slots.meter.ended();
  CHECK(slots.meter.use(false).utilisation(1).held == Approx(1));
}
