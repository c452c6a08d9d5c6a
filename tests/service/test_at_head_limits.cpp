// Calls and containers that wait at the head for an image: limits (R30, R31, R33), containers in advance (R27, R32,
// R34), waits, replays and images of one name.
#include "at_head.hpp"

#include <algorithm>

using Catch::Matchers::Contains;

TEST_CASE("R30 calls that wait at the head do not count, and the queue may grow beyond its capacity with them") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 2, .queue_capacity = 1});
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 6; ++i)
      calls.push_back(cloud.invoke(f, 1));
    CHECK(provider.queued() == 6);
    Cloud::sleep_until(1.5); // two have a claim, four wait for room
    CHECK_THROWS_AS(cloud.invoke(f, 1), ws::InvocationRefused);
    CHECK(cloud.manager.wait_all(calls) == std::vector(6, State::Completed));
  });
}

TEST_CASE("R30 a call whose claim would need a copy that the head has lost is not refused: it waits for an image") {
  Tight s(2, {.keep_alive = 0, .queue_capacity = 0});
  s.cloud.run([&] {
    const auto first = s.cloud.invoke(s.f, 30);
    Cloud::sleep_until(4);
    s.cloud.call(s.g, 1);
    Cloud::sleep_until(10);
    const auto second = s.cloud.invoke(s.f, 1);
    const auto third = s.cloud.invoke(s.f, 1); // what was admitted is never refused later
    Cloud::sleep_until(11.25);                 // the image is there: one has a claim, one waits for room
    CHECK_THROWS_AS(s.cloud.invoke(s.f, 1), ws::InvocationRefused);
    CHECK(s.cloud.manager.wait_all({first, second, third}) == std::vector(3, State::Completed));
    CHECK(second.assigned() == at(10 + staging));
  });
}

TEST_CASE("R33 calls at the head take their tokens on admission, and none at the claim") {
  Cloud cloud;
  const bool refuses = GENERATE(true, false);
  ws::ServerlessOptions options{.burst_limit = 2, .burst_rate = 0.01};
  if (refuses)
    options.queue_capacity = 0;
  auto& provider = cloud.provider(options);
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    std::vector<ws::Invocation> calls{cloud.invoke(f, 200), cloud.invoke(f, 200)};
    if (refuses) { // it would wait for a token, which is room
      CHECK_THROWS_WITH(cloud.invoke(f, 1), Contains("burst_limit") && Contains("queue_capacity is 0"));
      Cloud::sleep_until(2);
      CHECK_THROWS_AS(cloud.invoke(f, 1), ws::InvocationRefused); // none was left over
    } else {
      calls.push_back(cloud.invoke(f, 1));
    }
    cloud.manager.wait_all(calls);
    CHECK(calls[0].assigned() == at(staging));
    CHECK(calls[1].assigned() == at(staging));
    if (!refuses)
      CHECK(calls[2].assigned() == at(100)); // its image is in memory since 2.5 s
  });
}

TEST_CASE("R30 R33 calls at the head without a token count as waiting for room") {
  Cloud cloud;
  auto& provider = cloud.provider({.queue_capacity = 2, .burst_limit = 1, .burst_rate = 0.5});
  const auto f = cloud.sleeper("f", provider, {}, cloud.image("far", 500_MB, 0));
  cloud.run([&] {
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 3; ++i)
      calls.push_back(cloud.invoke(f, 1));
    CHECK_THROWS_AS(cloud.invoke(f, 1), ws::InvocationRefused);
    Cloud::sleep_until(2.1); // a token has come: only one waits for room
    calls.push_back(cloud.invoke(f, 1));
    CHECK_THROWS_AS(cloud.invoke(f, 1), ws::InvocationRefused);
    CHECK(cloud.manager.wait_all(calls) == std::vector(4, State::Completed));
  });
}

