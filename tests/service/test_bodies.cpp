// Bodies: their input, their output, their failures and their time limits: R23 to R26.
#include "cloud.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;

namespace {

// An invocation of a body of that code, alone at its provider, with a time limit.
struct Limited : Cloud {
  ws::ServerlessComputeService& service = provider({.slots = 2}, 1);
  ws::Invocation once(const std::function<void(ws::StorageService&)>& code, double limit) {
    const auto f = add("f",
                       [code](const ws::FunctionInput&, ws::StorageService& storage) -> ws::FunctionOutput {
                         code(storage);
                         return std::string("returned");
                       },
                       {&service}, {.time_limit = limit});
    ws::Invocation invocation;
    run([&] {
      invocation = manager.invoke(f);
      manager.wait_one(invocation);
    });
    return invocation;
  }
};

struct Guard {
  bool& ran;
  ~Guard() { ran = true; }
};

} // namespace

TEST_CASE("R25 a body gets its input, computes on its node, and returns its output") {
  Cloud cloud;
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
                             ws::compute(2e9);
                             return std::any_cast<int>(input) * 2;
                           },
                           {&cloud.provider()});
  cloud.run([&] {
    const auto invocation = cloud.manager.invoke(f, 21);
    CHECK_FALSE(invocation.output().has_value());
    CHECK(cloud.manager.wait_one(invocation) == State::Completed);
    CHECK(std::any_cast<int>(invocation.output()) == 42);
    CHECK(invocation.failure() == nullptr);
    CHECK(invocation.ended() - invocation.started() == at(2)); // 1 Gf/s
    CHECK(invocation.record().billed_seconds == at(2));
  });
}

TEST_CASE("bodies on one node share its cores") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 8});
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
                             ws::compute(1e9);
                             return {};
                           },
                           {&provider}, {.memory = 1_MB, .ephemeral_storage = 1_MB});
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (int i = 0; i < 8; ++i)
      all.push_back(cloud.manager.invoke(f));
    cloud.manager.wait_all(all);
    for (const auto& invocation : all)
      CHECK(invocation.ended() - invocation.started() == at(2)); // eight on four cores
  });
}

TEST_CASE("R25 what a body throws is its invocation's failure, and the simulation goes on") {
  Cloud cloud;
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
                             ws::sleep(1);
                             if (std::any_cast<int>(input) == 0)
                               throw std::runtime_error("no luck");
                             throw 42; // anything can be thrown
                           },
                           {&cloud.provider()});
  cloud.run([&] {
    const auto first = cloud.manager.invoke(f, 0);
    const auto second = cloud.manager.invoke(f, 1);
    CHECK(cloud.manager.wait_all({first, second}) == std::vector(2, State::Failed));
    CHECK(message<std::runtime_error>(first.failure()) == "no luck");
    CHECK_THROWS_AS(std::rethrow_exception(second.failure()), int);
    CHECK(first.ended() == at(staging + 1));
    CHECK(first.record().billed_seconds == at(1));
    CHECK_FALSE(first.output().has_value());
    ws::sleep(1);
  });
}

TEST_CASE("R26 an invocation goes from queued to starting to running to its end") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.slots = 1, .cold_start_overhead = 1}));
  cloud.run([&] {
    const auto invocation = cloud.invoke(f, 1);
    const auto state_at = [&](double date) {
      cloud.sleep_until(date);
      return invocation.state();
    };
    CHECK(invocation.state() == State::Queued);
    CHECK(state_at(staging - 0.1) == State::Queued);
    CHECK(std::isnan(invocation.assigned()));
    CHECK(state_at(staging + 0.1) == State::Starting);
    CHECK(std::isnan(invocation.started()));
    CHECK(state_at(staging + 1.1) == State::Running);
    CHECK(invocation.is_running());
    CHECK_FALSE(invocation.is_done());
    CHECK(state_at(staging + 2.1) == State::Completed);
    CHECK(invocation.is_done());
  });
}

TEST_CASE("a body knows its invocation") {
  Cloud cloud;
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
                             ws::sleep(1);
                             return ws::current_invocation().id();
                           },
                           {&cloud.provider()});
  cloud.run([&] {
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto invocation = cloud.manager.invoke(f);
      cloud.manager.wait_one(invocation);
      CHECK(std::any_cast<std::uint32_t>(invocation.output()) == i);
    }
  });
}

TEST_CASE_METHOD(Limited, "R24 a time limit cancels a sleep, and the end is at start and limit") {
  bool unwound = false;
  const auto invocation = once(
      [&](ws::StorageService&) {
        const Guard guard{unwound};
        ws::sleep(1);
        ws::sleep(100);
      },
      3);
  CHECK(unwound);
  CHECK(invocation.state() == State::TimedOut);
  CHECK(invocation.ended() == at(staging + 3));
  CHECK(invocation.record().billed_seconds == at(3));
  CHECK_THAT(message<ws::FunctionTimeout>(invocation.failure()), Contains("'f'") && Contains("3"));
  CHECK_FALSE(invocation.output().has_value());
  CHECK(service.cluster().node(ws::NodeId(0U)).used_slots() == 0);
}

