// From the caller to the head and back, and what calls carry: R13, R14, R15.
#include "cloud.hpp"

using Catch::Matchers::Contains;

TEST_CASE("R13 without overheads the head answers at once") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  cloud.run([&] {
    ws::sleep(3);
    const auto invocation = cloud.invoke(f, 1);
    CHECK(ws::now() == 3);
    CHECK(invocation.requested() == 3);
    CHECK(invocation.admitted() == 3);
    CHECK(invocation.state() == State::Queued);
    CHECK(invocation.function() == "f");
  });
}

TEST_CASE("R13 the head handles requests one at a time, and the caller is blocked until it answers") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.dispatch_overhead = 0.5}));
  std::vector<double> answered(4);
  std::vector<double> admitted(4);
  const double starts[] = {0, 0, 0.7, 5};
  for (int i = 0; i < 4; ++i)
    cloud.main([&, i] {
      ws::sleep(starts[i]);
      const auto invocation = cloud.invoke(f, 1);
      answered[i] = ws::now();
      admitted[i] = invocation.admitted();
      CHECK(invocation.requested() == starts[i]);
    });
  cloud.sim.run();
  CHECK_THAT(admitted, all_at({0.5, 1.0, 1.5, 5.5}));
  CHECK_THAT(answered, all_at({0.5, 1.0, 1.5, 5.5}));
}

TEST_CASE("R14 a function that the provider does not have is an error, and leaves only its record") {
  const double overhead = GENERATE(0.0, 0.5);
  const ws::Bytes message = GENERATE(0, 100'000'000);
  CAPTURE(overhead, message);
  Cloud cloud(2);
  auto& one = cloud.provider({.name = "one"});
  auto& two = cloud.sim.create_serverless_compute_service(
      "head", {"node-1"},
      {.image_store = 1_GB, .dispatch_overhead = overhead, .control_message_size = message, .name = "two"});
  const auto f = cloud.sleeper("f", one);
  const auto results = cloud.run([&] {
    CHECK_THROWS_WITH(cloud.manager.invoke(f, 1.0, &two), Contains("'f'") && Contains("'two'"));
    CHECK(ws::now() == at(overhead + (message > 0 ? 0.2 : 0))); // request and answer
    CHECK_THROWS_AS(cloud.manager.invoke(f, 1.0, &two), ws::FunctionNotRegistered);
  });
  const auto& table = *results.invocations;
  REQUIRE(table.size() == 2);
  CHECK(table.state[0] == static_cast<int>(State::Refused));
  CHECK(table.provider[0] == 1);
  CHECK(results.function_names[table.function[0]] == "f");
  CHECK(std::isnan(table.admitted[0]));
  CHECK(std::isnan(table.assigned[0]));
  CHECK(table.node[0] == -1);
  CHECK(table.ended[0] == at(overhead + (message > 0 ? 0.1 : 0)));
  CHECK(two.queued() == 0);
  CHECK(cloud.sim.ended_invocations() == 2);
}

TEST_CASE("R15 ingress travels before the body starts, egress before the caller is told") {
  Cloud cloud;
  auto& provider = cloud.provider({.cold_start_overhead = 0.25});
  const auto f = cloud.sleeper("f", provider, {.ingress = 2_GB, .egress = 3_GB}); // 2 s and 3 s on the wire
  cloud.run([&] {
    const auto first = cloud.invoke(f, 10);
    cloud.manager.wait_one(first);
    CHECK(first.assigned() == at(staging));
    CHECK(first.started() == at(staging + 0.25 + 2));
    CHECK(first.ended() == at(staging + 0.25 + 2 + 10 + 3));
    CHECK(ws::now() == first.ended());
    CHECK(first.record().billed_seconds == at(10)); // the body alone
    const auto second = cloud.call(f, 1);           // a warm one carries as much
    CHECK(second.ended() - second.requested() == at(2 + 1 + 3));
  });
}

TEST_CASE("R15 a body that invokes pays for what it carries from its own node") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 1}, 2);
  const auto inner = cloud.sleeper("inner", provider, {.ingress = 1_GB});
  const auto outer = cloud.add(
      "outer",
      [&](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput { return cloud.call(inner, 1).ended(); },
      {&provider});
  cloud.run([&] {
    const auto invocation = cloud.manager.invoke(outer);
    CHECK(cloud.manager.wait_one(invocation) == State::Completed);
    CHECK(invocation.node() == "node-0");
    // From node-0 to node-1: 1 s, as from anywhere else.
    CHECK(std::any_cast<double>(invocation.output()) == at(2 * staging + 1 + 1));
  });
}

TEST_CASE("R15 a time limit does not count what travels") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider(), {.time_limit = 2, .ingress = 5_GB, .egress = 5_GB});
  cloud.run([&] { CHECK(cloud.call(f, 1.5).state() == State::Completed); });
}

TEST_CASE("R15 control messages are transfers of their size") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.dispatch_overhead = 0.5, .control_message_size = 100_MB}));
  cloud.run([&] {
    const auto invocation = cloud.invoke(f, 10);
    CHECK(ws::now() == at(0.1 + 0.5 + 0.1));       // request, head, answer
    CHECK(invocation.admitted() == at(0.1 + 0.5)); // the answer's date
    CHECK(invocation.state() == State::Queued);
    cloud.manager.wait_one(invocation);
    CHECK(invocation.assigned() == at(0.6 + staging)); // staging goes on beside the answer
    CHECK(invocation.ended() == at(0.6 + staging + 10));
    CHECK(ws::now() == at(0.6 + staging + 10 + 0.1)); // completion
  });
}

TEST_CASE("R15 without a size control messages are free") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  cloud.run([&] {
    const auto invocation = cloud.call(f, 10);
    CHECK(invocation.ended() == at(staging + 10));
    CHECK(ws::now() == invocation.ended());
  });
}

TEST_CASE("what does not belong to the simulation is refused, and so are calls from outside") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto f = cloud.sleeper("f", provider);
  CHECK_THROWS_AS(cloud.invoke(f, 1), ws::NotInSimulation);
  CHECK_THROWS_AS(ws::now(), ws::NotInSimulation);
  CHECK_THROWS_AS(ws::sleep(1), ws::NotInSimulation);
  CHECK_THROWS_AS(ws::compute(1), ws::NotInSimulation);
  cloud.run([&] {
    CHECK_THROWS_AS(cloud.invoke(nullptr, 1), std::invalid_argument);
    CHECK_THROWS_AS(ws::current_invocation(), ws::NotInSimulation);
    CHECK_THROWS_WITH(ws::sleep(-1), Contains("seconds is -1"));
    CHECK_THROWS_AS(ws::sleep(infinity), std::invalid_argument);
    CHECK_THROWS_WITH(ws::compute(-1), Contains("flops is -1"));
    CHECK_THROWS_AS(ws::compute(std::nan("")), std::invalid_argument);
    CHECK(ws::now() == 0);
  });
}
