// Computations: on cores of their own, on shared ones, and the way from one to the other; and as SimGrid has them.
#include "../random.hpp"
#include "world.hpp"

#include <algorithm>
#include <deque>

namespace {

ws::Platform two_cores() {
  ws::Platform platform;
  platform.add_host("a", {.cores = 2, .speed = 1e9, .ram = 1_GB});
  return platform;
}

// Computations on host a, started without any fibre; when each ended.
struct Cores : World {
  struct One {
    double ended = -1;
    bool failed = false;
    ws::Canceller cancel;
    void done(std::uint64_t, const ws::Outcome& failure) {
      ended = ws::Runtime::live()->now();
      failed = failure != nullptr;
    }
    void call(std::uint64_t tag, ws::Outcome failure) { done(tag, failure); }
  };
  std::deque<One> all;

  Cores() : World(two_cores()) {}
  void compute_at(double date, double flops, double most = ws::Cpus::no_limit) {
    One& one = all.emplace_back();
    after(date, [this, &one, flops, most] {
      one.cancel = runtime->cpus().compute(host("a"), flops, ws::Continuation::of<&One::call>(&one, 0), most);
    });
  }
  std::vector<double> ends() const {
    std::vector<double> dates;
    for (const One& one : all)
      dates.push_back(one.ended);
    return dates;
  }
  void run_for(double time) {
    start("a", [this, time] { sleep(time); });
    run();
  }
};

// What SimGrid makes of it too: each computation has min(1 core, 2 cores / n).
std::vector<double> shared(const std::vector<std::pair<double, double>>& work) {
  std::vector<double> left, ends(work.size(), -1);
  for (const auto& [start, flops] : work)
    left.push_back(flops);
  double now = 0;
  for (;;) {
    std::size_t running = 0;
    double next = 1e18;
    for (std::size_t i = 0; i < work.size(); ++i)
      running += work[i].first <= now && left[i] > 0;
    const double rate = running > 0 ? 1e9 * std::min(1.0, 2.0 / static_cast<double>(running)) : 0;
    for (std::size_t i = 0; i < work.size(); ++i)
      if (work[i].first > now)
        next = std::min(next, work[i].first - now);
      else if (left[i] > 0)
        next = std::min(next, left[i] / rate);
    if (next == 1e18)
      return ends;
    for (std::size_t i = 0; i < work.size(); ++i) {
      if (work[i].first > now || left[i] <= 0)
        continue;
      left[i] -= rate * next;
      if (left[i] > 1e-3)
        continue;
      left[i] = 0;
      ends[i] = now + next;
    }
    now += next;
  }
}

} // namespace

TEST_CASE_METHOD(Cores, "R1 who has a core alone ends at an exact date, and SimGrid has nothing to do") {
  compute_at(0.1, 0.3e9);
  compute_at(0.1, 0.7e9);
  start("a", [this] {
    sleep(0.2);
    CHECK_FALSE(runtime->activities().any());
    sleep(1);
  });
  run();
  CHECK(ends() == std::vector{0.1 + 0.3e9 / 1e9, 0.1 + 0.7e9 / 1e9}); // to the last bit
}

TEST_CASE_METHOD(Cores, "R1 one more than there are cores: all share") {
  compute_at(0, 1e9);
  compute_at(0, 2e9);
  compute_at(0.5, 1e9); // three of 2/3 core each
  run_for(10);
  // At 0.5 the first has 0.5e9 left: until 1.25. Then two have a core each: 1e9 and 0.5e9 are left of them.
  CHECK_THAT(ends(), times({1.25, 2.25, 1.75}));
}

TEST_CASE_METHOD(Cores, "R1 what is cancelled gives its core to the others") {
  compute_at(0, 2e9);
  compute_at(0, 2e9);
  compute_at(0, 2e9);
  after(1.5, [this] { all[0].cancel(); });
  run_for(10);
  CHECK_THAT(ends(), times({-1, 2.5, 2.5}));
}

TEST_CASE_METHOD(Cores, "R1 a limit holds whether cores are shared or not") {
  compute_at(0, 1e9, 0.5e9);
  compute_at(0, 1e9);
  compute_at(1.5, 1e9);
  compute_at(1.5, 0.5e9); // three for two cores: one of them takes half a core at most, two have 0.75
  run_for(10);
  CHECK(all[0].ended == seconds(2));
  CHECK(all[1].ended == seconds(1));
  CHECK(all[3].ended == seconds(1.5 + 0.5 / 0.75 > 2 ? 2 + (0.5 - 0.5 * 0.75) / 1 : 1.5 + 0.5 / 0.75));
}