TEST_CASE("R33 a token that was taken for a call that failed with its image goes back") {
  Cloud cloud;
  auto& provider = cloud.provider({.burst_limit = 1, .burst_rate = 0.001});
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    cloud.registry.remove("f.img");
    CHECK(cloud.call(f, 1).state() == State::Failed);
    cloud.registry.create_file("f.img", 100_MB);
    CHECK(cloud.call(f, 1).assigned() == at(staging));
  });
}

TEST_CASE("R31 calls at the head are under way") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.max_concurrency = 2}));
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(f, 1);
    CHECK_THROWS_WITH(cloud.invoke(f, 1), Contains("max_concurrency is 2"));
    cloud.manager.wait_all({first, second});
  });
}

TEST_CASE("R16 R32 a provisioned container waits for its image at the head, and holds nothing") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto f = cloud.sleeper("f", provider, {.provisioned_concurrency = 2});
  const auto results = cloud.run([&] {
    ws::sleep(0.5);
    CHECK(used_slots(provider) == 0);
    const auto call = cloud.invoke(f, 1);
    Cloud::sleep_until(1.5);
    CHECK(used_slots(provider) == 2); // the call waits for one of them
    cloud.manager.wait_one(call);
    CHECK(call.assigned() == at(staging));
  });
  CHECK_THAT(results.containers->claimed, all_at({1, 1}));
  CHECK(results.containers->provisioned == std::vector<std::uint8_t>{1, 1});
}

TEST_CASE("R32 R37 provisioned containers come when the head is back") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider(), {.provisioned_concurrency = 1});
  cloud.sim.at(0.5, [&] { cloud.sim.host("head").turn_off(); });
  cloud.sim.at(2, [&] { cloud.sim.host("head").turn_on(); });
  const auto results = cloud.run([] { Cloud::sleep_until(10); });
  CHECK_THAT(results.containers->ready, all_at({2 + staging}));
}

TEST_CASE("R16 R27 a container that is started in advance waits for its image at the head") {
  struct Later final : ws::KeepAlivePolicy {
    std::string name() const override { return "Later"; }
    ws::KeepAlive keep_alive(ws::FunctionId, double) override { return {0, 100, 50}; }
  };
  const bool call = GENERATE(false, true);
  Tight s(2, {.keep_alive_policy = std::make_shared<Later>()});
  const auto results = s.cloud.run([&] {
    s.cloud.call(s.f, 1); // on node-0, until 3.5
    s.cloud.call(s.g, 1); // drops f at the head
    s.cloud.sim.host("node-0").turn_off();
    Cloud::sleep_until(104);
    CHECK(used_slots(s.provider) == 0);
    if (call) { // takes what is started
      const auto second = s.cloud.call(s.f, 1);
      CHECK(second.assigned() == at(103.5 + staging));
    }
    Cloud::sleep_until(120);
  });
  // g's was in advance too: its container was on node-0 as well.
  std::size_t of_f = 0;
  for (std::size_t row = 0; row < results.containers->size(); ++row)
    of_f += results.containers->function[row] == 0 && results.containers->claimed[row] == at(104.5);
  CHECK(of_f == 1);
}

TEST_CASE("R16 with a scaling policy calls wait at the head, and count as load") {
  struct Watching final : ws::ScalingPolicy {
    std::size_t most = 0;
    std::string name() const override { return "Watching"; }
    double period() const override { return 0.5; }
    double settles_after() const override { return 10; }
    std::size_t desired(const ws::FunctionLoad& load) override {
      most = std::max(most, load.queued);
      return load.under_way;
    }
  };
  const auto policy = std::make_shared<Watching>();
  Cloud cloud;
  auto& provider = cloud.provider({.scaling = policy});
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 3; ++i)
      calls.push_back(cloud.invoke(f, 1));
    Cloud::sleep_until(0.75);
    CHECK(policy->most == 3);
    CHECK(used_slots(provider) == 0);
    CHECK(provider.queued() == 3);
    cloud.manager.wait_all(calls);
    for (const auto& call : calls)
      CHECK(call.assigned() == at(staging));
  });
  CHECK_THAT(results.containers->claimed, all_at({1, 1, 1}));
}

