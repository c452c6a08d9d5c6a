// How many containers a function has, where a policy says so.
#include "cloud.hpp"

#include "../random.hpp"

using End = ws::ContainerEnd;

namespace {

// So many, whatever happens, by date.
struct Planned final : ws::ScalingPolicy {
  std::vector<std::pair<double, std::size_t>> plan;
  std::vector<double> asked;
  explicit Planned(std::vector<std::pair<double, std::size_t>> given) : plan(std::move(given)) {}
  std::string name() const override { return "Planned"; }
  double period() const override { return 10; }
  double settles_after() const override { return 500; }
  std::size_t desired(const ws::FunctionLoad& function) override {
    asked.push_back(function.now);
    std::size_t count = 0;
    for (const auto& [from, planned] : plan)
      if (function.now >= from)
        count = planned;
    return count;
  }
};

std::vector<std::pair<double, double>> lives(const ws::Results& results) {
  std::vector<std::pair<double, double>> dates;
  for (std::size_t row = 0; row < results.containers->size(); ++row)
    dates.emplace_back(results.containers->ready[row], results.containers->ended[row]);
  return dates;
}

} // namespace

TEST_CASE("containers start and end by plan; calls wait for them") {
  const auto policy = std::make_shared<Planned>(std::vector<std::pair<double, std::size_t>>{{0, 1}, {20, 3}, {60, 1}});
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.cold_start_overhead = 0.5, .scaling = policy}));
  const auto results = cloud.run([&] {
    const auto first = cloud.invoke(f, 30); // to 33 s
    const auto second = cloud.invoke(f, 5); // there is only one container: from 20.5 s on
    const auto third = cloud.invoke(f, 5);
    const auto fourth = cloud.invoke(f, 5); // at 25.5 s
    cloud.manager.wait_all({first, second, third, fourth});
    CHECK(first.started() == at(3));
    CHECK(second.started() == at(20.5));
    CHECK(third.started() == at(20.5));
    CHECK(fourth.started() == at(25.5));
    Cloud::sleep_until(100);
  });
  const auto& table = *results.containers;
  REQUIRE(table.size() == 3);
  CHECK_THAT(table.ready, all_at({3, 20.5, 20.5}));
  // At 60 s the two that were used least recently go: used until 33 (the first), 30.5 and 25.5 s.
  CHECK(std::isnan(table.ended[0]));
  CHECK(table.ended[1] == at(60));
  CHECK(table.ended[2] == at(60));
  CHECK(table.reason[1] == static_cast<std::uint8_t>(End::ScaledDown));
}

TEST_CASE("a busy container beyond the desired number ends with its invocation") {
  const auto policy = std::make_shared<Planned>(std::vector<std::pair<double, std::size_t>>{{0, 2}, {20, 1}});
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.scaling = policy}));
  const auto results = cloud.run([&] {
    cloud.manager.wait_all({cloud.invoke(f, 50), cloud.invoke(f, 40)});
    ws::sleep(20);
  });
  CHECK(results.containers->ended[1] == at(staging + 40));
  CHECK(std::isnan(results.containers->ended[0]));
}

TEST_CASE("ticks are multiples of the period, stop when all is quiet, and go on when something happens") {
  const auto policy = std::make_shared<Planned>(std::vector<std::pair<double, std::size_t>>{{0, 1}});
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.scaling = policy}));
  cloud.run([&] {
    ws::sleep(25);
    cloud.call(f, 1); // asked at once; to 28.5 s
    ws::sleep(5'000);
    CHECK(policy->asked.front() == at(25));
    CHECK(policy->asked[1] == at(30));
    CHECK(policy->asked.back() == at(530));
    cloud.call(f, 1);
    ws::sleep(11);
    CHECK(policy->asked.back() == at(5'040));
  });
}

TEST_CASE("R38 a deadlock is told though there is an autoscaler, and a run ends though there are containers") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1, .scaling = std::make_shared<ws::KnativeAutoscaler>()});
  const auto f = cloud.sleeper("f", provider);
  SECTION("ends") {
    CHECK(cloud.run([&] { cloud.call(f, 1); }).now == at(staging + 1));
  }
  SECTION("deadlock") {
    const auto outer = cloud.add("outer",
                                 [&](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
                                   cloud.call(f, 1); // the only slot is ours
                                   return {};
                                 },
                                 {&provider});
    CHECK_THROWS_AS(cloud.run([&] { cloud.manager.wait_one(cloud.manager.invoke(outer)); }), ws::Deadlock);
  }
}

