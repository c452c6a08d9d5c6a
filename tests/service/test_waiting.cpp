// Waiting for invocations: R36, and R38 when they never end.
#include "cloud.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;

namespace {

struct Waiting : Cloud {
  Function f = sleeper("f", provider({.slots = 10}), {.memory = 1_MB, .ephemeral_storage = 1_MB});
  std::vector<ws::Invocation> start(const std::vector<double>& times) {
    std::vector<ws::Invocation> all;
    for (const double time : times)
      all.push_back(invoke(f, time));
    return all;
  }
};

} // namespace

TEST_CASE_METHOD(Waiting, "R36 wait_one blocks until that one has ended, and returns its state") {
  run([&] {
    const auto all = start({3, 1});
    CHECK(manager.wait_one(all[0]) == State::Completed);
    CHECK(ws::now() == at(staging + 3));
    CHECK(manager.wait_one(all[1]) == State::Completed); // at once
    CHECK(ws::now() == at(staging + 3));
  });
}

TEST_CASE_METHOD(Waiting, "R36 wait_any blocks until at least one has ended, and returns those that have") {
  run([&] {
    auto all = start({3, 1, 2, 1});
    const auto first = manager.wait_any(all);
    CHECK(ws::now() == at(staging + 1));
    REQUIRE_FALSE(first.empty());
    CHECK(first[0].id() == all[1].id());
    all.erase(all.begin() + 3);
    all.erase(all.begin() + 1);
    CHECK(manager.wait_any(all).front().id() == all[1].id());
    CHECK(ws::now() == at(staging + 2));
    CHECK(manager.wait_any(all).size() == 1); // at once
    CHECK(ws::now() == at(staging + 2));
    manager.wait_one(all[0]);
    CHECK(manager.wait_any(all).size() == 2);
  });
}

TEST_CASE_METHOD(Waiting, "R36 wait_all blocks until all have ended, and returns their states in order") {
  const auto broken = add(
      "broken",
      [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput { throw std::runtime_error("broken"); },
      f->providers);
  run([&] {
    auto all = start({3, 1});
    all.push_back(manager.invoke(broken));
    CHECK(manager.wait_all(all) == std::vector{State::Completed, State::Completed, State::Failed});
    CHECK(ws::now() > staging + 3 - 1e-6);
    const double now = ws::now();
    CHECK(manager.wait_all(all).size() == 3);
    CHECK(ws::now() == now);
  });
}

TEST_CASE_METHOD(Waiting, "R36 the same invocation may be waited for twice, and by several") {
  const auto all = std::make_shared<std::vector<ws::Invocation>>();
  std::vector<double> told;
  for (int i = 0; i < 3; ++i)
    main([&] {
      ws::sleep(1);
      manager.wait_all({all->at(0), all->at(1), all->at(0)});
      told.push_back(ws::now());
    });
  run([&] {
    *all = start({1, 2});
    manager.wait_any({all->at(0), all->at(0)});
    CHECK(ws::now() == at(staging + 1));
  });
  CHECK_THAT(told, all_at({staging + 2, staging + 2, staging + 2}));
}

TEST_CASE_METHOD(Waiting, "R36 an empty list: wait_all returns at once, wait_any is an error") {
  run([&] {
    CHECK(manager.wait_all({}).empty());
    CHECK_THROWS_WITH(manager.wait_any({}), Contains("invocations is empty"));
    CHECK(ws::now() == 0);
  });
}

TEST_CASE_METHOD(Waiting, "R36 after its timeout a wait raises WaitTimeout, and the invocations go on") {
  run([&] {
    const auto all = start({3, 10});
    CHECK_THROWS_WITH(manager.wait_one(all[1], 1.5), Contains("1.5") && Contains("invocation 1"));
    CHECK(ws::now() == at(1.5));
    CHECK_THROWS_WITH(manager.wait_all(all, 5), Contains("2 invocations") && Contains(": 1 "));
    CHECK(ws::now() == at(6.5));
    CHECK_THROWS_AS(manager.wait_any({all[1]}, 1), ws::WaitTimeout);
    CHECK(all[1].is_running());
    CHECK(manager.wait_all(all, 5).back() == State::Completed);
    CHECK(ws::now() == at(staging + 10));
    CHECK(manager.wait_one(all[0], 0) == State::Completed); // at once
  });
}

TEST_CASE_METHOD(Waiting, "R36 a timeout of zero gives what ends now its chance, and no more") {
  run([&] {
    const auto all = start({1});
    CHECK_THROWS_AS(manager.wait_one(all[0], 0), ws::WaitTimeout);
    CHECK(ws::now() == 0);
    CHECK_THROWS_WITH(manager.wait_one(all[0], -1), Contains("timeout is -1"));
    CHECK_THROWS_AS(manager.wait_any(all, std::nan("")), std::invalid_argument);
    CHECK(manager.wait_one(all[0], infinity) == State::Completed);
  });
}

TEST_CASE("R36 with control messages a waiter is told when the completion is there") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.control_message_size = 100_MB}));
  cloud.run([&] {
    const auto invocation = cloud.invoke(f, 1);
    const double end = 0.1 + staging + 1;
    CHECK_THROWS_AS(cloud.manager.wait_one(invocation, end + 0.05 - ws::now()), ws::WaitTimeout);
    CHECK(invocation.ended() == at(end));
    CHECK(cloud.manager.wait_one(invocation, 1) == State::Completed);
    CHECK(ws::now() == at(end + 0.1));
  });
}

TEST_CASE("R38 a deadlock says who waits for what") {
  Cloud cloud;
  Function f;
  f = cloud.add("f",
                [&](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
                  const int depth = std::any_cast<int>(input);
                  if (depth > 0) // nested deeper than there are slots
                    cloud.manager.wait_one(cloud.manager.invoke(f, depth - 1));
                  return depth;
                },
                {&cloud.provider({.slots = 3})});
  const int depth = GENERATE(2, 3);
  const auto run = [&] { cloud.run([&] { cloud.manager.wait_one(cloud.manager.invoke(f, depth)); }); };
  if (depth == 2) {
    run();
    return;
  }
  try {
    run();
    FAIL("no deadlock");
  } catch (const ws::Deadlock& deadlock) {
    const std::string text = deadlock.what();
    CHECK_THAT(text, Contains("controller 'main' on user waits for invocation 0"));
    for (int i = 0; i < 3; ++i)
      CHECK_THAT(text, Contains("body 'f' on node-0 (invocation " + std::to_string(i) + ") waits for invocation " +
                                std::to_string(i + 1)));
  }
  const auto results = cloud.sim.results(); // what happened until then
  CHECK(results.now == at(staging));
  REQUIRE(results.invocations->size() == 4);
  CHECK(results.invocations->state[2] == static_cast<int>(State::Running));
  CHECK(results.invocations->state[3] == static_cast<int>(State::Queued));
}
