// Containers that are started in advance, and keep-alive times that change (R27).
#include "cloud.hpp"

#include "../random.hpp"

using Catch::Matchers::Contains;
using End = ws::ContainerEnd;

namespace {

// Answers what it was given, one after the other, and the last one again and again.
struct Scripted final : ws::KeepAlivePolicy {
  std::vector<ws::KeepAlive> answers;
  std::size_t asked = 0;
  std::vector<double> idle_times;

  explicit Scripted(std::vector<ws::KeepAlive> given) : answers(std::move(given)) {}
  std::string name() const override { return "Scripted"; }
  ws::KeepAlive keep_alive(ws::FunctionId, double) override { return answers[std::min(asked++, answers.size() - 1)]; }
  void invoked(ws::FunctionId, double, double idle) override { idle_times.push_back(idle); }
};

struct Scene {
  std::shared_ptr<Scripted> policy;
  Cloud cloud;
  ws::ServerlessComputeService& provider;
  Function f;

  explicit Scene(std::vector<ws::KeepAlive> answers, int slots = 4)
      : policy(std::make_shared<Scripted>(std::move(answers))),
        provider(cloud.provider({.slots = slots, .cold_start_overhead = 0.25, .keep_alive_policy = policy})),
        f(cloud.sleeper("f", provider)) {}
  std::size_t idle() const { return provider.cluster().node(ws::NodeId(0U)).idle_containers(); }
};

constexpr double first_end = staging + 0.25 + 1; // of a call of 1 s: 3.75

} // namespace

TEST_CASE("R27 a container is started in advance, is idle when ready, and goes when its time is over") {
  Scene s({ws::KeepAlive{0, 100, 50}});
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    CHECK(s.idle() == 0);
    Cloud::sleep_until(first_end + 100.1);
    CHECK(s.idle() == 0);
    CHECK(s.provider.cluster().node(ws::NodeId(0U)).used_slots() == 1); // while it starts
    Cloud::sleep_until(first_end + 100.3);
    CHECK(s.idle() == 1);
    CHECK(s.provider.cluster().node(ws::NodeId(0U)).used_slots() == 0);
    ws::sleep(100);
    CHECK(s.idle() == 0);
  });
  const auto& table = *results.containers;
  REQUIRE(table.size() == 2);
  CHECK_THAT(table.claimed, all_at({1, first_end + 100}));
  CHECK_THAT(table.ready, all_at({staging + 0.25, first_end + 100.25}));
  CHECK_THAT(table.ended, all_at({first_end, first_end + 150.25}));
  CHECK(table.invocations == std::vector<std::uint32_t>{1, 0});
  CHECK(table.reason == std::vector(2, static_cast<std::uint8_t>(End::Expired)));
}

TEST_CASE("R27 an invocation after the start in advance is warm, and makes a new decision") {
  Scene s({ws::KeepAlive{0, 100, 50}});
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    Cloud::sleep_until(110);
    const auto second = s.cloud.call(s.f, 1);
    CHECK_FALSE(second.cold());
    CHECK(second.started() == at(110));
    ws::sleep(300);
  });
  CHECK_THAT(results.containers->claimed, all_at({1, first_end + 100, 211}));
  CHECK_THAT(s.policy->idle_times, Catch::Matchers::Predicate<std::vector<double>>([](const auto& times) {
               return times.size() == 2 && std::isnan(times[0]) && std::abs(times[1] - (110 - first_end)) < 1e-6;
             }));
}

TEST_CASE("R27 an invocation during the start in advance waits for the rest of it") {
  Scene s({ws::KeepAlive{0, 100, 50}});
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    Cloud::sleep_until(first_end + 100.1);
    const auto second = s.cloud.call(s.f, 1);
    CHECK(second.cold());
    CHECK(second.assigned() == at(first_end + 100.1));
    CHECK(second.started() == at(first_end + 100.25));
  });
  CHECK(results.containers->size() == 2);
  CHECK(results.containers->ready[1] == at(first_end + 100.25));
}

TEST_CASE("R27 an invocation before the start in advance revokes it") {
  Scene s({ws::KeepAlive{0, 100, 50}});
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    Cloud::sleep_until(60);
    CHECK(s.cloud.call(s.f, 70).cold()); // longer than until the date that was planned
    ws::sleep(10);
  });
  CHECK_THAT(results.containers->claimed, all_at({1, 60}));
}

TEST_CASE("R27 the start in advance comes at the date that was planned last, whether later or sooner") {
  Scene s({{0, 100, 5}, {0, 300, 5}, {0, 20, 5}});
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    Cloud::sleep_until(50);
    s.cloud.call(s.f, 1); // to 51.25: at 351.25
    Cloud::sleep_until(90);
    s.cloud.call(s.f, 1); // to 91.25: at 111.25
    ws::sleep(1'000);
  });
  CHECK_THAT(results.containers->claimed, all_at({1, 50, 90, 111.25}));
}

TEST_CASE("R27 no container is started in advance where one is idle, or where no node has room") {
  SECTION("one is idle") {
    Scene s({ws::KeepAlive{500, 100, 50}});
    const auto results = s.cloud.run([&] {
      s.cloud.call(s.f, 1);
      ws::sleep(200);
      CHECK(s.idle() == 1);
    });
    CHECK(results.containers->size() == 1);
  }
  SECTION("no slot") {
    Scene s({ws::KeepAlive{0, 100, 50}}, 1);
    const auto g = s.cloud.sleeper("g", s.provider);
    const auto results = s.cloud.run([&] {
      s.cloud.call(s.f, 1);
      s.cloud.call(g, 150);
      CHECK(s.cloud.call(s.f, 1).cold());
    });
    CHECK(results.containers->size() == 3);
  }
}