TEST_CASE("Knative: a burst waits for the autoscaler, and everything goes to zero afterwards") {
  Cloud cloud(2);
  const auto f =
      cloud.sleeper("f", cloud.provider({.concurrency = 10, .scaling = std::make_shared<ws::KnativeAutoscaler>()}, 2));
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> open;
    for (int i = 0; i < 40; ++i)
      open.push_back(cloud.invoke(f, 10));
    // One container for the first call; at 2 s the mean of 40 wants ceil(40 / 7) = 6, their image is there at 2.5 s.
    cloud.manager.wait_all(open);
    CHECK(open[0].started() == at(2.5));
    CHECK(open[39].started() == at(2.5));
    CHECK(ws::now() == at(12.5));
    Cloud::sleep_until(400);
  });
  REQUIRE(results.containers->size() == 6);
  // It panics from 2 s on, last at 12 s (40 / 7 against 6 ready ones is not twice; at 2 s it was): until after 62 s.
  // The stable mean is over zero until 72.5 s: none is desired at 74 s, and the last one goes 30 s later.
  double last = 0;
  for (const double ended : results.containers->ended)
    last = std::max(last, ended);
  CHECK(last == at(104));
  for (const auto& [ready, ended] : lives(results))
    CHECK(ended > 62);
}

TEST_CASE("R32 an autoscaler is asked about a function with a provisioned container, though nobody has called it") {
  const auto policy = std::make_shared<Planned>(std::vector<std::pair<double, std::size_t>>{{20, 2}, {60, 0}});
  Cloud cloud;
  cloud.sleeper("f", cloud.provider({.scaling = policy}), {.provisioned_concurrency = 1});
  const auto results = cloud.run([] { Cloud::sleep_until(100); });
  const auto& table = *results.containers;
  REQUIRE(table.size() == 2);
  CHECK_THAT(table.ready, all_at({staging, 20}));
  CHECK(std::isnan(table.ended[0])); // provisioned: it stays
  CHECK(table.ended[1] == at(60));
}

TEST_CASE("R21 a failed image fails the calls that wait for it, with an autoscaler too") {
  Cloud cloud;
  const auto broken = cloud.image("broken");
  const auto f = cloud.sleeper("f", cloud.provider({.scaling = std::make_shared<ws::KnativeAutoscaler>()}), {}, broken);
  cloud.registry.remove("broken");
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(f, 1);
    cloud.manager.wait_all({first, second});
    CHECK(first.state() == State::Failed);
    CHECK(second.state() == State::Failed);
    ws::sleep(300);
  });
}

TEST_CASE("R28 R37 random loads with an autoscaler: the books stay right, and all calls end") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  Cloud cloud(3);
  auto& provider = cloud.provider({.slots = static_cast<int>(random.between(1, 3)),
                                   .cold_start_overhead = random.coin() ? 0.3 : 0,
                                   .concurrency = random.coin() ? 1U : 3U,
                                   .queueing = random.coin() ? std::make_shared<ws::FairShare>() : nullptr,
                                   .scaling = std::make_shared<ws::KnativeAutoscaler>(ws::KnativeOptions{.target = 1})},
                                  3);
  std::vector<Function> functions;
  for (int i = 0; i < 4; ++i)
    functions.push_back(
        cloud.sleeper("f" + std::to_string(i), provider, {.memory = random.between(200, 2'000) * 1_MB}));
  cloud.run([&] {
    std::vector<ws::Invocation> open;
    for (int i = 0; i < 150; ++i) {
      open.push_back(cloud.invoke(functions[random.below(functions.size())], random.below(300) / 100.0));
      ws::sleep(random.below(200) / 100.0);
      if (i == 50)
        cloud.sim.host("node-1").turn_off();
      if (i == 80)
        cloud.sim.host("node-1").turn_on();
    }
    cloud.manager.wait_all(open);
    ws::sleep(400);
    for (std::uint32_t node = 0; node < 3; ++node)
      CHECK(provider.cluster().node(ws::NodeId(node)).idle_containers() == 0);
  });
  CHECK(provider.queued() == 0);
}
