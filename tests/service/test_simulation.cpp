// The run as a whole: controllers, dates, results, and one simulation after another.
#include "cloud.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;

TEST_CASE("a simulation without anything to do is over at once") {
  Cloud cloud;
  const auto results = cloud.sim.run();
  CHECK(results.now == 0);
  CHECK(results.invocations->size() == 0);
  CHECK(results.summary().size() > 10);
}

TEST_CASE("a run goes to a date, and on from there, and each result stands by itself") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  cloud.main([&] {
    cloud.call(f, 1);
    cloud.call(f, 1);
  });
  const auto first = cloud.sim.run(3);
  CHECK(first.now == 3);
  CHECK(cloud.sim.now() == 3);
  REQUIRE(first.invocations->size() == 1);
  CHECK(first.invocations->state[0] == static_cast<int>(State::Running));
  CHECK(first.invocations->started[0] == at(staging));
  CHECK(std::isnan(first.invocations->ended[0]));
  CHECK_THROWS_WITH(cloud.sim.run(2), Contains("until is 2"));
  CHECK_THROWS_AS(cloud.sim.run(std::nan("")), std::invalid_argument);
  const auto second = cloud.sim.run();
  CHECK(second.now == at(staging + 2));
  CHECK(second.invocations->size() == 2);
  CHECK(first.invocations->size() == 1); // untouched
  CHECK(first.invocations->state[0] == static_cast<int>(State::Running));
  CHECK(first.containers->size() == 1);
  CHECK(std::isnan(first.invocations->ended[0]));
  CHECK(cloud.sim.ended_invocations() == 2);
}

TEST_CASE("controllers start with the run, or at once during one, on the host that they are given") {
  Cloud cloud;
  std::vector<double> started;
  cloud.main([&] {
    started.push_back(ws::now());
    ws::sleep(2);
    cloud.sim.add_controller("head", [&] {
      started.push_back(ws::now());
      ws::sleep(5);
    });
    ws::sleep(1);
  });
  CHECK(cloud.sim.run().now == 7); // the last of them
  CHECK(started == std::vector{0.0, 2.0});
  CHECK_THROWS_WITH(cloud.sim.add_controller("nowhere", [] {}), Contains("nowhere"));
  CHECK_THROWS_WITH(cloud.sim.add_controller("user", nullptr, "empty"), Contains("'empty'"));
}

TEST_CASE("a simulation waits for its invocations, also when its controllers are gone") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  ws::Invocation invocation;
  const auto results = cloud.run([&] { invocation = cloud.invoke(f, 10); });
  CHECK(invocation.state() == State::Completed);
  CHECK(results.now == at(staging + 10));
}

TEST_CASE("what ends a controller is thrown by the run, and what happened until then is there") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  ws::Invocation invocation;
  cloud.main([&] {
    invocation = cloud.call(f, 1);
    cloud.invoke(f, 100);
    ws::sleep(2);
    throw std::runtime_error("enough");
  });
  CHECK_THROWS_WITH(cloud.sim.run(), "enough");
  const auto results = cloud.sim.results();
  CHECK(results.now == at(staging + 3));
  REQUIRE(results.invocations->size() == 2);
  CHECK(results.invocations->state[1] == static_cast<int>(State::Running));
  CHECK(invocation.state() == State::Completed); // handles stay good
  CHECK_THROWS_AS(cloud.sim.run(), ws::Error);
  CHECK_THROWS_WITH(cloud.sim.create_function_manager("user"), Contains("over"));
}

TEST_CASE("a program that fails before its run ends cleanly") {
  const auto build = [] {
    Cloud cloud;
    auto& provider = cloud.provider();
    cloud.main([] { ws::sleep(1); });
    cloud.sleeper("f", provider, {.memory = 1_TB});
  };
  CHECK_THROWS_AS(build(), ws::RegistrationRefused);
  Cloud next;
  CHECK(next.run([] { ws::sleep(1); }).now == 1);
}

TEST_CASE("simulations within and after simulations") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  ws::Invocation invocation;
  cloud.run([&] {
    CHECK_THROWS_AS(Cloud(), ws::Error); // one runs
    CHECK_THROWS_AS(cloud.sim.run(), ws::Error);
    invocation = cloud.call(f, 1);
  });
  Cloud next;
  CHECK_THROWS_AS(cloud.sim.run(), ws::Error); // closed by the next one
  CHECK(cloud.sim.results().now == at(staging + 1));
  CHECK(invocation.ended() == at(staging + 1));
  const auto other = next.sleeper("f", next.provider());
  next.run([&] {
    CHECK_THROWS_AS(next.manager.invoke(f), std::invalid_argument); // of the one before
    CHECK(next.call(other, 1).ended() == at(staging + 1));
  });
}

TEST_CASE("bare-metal services and storage work beside a provider") {
  Cloud cloud;
  auto& metal = cloud.sim.create_bare_metal_service("user", 2);
  auto action = std::make_shared<ws::CustomAction>("action", [&]() -> std::any {
    ws::compute(1e9);
    cloud.registry.write("x", 100_MB);
    return ws::now();
  });
  cloud.run([&] {
    metal.submit(action);
    action->wait();
    CHECK(ws::now() == at(2));
  });
  CHECK(std::any_cast<double>(action->output()) == at(2));
}

TEST_CASE("the tables name functions, providers and nodes") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 1, .name = "cloud"}, 2);
  const auto f = cloud.sleeper("f", provider, {.memory = 300_MB});
  const auto g = cloud.sleeper("g", provider);
  const auto results = cloud.run([&] { cloud.manager.wait_all({cloud.invoke(f, 1), cloud.invoke(g, 1)}); });
  CHECK(results.function_names == std::vector<std::string>{"f", "g"});
  CHECK(results.provider_names == std::vector<std::string>{"cloud"});
  CHECK(results.node_names == std::vector<std::string>{"node-0", "node-1"});
  CHECK(results.node_slots == std::vector<int>{1, 1});
  CHECK(results.invocations->function == std::vector<std::uint32_t>{0, 1});
  CHECK(results.invocations->node == std::vector<std::int32_t>{0, 1});
  CHECK(results.invocations->memory[0] == 3e8);
  CHECK(results.containers->function == std::vector<std::uint32_t>{0, 1});
}
