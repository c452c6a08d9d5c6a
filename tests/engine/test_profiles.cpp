// Hosts and links that vary by themselves: at the exact date, in use or not, and nothing is left for the next engine.
#include "model/profile_text.hpp"
#include "world.hpp"
#include "wrench_serverless/host.hpp"

#include <random>
#include <stdexcept>

using Catch::Matchers::Contains;
using ws::model::ProfileKind;

namespace {

std::vector<std::pair<double, double>> first_points(const std::string& text, std::size_t count,
                                                    double periodicity = -1) {
  ws::model::ProfileCursor cursor(ProfileKind::HostState, ws::parse_profile(text, periodicity, "test"));
  std::mt19937_64 random(1);
  std::vector<std::pair<double, double>> points;
  while (points.size() < count) {
    const auto next = cursor.next(random);
    if (!next)
      break;
    points.emplace_back(next->date, next->value);
  }
  return points;
}

using Points = std::vector<std::pair<double, double>>;

ws::Platform varying() {
  ws::Platform platform;
  platform.add_host("a", {.state_profile = ws::ResourceProfile{{{3, 0}, {4, 1}}, 10}});
  platform.add_host("b", {.speed_profile = ws::ResourceProfile{{{0, 1}, {1, 0.5}}, 2}});
  platform.add_link("l", {.bandwidth = 1e8, .state_profile = ws::ResourceProfile{{{5, 0}}, {}}});
  platform.add_route("a", "b", {"l"});
  return platform;
}

struct Watcher final : ws::FaultWatcher {
  const ws::Runtime* runtime = nullptr;
  std::vector<double> dates;
  void host_went_off(simgrid::s4u::Host&) override { dates.push_back(runtime->now()); }
  void host_came_back(simgrid::s4u::Host&) override { dates.push_back(-runtime->now()); }
};

} // namespace

TEST_CASE("SimGrid's profiles are read as it reads them") {
  CHECK(first_points("0 1\n5 0", 9) == Points{{0, 1}, {5, 0}});
  CHECK(first_points("# c\n\n 1 0\n2 1 \nPERIODICITY 10\n", 5) == Points{{1, 0}, {2, 1}, {11, 0}, {12, 1}, {21, 0}});
  CHECK(first_points("1 0\n2 1", 3, 4) == Points{{1, 0}, {2, 1}, {5, 0}});
  CHECK(first_points("1 0\n2 1\nLOOPAFTER 3", 3) == Points{{1, 0}, {2, 1}, {6, 0}});
  CHECK(first_points("STOCHASTIC LOOP\nDET 1 DET 0\nDET 2 DET 1\nLOOPAFTER 3", 4) ==
        Points{{1, 0}, {3, 1}, {7, 0}, {9, 1}});
  CHECK(first_points("", 1).empty());
  const Points drawn = first_points("STOCHASTIC LOOP\nEXP 10 UNIF 2 3\nNORM 0.5 5 DET 1\n", 2000);
  for (std::size_t i = 1; i < drawn.size(); ++i)
    REQUIRE(drawn[i].first >= drawn[i - 1].first); // also where a normal law says less than 0
  CHECK_THROWS_WITH(ws::parse_profile("STOCHASTIC\n1 1", 5, "p"), Contains("no period"));
  CHECK_THROWS_WITH(ws::parse_profile("0 1\nx 0", -1, "p"), Contains("p, line 2") && Contains("'x' is no number"));
}

TEST_CASE("R37 what is not in use changes at its date too, in every simulation of the process") {
  for (int round = 0; round < 3; ++round) {
    World world(varying());
    Watcher watcher;
    watcher.runtime = world.runtime.get();
    world.runtime->faults().watch(watcher);
    double end = 0;
    world.start("b", [&] {
      world.sleep(20); // nothing else goes on
      CHECK_FALSE(ws::Link(world.runtime, "l").is_on());
      world.compute(1.5e9); // full and half speed in turn, from an even date on
      end = world.now();
    });
    world.run();
    CHECK_THAT(watcher.dates, times({3, -4, 13, -14}));
    CHECK(end == seconds(22));
  }
}

TEST_CASE("R38 profiles keep nothing alive, and nobody waiting for ever") {
  World world(varying());
  world.start("a", [&] { world.sleep(1); });
  CHECK(world.run() == 1);

  World stuck(varying());
  stuck.start("b", [&] {
    ws::Runtime& here = ws::Runtime::of_caller();
    here.fibres().block({"Godot"}, [](const ws::Continuation&) { return ws::Canceller{}; });
  });
  CHECK_THROWS_WITH(stuck.run(), Contains("waits for Godot"));
}

TEST_CASE("R38 whoever waits for a profile is told in the end, however much of no interest happens before") {
  World world(varying());
  struct Patient final : ws::FaultWatcher {
    int left = 1'000; // outages of a, one every 10 s
    ws::Continuation done;
    void host_went_off(simgrid::s4u::Host&) override {
      if (--left == 0)
        done(nullptr);
    }
    void host_came_back(simgrid::s4u::Host&) override {}
  } patient;
  world.runtime->faults().watch(patient);
  double end = 0;
  world.start("b", [&] {
    ws::Runtime::of_caller().fibres().block({"a thousand outages"}, [&](const ws::Continuation& done) {
      patient.done = done;
      return ws::Canceller{};
    });
    end = world.now();
  });
  world.run();
  CHECK(end == 9'993);
}

TEST_CASE("profiles in a platform that can't be") {
  ws::Platform platform;
  const auto with = [&](const ws::ResourceProfile& profile) { platform.add_host("a", {.state_profile = profile}); };
  CHECK_THROWS_AS(with({}), std::invalid_argument);
  CHECK_THROWS_WITH(with({{{1, 2}}, {}}), Contains("state_profile of host 'a'") && Contains("1 (on) or 0 (off)"));
  CHECK_THROWS_WITH(with({{{2, 0}, {1, 1}}, {}}), Contains("ascend"));
  CHECK_THROWS_WITH(with({{{2, 0}}, 1}), Contains("period is 1"));
  CHECK(platform.hosts().empty());
}