TEST_CASE_METHOD(Cores, "R37 computations of a host that goes off fail, and none can start there") {
  compute_at(0, 5e9);
  compute_at(0, 5e9);
  after(1, [this] { runtime->faults().turn(host("a"), false); });
  compute_at(2, 1e9);
  after(3, [this] { runtime->faults().turn(host("a"), true); });
  compute_at(3, 1e9);
  runtime->hold_open();
  after(10, [this] { runtime->let_go(); });
  run();
  CHECK_THAT(ends(), times({1, 1, 2, 4}));
  for (std::size_t index = 0; index < 3; ++index)
    CHECK(all[index].failed);
  CHECK_FALSE(all[3].failed);
}

TEST_CASE("R1 computations at random dates end when plain arithmetic says so") {
  const auto seed = GENERATE(range(0U, 50U));
  CAPTURE(seed);
  Random random(seed);
  Cores cores;
  std::vector<std::pair<double, double>> work;
  for (int i = 0; i < 12; ++i) {
    work.emplace_back(static_cast<double>(random.below(40)) / 10, 1e8 * static_cast<double>(1 + random.below(20)));
    cores.compute_at(work.back().first, work.back().second);
  }
  cores.run_for(100);
  CHECK_THAT(cores.ends(), times(shared(work)));
}

TEST_CASE("R1 shared cores: SimGrid, with limits and cancellations at random dates, says the same") {
  const auto seed = GENERATE(range(0U, 100U));
  CAPTURE(seed);
  std::vector<std::vector<double>> ends;
  for (const bool by_simgrid : {false, true}) {
    Random random(seed);
    Cores cores;
    if (by_simgrid)
      cores.runtime->cpus().leave_to_simgrid();
    bool simgrid = false;
    for (std::size_t i = 0; i < 25; ++i) {
      const double date = static_cast<double>(random.below(400)) / 100;
      const double most = random.below(3) > 0 ? ws::Cpus::no_limit : 1e8 * static_cast<double>(1 + random.below(12));
      cores.compute_at(date, 1e7 * static_cast<double>(1 + random.below(200)), most);
      if (random.below(5) == 0)
        cores.after(date + static_cast<double>(1 + random.below(300)) / 97, [&cores, i] { cores.all[i].cancel(); });
      cores.after(date, [&] { simgrid = simgrid || cores.runtime->activities().any(); });
    }
    cores.run_for(100);
    CHECK(simgrid == by_simgrid);
    ends.push_back(cores.ends());
  }
  CHECK_THAT(ends[0], times(ends[1]));
}

TEST_CASE_METHOD(Cores, "R1 who shared goes on with a core of its own, beside new ones") {
  compute_at(0, 1e9);
  compute_at(0, 1e9);
  compute_at(0, 4e9);   // at 1.5 s two have ended, and it has 3e9 left
  compute_at(2, 0.5e9); // a core of its own
  compute_at(2.2, 1e9); // all share from here: 2.3e9, 0.3e9 and 1e9 are left
  run_for(10);
  // 2.2 + 0.45: 2e9 and 0.7e9 are left, for a core each.
  CHECK_THAT(ends(), times({1.5, 1.5, 4.65, 2.65, 3.35}));
}

TEST_CASE_METHOD(Cores, "R37 computations that share fail with their host, and those after it have it to themselves") {
  for (int i = 0; i < 5; ++i)
    compute_at(0, 5e9);
  after(1, [this] { all[4].cancel(); });
  after(2, [this] { runtime->faults().turn(host("a"), false); });
  after(3, [this] { runtime->faults().turn(host("a"), true); });
  compute_at(3, 1e9);
  runtime->hold_open();
  after(10, [this] { runtime->let_go(); });
  run();
  CHECK_THAT(ends(), times({2, 2, 2, 2, -1, 4}));
  for (std::size_t index = 0; index < 4; ++index)
    CHECK(all[index].failed);
  CHECK_FALSE(all[5].failed);
}

TEST_CASE_METHOD(Cores, "computations without end that take no time leave the loop its turn") {
  struct Chain {
    Cores& cores;
    std::size_t started = 0;
    void next(std::uint64_t, const ws::Outcome&) {
      if (++started < 20'000)
        cores.runtime->cpus().compute(cores.host("a"), 1e-9, ws::Continuation::of<&Chain::call>(this, 0));
    }
    void call(std::uint64_t tag, ws::Outcome failure) { next(tag, failure); }
  } chain{*this};
  for (int i = 0; i < 3; ++i)
    compute_at(0, 5e9); // more than there are cores, so that they share
  after(1, [&chain] { chain.next(0, nullptr); });
  start("a", [this] { sleep(5); });
  std::size_t ticks = 0;
  runtime->begin_run();
  while (runtime->advance(5) == ws::Advance::Tick)
    ++ticks;
  runtime->end_run();
  CHECK(chain.started == 20'000);
  CHECK(ticks >= 1); // of 4096 events
}