TEST_CASE("R27 an invocation takes over a claim that was made in advance, while its image is on the way") {
  Scene s({ws::KeepAlive{0, 100, 50}});
  const auto hog = s.cloud.sleeper("hog", s.provider, {.memory = 4_GB}, s.cloud.image("hog", 1_MB, 0));
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    s.cloud.call(hog, 1); // the footprint of f goes: 0.5 s to read it again
    Cloud::sleep_until(first_end + 100.2);
    const auto second = s.cloud.invoke(s.f, 1);
    const auto third = s.cloud.invoke(s.f, 1); // needs a claim of its own
    s.cloud.manager.wait_all({second, third});
    CHECK(second.assigned() == at(first_end + 100.5));
    CHECK(third.assigned() == at(first_end + 100.5));
  });
  CHECK(results.containers->claimed.size() == 4);
  CHECK(results.containers->claimed[2] == at(first_end + 100));
  CHECK(results.containers->claimed[3] == at(first_end + 100.2));
}

TEST_CASE("R27 R37 a node that goes off takes along what was started there in advance") {
  Scene s({ws::KeepAlive{0, 100, 50}});
  const double off = GENERATE(100.1, 100.3); // while it starts, and while it is idle
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1);
    Cloud::sleep_until(first_end + off);
    s.cloud.sim.host("node-0").turn_off();
    ws::sleep(1);
    s.cloud.sim.host("node-0").turn_on();
    CHECK(s.cloud.call(s.f, 1).cold());
  });
  CHECK(results.containers->size() == 3);
  CHECK(results.containers->reason[1] == static_cast<std::uint8_t>(End::Failed));
  CHECK(results.containers->ended[1] == at(first_end + off));
}

TEST_CASE("R27 a container is kept for as long as the last answer says, also if that is less than before") {
  Scene s({100, 10, ws::KeepAlive::never});
  SECTION("less") {
    const auto results = s.cloud.run([&] {
      s.cloud.call(s.f, 1);
      CHECK_FALSE(s.cloud.call(s.f, 1).cold());
      ws::sleep(500);
    });
    CHECK_THAT(results.containers->ended, all_at({first_end + 1 + 10}));
  }
  SECTION("for ever: nothing is left to happen, and a deadlock is told as one (R38)") {
    s.cloud.main([&] {
      for (int i = 0; i < 3; ++i)
        s.cloud.call(s.f, 1);
      const auto too_big = s.cloud.sleeper("big", s.provider, {.memory = 3'900_MB}, s.cloud.image("none", 0, 0));
      s.cloud.add("waits", [&](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput { return {}; },
                  {&s.provider});
      const auto holder = s.cloud.add("holder",
                                      [&](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
                                        s.cloud.call(too_big, 1); // there is no room for it while this one runs
                                        return {};
                                      },
                                      {&s.provider}, {.memory = 1_GB});
      s.cloud.call(holder, 1);
    });
    CHECK_THROWS_AS(s.cloud.sim.run(), ws::Deadlock);
  }
}

TEST_CASE("R27 an answer that is none names the policy, the function and what was wrong with it") {
  Scene s({ws::KeepAlive{1, -5, 2}});
  CHECK_THROWS_WITH(s.cloud.run([&] { s.cloud.call(s.f, 1); }),
                    Contains("Scripted") && Contains("prewarm_after = -5") && Contains("'f'"));
}

TEST_CASE("R27 R28 whatever a keep-alive policy decides, the books stay right, and everything is given back") {
  struct Whimsical final : ws::KeepAlivePolicy {
    Random random;
    explicit Whimsical(std::uint32_t seed) : random(seed) {}
    std::string name() const override { return "Whimsical"; }
    ws::KeepAlive keep_alive(ws::FunctionId, double) override {
      const auto some = [&] { return static_cast<double>(random.between(0, 40)) / 10; };
      return {random.coin() ? 0 : some(), random.coin() ? ws::KeepAlive::never : some(), some()};
    }
  };
  const auto seed = GENERATE(range(0U, 25U));
  CAPTURE(seed);
  Random random(seed);
  Cloud cloud(3);
  auto& provider = cloud.provider({.slots = static_cast<int>(random.between(1, 3)),
                                   .cold_start_overhead = random.coin() ? 0.3 : 0,
                                   .concurrency = random.coin() ? 1U : 2U,
                                   .keep_alive_policy = std::make_shared<Whimsical>(seed)},
                                  3);
  std::vector<Function> functions;
  for (int i = 0; i < 4; ++i)
    functions.push_back(
        cloud.sleeper("f" + std::to_string(i), provider, {.memory = random.between(200, 2'000) * 1_MB}));
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> open;
    for (int i = 0; i < 200; ++i) {
      open.push_back(cloud.invoke(functions[random.below(functions.size())], random.below(300) / 100.0));
      ws::sleep(random.below(200) / 100.0);
    }
    cloud.manager.wait_all(open);
    ws::sleep(60);
  });
  std::uint32_t served = 0;
  std::size_t unused = 0;
  for (std::size_t row = 0; row < results.containers->size(); ++row) {
    served += results.containers->invocations[row];
    unused += results.containers->invocations[row] == 0;
    CHECK_FALSE(std::isnan(results.containers->ended[row]));
  }
  CHECK(served == 200);
  CHECK(unused > 0); // some were started in vain
  for (std::uint32_t node = 0; node < 3; ++node) {
    CHECK(provider.cluster().node(ws::NodeId(node)).used_slots() == 0);
    const ws::NodeView left = provider.cluster().node(ws::NodeId(node));
    CHECK(left.free_memory() + left.reclaimable_memory() == 4_GB);
  }
}