TEST_CASE_METHOD(Limited, "R24 a time limit cancels computing, writing, reading and copying") {
  const int which = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(which);
  const auto invocation = once(
      [&](ws::StorageService& storage) {
        storage.create_file("f", 400_MB);
        switch (which) {
        case 0:
          return ws::compute(1e12);
        case 1:
          return storage.read("f"); // 4 s
        case 2:
          return storage.copy("f", registry);
        case 3:
          return registry.write("g", 9_GB); // across the network
        default:
          for (;;) // one after the other, and the limit in the middle
            storage.write("g", 50_MB);
        }
      },
      2.75);
  CHECK(invocation.state() == State::TimedOut);
  CHECK(invocation.ended() == at(staging + 2.75));
  CHECK_FALSE(registry.has("g"));
  CHECK_FALSE(registry.has("f"));
  CHECK(registry.free_space() == 10_GB - 100_MB); // its image: no reservation is left
}

TEST_CASE_METHOD(Limited, "R24 a time limit cancels an invocation and a wait, and what was invoked goes on") {
  const auto slow = sleeper("slow", service);
  ws::Invocation inner;
  const auto invocation = once(
      [&](ws::StorageService&) {
        inner = invoke(slow, 50);
        manager.wait_one(inner);
      },
      10);
  CHECK(invocation.state() == State::TimedOut);
  CHECK(invocation.ended() == at(staging + 10));
  CHECK(inner.state() == State::Completed);
  CHECK(inner.ended() == at(2 * staging + 50));
}

TEST_CASE_METHOD(Limited, "R24 a body that ends at the very date of its limit has ended in time") {
  const auto invocation = once([&](ws::StorageService&) { ws::sleep(3); }, 3);
  CHECK(invocation.state() == State::Completed);
  CHECK(invocation.ended() == at(staging + 3));
}

TEST_CASE_METHOD(Limited, "R24 a body that swallows its timeout is stopped at its next blocking call") {
  int met = 0;
  const auto invocation = once(
      [&](ws::StorageService& storage) {
        try {
          ws::sleep(100);
        } catch (const ws::FunctionTimeout&) {
          ++met;
        }
        storage.create_file("no time passes", 1);
        try {
          storage.write("x", 1_MB);
        } catch (const ws::FunctionTimeout&) {
          ++met;
          throw;
        }
      },
      3);
  CHECK(met == 2);
  CHECK(invocation.state() == State::TimedOut);
  CHECK(invocation.ended() == at(staging + 3));
}

TEST_CASE_METHOD(Limited, "R24 a body that swallows its timeout and returns, or raises something else, has timed out") {
  const bool returns = GENERATE(true, false);
  const auto invocation = once(
      [&](ws::StorageService&) {
        try {
          ws::sleep(100);
        } catch (const ws::FunctionTimeout&) {
          if (!returns)
            throw std::runtime_error("something else");
        }
      },
      3);
  CHECK(invocation.state() == State::TimedOut);
  CHECK_FALSE(invocation.output().has_value());
  CHECK_FALSE(message<ws::FunctionTimeout>(invocation.failure()).empty());
}

TEST_CASE_METHOD(Limited, "R24 a body that swallows its timeout for ever is given up, and the provider goes on") {
  const auto other = sleeper("other", service);
  main([&] {
    ws::sleep(30);
    CHECK(call(other, 1).state() == State::Completed);
  });
  const auto invocation = once(
      [&](ws::StorageService&) {
        for (;;)
          try {
            ws::sleep(1);
          } catch (...) {
          }
      },
      3);
  CHECK(invocation.state() == State::TimedOut);
  CHECK(invocation.ended() == at(staging + 3));
  CHECK(service.cluster().node(ws::NodeId(0U)).used_slots() == 0);
}

TEST_CASE_METHOD(Limited, "R24 a body without a limit takes its time, and a limit of another run does not count") {
  const auto f = sleeper("g", service, {.time_limit = 10});
  run([&] {
    CHECK(call(f, 9).state() == State::Completed);
    CHECK(call(f, 9).state() == State::Completed); // in the same container, across the first one's limit
    CHECK(call(f, 11).state() == State::TimedOut);
  });
}

TEST_CASE("a body that catches everything is ended with the simulation") {
  Cloud cloud;
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput&, ws::StorageService& storage) -> ws::FunctionOutput {
                             for (;;)
                               try {
                                 storage.write("x", 1_MB);
                               } catch (...) {
                               }
                           },
                           {&cloud.provider()});
  cloud.main([&] { cloud.manager.invoke(f); });
  CHECK(cloud.sim.run(10).now == 10);
  cloud.sim.close();
}