TEST_CASE("R16 a container that a scaling policy wants, and no call, is started when its image comes to the head") {
  struct One final : ws::ScalingPolicy {
    std::string name() const override { return "One"; }
    double period() const override { return 10; }
    double settles_after() const override { return 100; }
    std::size_t desired(const ws::FunctionLoad&) override { return 1; }
  };
  Cloud cloud(2);
  auto& provider = cloud.provider({.image_store = 150_MB, .scaling = std::make_shared<One>()}, 2);
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider); // its image has the one of f go from the head
  cloud.sim.at(15, [&] { cloud.sim.host("node-0").turn_off(); });
  const auto results = cloud.run([&] {
    cloud.call(f, 1);
    cloud.call(g, 1);
    Cloud::sleep_until(60);
  });
  std::vector<double> fetched;
  for (std::size_t row = 0; row < results.transfers->size(); ++row)
    if (results.transfers->file[row] == "f.img" && results.transfers->destination[row] == "provider/images")
      fetched.push_back(results.transfers->ended[row]);
  std::vector<double> claimed;
  for (std::size_t row = 0; row < results.containers->size(); ++row)
    if (results.containers->function[row] == 0)
      claimed.push_back(results.containers->claimed[row]);
  REQUIRE(fetched.size() == 2);
  CHECK_THAT(claimed, all_at(fetched));
}

TEST_CASE("R16 R36 a wait for a call at the head may end before it, and a run may be interrupted there") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  std::vector<ws::Invocation> calls;
  cloud.main([&] {
    calls.push_back(cloud.invoke(f, 1));
    CHECK_THROWS_AS(cloud.manager.wait_one(calls[0], 0.25), ws::WaitTimeout);
    cloud.manager.wait_one(calls[0]);
  });
  const auto part = cloud.sim.run(0.5);
  CHECK(part.invocations->size() == 1);
  CHECK(static_cast<State>(part.invocations->state[0]) == State::Queued);
  CHECK(cloud.sim.run().now == at(staging + 1));
  CHECK(calls[0].assigned() == at(staging));
}

TEST_CASE("R16 a replay's calls that wait at the head are in the results, and a simulation may be closed there") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 1});
  const auto f = cloud.manager.register_function(
      cloud.manager.create_function("f", ws::Profile({ws::Sleep{}}), cloud.image("f.img")), {&provider});
  ws::Workload load;
  load.functions = {f};
  const std::vector<double> times(100, 0.25), seconds(100, 1.0);
  load.times = times;
  load.values = {seconds};
  cloud.manager.replay(load);
  const auto part = cloud.sim.run(0.5);
  CHECK(provider.queued() == 100);
  CHECK(part.invocations->size() == 100);
  CHECK(std::ranges::count(part.invocations->state, static_cast<std::uint8_t>(State::Queued)) == 100);
  SECTION("goes on") {
    const auto results = cloud.sim.run();
    CHECK(results.now == at(0.25 + staging + 100));
    for (std::size_t row = 0; row < 100; ++row)
      CHECK(results.invocations->started[row] == at(0.25 + staging + static_cast<double>(row)));
  }
  SECTION("is closed") { CHECK(cloud.sim.results().invocations->size() == 100); }
}

TEST_CASE("R16 images whose files have one name: each waits for its own") {
  Cloud cloud;
  auto& other = cloud.sim.create_storage_service("head", {.capacity = 1_GB});
  auto& provider = cloud.provider();
  const auto small = cloud.manager.create_image("small", cloud.registry.create_file("x.img", 100_MB), 50_MB);
  const auto big = cloud.manager.create_image("big", other.create_file("x.img", 200_MB), 100_MB);
  const auto f = cloud.sleeper("f", provider, {}, small);
  const auto g = cloud.sleeper("g", provider, {}, big);
  cloud.run([&] {
    for (int round = 0; round < 3; ++round) {
      const auto first = cloud.invoke(f, 1);
      const auto second = cloud.invoke(g, 1);
      CHECK(cloud.manager.wait_all({first, second}) == std::vector(2, State::Completed));
    }
  });
}
