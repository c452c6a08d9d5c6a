// Bare-metal services and custom actions by themselves (R7, R8).
#include "wrench_serverless/bare_metal_service.hpp"

#include "world.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;
using State = ws::ActionState;

namespace {

struct Metal : World {
  std::shared_ptr<ws::CustomAction> sleeper(const std::string& name, double time) {
    return std::make_shared<ws::CustomAction>(name, [this, time]() -> std::any {
      sleep(time);
      return time;
    });
  }
};

} // namespace

TEST_CASE_METHOD(Metal, "actions run as many at a time as there are slots, first come first served") {
  ws::BareMetalComputeService service(runtime, "a", 2);
  CHECK(service.slots() == 2);
  CHECK(service.name() == "bare_metal@a");
  std::vector<std::shared_ptr<ws::CustomAction>> actions;
  for (const double time : {3.0, 1.0, 1.0, 5.0})
    actions.push_back(sleeper("action-" + std::to_string(actions.size()), time));
  start("b", [&] {
    CHECK(actions[0]->state() == State::Created);
    for (const auto& action : actions)
      service.submit(action);
    CHECK(service.used_slots() == 2);
    CHECK(actions[1]->state() == State::Running);
    CHECK(actions[2]->state() == State::Queued);
    actions[3]->wait();
    CHECK(now() == 7);
    actions[0]->wait(); // long over
    CHECK(now() == 7);
  });
  run();
  std::vector<double> started, ended;
  for (const auto& action : actions) {
    CHECK(action->submitted() == 0);
    CHECK(action->state() == State::Completed);
    started.push_back(action->started());
    ended.push_back(action->ended());
  }
  CHECK(started == std::vector{0.0, 0.0, 1.0, 2.0});
  CHECK(ended == std::vector{3.0, 1.0, 2.0, 7.0});
  CHECK(std::any_cast<double>(actions[3]->output()) == 5);
  CHECK(service.used_slots() == 0);
}

TEST_CASE_METHOD(Metal, "an action runs on the service's host, and what it throws is its failure") {
  ws::BareMetalComputeService service(runtime, "b", {});
  CHECK(service.slots() == 1); // the host's cores
  auto storage = World::storage("b", {.capacity = 1_GB});
  auto writer = std::make_shared<ws::CustomAction>("writer", [&]() -> std::any {
    storage->write("f", 50_MB);
    throw std::runtime_error("broken");
  });
  start("a", [&] {
    service.submit(writer);
    writer->wait();
    CHECK(now() == seconds(1)); // its own disk: nothing crosses the network
  });
  run();
  CHECK(writer->state() == State::Failed);
  CHECK_THROWS_WITH(std::rethrow_exception(writer->failure()), "broken");
  CHECK_FALSE(writer->output().has_value());
  CHECK(service.used_slots() == 0);
}

TEST_CASE_METHOD(Metal, "R36 waiting for an action can take too long") {
  ws::BareMetalComputeService service(runtime, "a", 1);
  auto action = sleeper("long", 10);
  start("b", [&] {
    CHECK_THROWS_WITH(action->wait(), Contains("long") && Contains("not submitted"));
    service.submit(action);
    CHECK_THROWS_WITH(action->wait(4), Contains("action 'long'"));
    CHECK(now() == 4);
    CHECK(action->state() == State::Running);
    action->wait(6); // just in time
    CHECK(now() == 10);
  });
  run();
}

TEST_CASE_METHOD(Metal, "an action is submitted once, and keeps the simulation open") {
  ws::BareMetalComputeService service(runtime, "a", 1);
  auto action = sleeper("once", 3);
  service.submit(action); // before the run, by nobody
  CHECK_THROWS_WITH(service.submit(action), Contains("once") && Contains("before"));
  CHECK(run() == 3);
  CHECK(action->state() == State::Completed);
}

TEST_CASE_METHOD(Metal, "R8 a service that takes no jobs says so") {
  ws::BareMetalComputeService service(runtime, "a", 1, "mine");
  CHECK_THROWS_WITH(service.submit_standard_job(),
                    Contains("BareMetalComputeService") && Contains("mine") && Contains("submit_standard_job"));
  CHECK_THROWS_AS(service.terminate_compound_job(), ws::NotSupported);
}

TEST_CASE_METHOD(Metal, "a bare-metal service needs a host that there is, and a slot") {
  CHECK_THROWS_WITH(ws::BareMetalComputeService(runtime, "nowhere", {}), Contains("nowhere"));
  CHECK_THROWS_WITH(ws::BareMetalComputeService(runtime, "a", 0), Contains("slots is 0"));
  CHECK_THROWS_AS(ws::CustomAction("empty", std::function<std::any()>()), std::invalid_argument);
}
