// R34: one core that several computations share, against plain processor sharing computed step by step.
#include "engine/shared_core.hpp"

#include "../random.hpp"
#include "world.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace {

constexpr double never = std::numeric_limits<double>::infinity();

struct Work {
  double start = 0;
  double flops = 0;
  double cancelled = never;
};

ws::Platform two_cores() {
  ws::Platform platform;
  platform.add_host("a", {.cores = 2, .speed = 1e9, .ram = 1_GB});
  return platform;
}

// Computations on one shared core of host a; when each ended, -1: it never did.
struct Shared : World {
  struct One {
    double ended = -1;
    bool failed = false;
    ws::Canceller cancel;
    void call(std::uint64_t, const ws::Outcome& failure) {
      ended = ws::Runtime::live()->now();
      failed = failure != nullptr;
    }
  };
  std::deque<One> all;
  std::map<double, ws::SharedCore> cores; // by the most that they get

  Shared() : World(two_cores()) {}
  void add(const Work& work, double most = ws::Cpus::no_limit) {
    One& one = all.emplace_back();
    const auto core = cores.try_emplace(most, *runtime, host("a"), most).first;
    after(work.start, [&one, core, flops = work.flops] {
      one.cancel = core->second.compute(flops, ws::Continuation::of<&One::call>(&one, 0));
    });
    if (work.cancelled < never)
      after(work.cancelled, [&one] { one.cancel(); }); // it may have ended: then nothing happens
  }
  std::vector<double> ends() const {
    std::vector<double> dates;
    for (const One& one : all)
      dates.push_back(one.ended);
    return dates;
  }
};

// Each of n has 1/n of the rate, from one date at which something happens to the next.
std::vector<double> processor_sharing(const std::vector<Work>& work, double rate) {
  std::vector<double> left;
  std::vector<double> ends(work.size(), -1);
  for (const Work& one : work)
    left.push_back(one.flops);
  const auto runs = [&](std::size_t i, double now) {
    return work[i].start <= now && now < work[i].cancelled && ends[i] < 0;
  };
  for (double now = 0; now < never;) {
    double running = 0;
    for (std::size_t i = 0; i < work.size(); ++i)
      running += runs(i, now);
    double next = never;
    for (std::size_t i = 0; i < work.size(); ++i) {
      for (const double date : {work[i].start, work[i].cancelled})
        if (date > now)
          next = std::min(next, date);
      if (runs(i, now))
        next = std::min(next, now + left[i] * running / rate);
    }
    for (std::size_t i = 0; i < work.size(); ++i)
      if (runs(i, now)) {
        left[i] -= (next - now) * rate / running;
        if (left[i] < 1e-3)
          ends[i] = next;
      }
    now = next;
  }
  return ends;
}

} // namespace

TEST_CASE("R34 a shared core is processor sharing, whatever comes, ends and is cancelled when") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  Random random(seed);
  const double most = random.coin() ? ws::Cpus::no_limit : 1e8 * static_cast<double>(random.between(1, 12));
  Shared shared;
  std::vector<Work> work;
  for (int i = 0; i < 25; ++i) {
    Work one{static_cast<double>(random.below(80)) / 8, 1e8 * static_cast<double>(random.between(1, 30)), never};
    if (random.below(4) == 0)
      one.cancelled = one.start + static_cast<double>(random.between(1, 41)) / 32 + 0.00137; // never when it ends
    work.push_back(one);
    shared.add(one, most);
  }
  shared.start("a", [&] { shared.sleep(2'000); });
  shared.run();
  const std::vector<double> expected = processor_sharing(work, std::min(most, 1e9));
  CHECK_THAT(shared.ends(), times(expected));
  CHECK(std::count(expected.begin(), expected.end(), -1.0) > 0); // some were cancelled in time
}

TEST_CASE_METHOD(Shared, "R34 to its host a shared core is one computation") {
  add({.start = 0, .flops = 1e9}, 1e9); // two in this one,
  add({.start = 0, .flops = 1e9}, 1e9);
  add({.start = 0, .flops = 2e9}, 2e9); // one in that, and one in a third: three for two cores
  add({.start = 0, .flops = 2e9}, 3e9);
  start("a", [this] { sleep(10); });
  run();
  CHECK_THAT(ends(), times({3, 3, 3, 3})); // each core has 2/3 of one for 2 Gf
}

TEST_CASE_METHOD(Shared, "R34 R37 all that share a core fail when the host goes off") {
  for (int i = 0; i < 3; ++i)
    add({.start = 0.5 * i, .flops = 1e9});
  after(1.25, [this] { runtime->faults().turn(host("a"), false); });
  runtime->hold_open();
  after(5, [this] { runtime->let_go(); });
  run();
  CHECK_THAT(ends(), times({1.25, 1.25, 1.25}));
  CHECK(std::all_of(all.begin(), all.end(), [](const One& one) { return one.failed; }));
}
