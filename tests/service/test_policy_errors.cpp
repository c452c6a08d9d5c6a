// A placement policy that fails ends the simulation with a PolicyError, whatever it was asked for; all is unwound, and
// the next simulation works.
#include "cloud.hpp"

#include <exception>
#include <functional>
#include <stdexcept>
#include <vector>

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

struct Throws final : ws::PlacementPolicy {
  int after = 0; // decisions
  std::string name() const override { return "Throws"; }
  ws::NodeId place(ws::FunctionId, const ws::ClusterView&) override {
    if (after-- == 0)
      throw std::runtime_error("the reason");
    return ws::NodeId(0U);
  }
};

struct Throws42 final : ws::PlacementPolicy {
  std::string name() const override { return "Throws42"; }
  ws::NodeId place(ws::FunctionId, const ws::ClusterView&) override { throw 42; }
};

// Does, once, what the test gives.
struct Does final : ws::PlacementPolicy {
  std::function<void()> act;
  explicit Does(std::function<void()> code) : act(std::move(code)) {}
  std::string name() const override { return "Does"; }
  ws::NodeId place(ws::FunctionId, const ws::ClusterView&) override {
    act();
    return ws::NodeId(0U);
  }
};

struct TurnsOff final : ws::KeepAlivePolicy {
  std::function<void()> act;
  explicit TurnsOff(std::function<void()> code) : act(std::move(code)) {}
  std::string name() const override { return "TurnsOff"; }
  ws::KeepAlive keep_alive(ws::FunctionId, double) override {
    act();
    return 1;
  }
};

constexpr const char* only_look = "a policy may look at the simulation, but not change it";

} // namespace

TEST_CASE("a placement policy that throws ends the simulation, and its exception is the cause") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.placement = std::make_shared<Throws>()}));
  bool unwound = false;
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  };
  try {
    cloud.run([&] {
      const Guard guard{unwound};
      try {
        cloud.call(f, 1);
      } catch (const ws::PolicyError&) {
        FAIL("a policy's failure is nobody's to catch");
      }
    });
    FAIL("it did not throw");
  } catch (const ws::PolicyError& error) {
    CHECK(std::string(error.what()) == "placement policy Throws threw for function 'f': the reason");
    CHECK_THROWS_WITH(std::rethrow_if_nested(error), "the reason");
  }
  CHECK(unwound);
  Cloud next;
  const auto g = next.sleeper("g", next.provider());
  CHECK(next.run([&] { next.call(g, 1); }).now == at(staging + 1));
}

TEST_CASE("a placement policy may fail when a slot is given back as well") {
  Cloud cloud;
  const auto policy = std::make_shared<Throws>();
  policy->after = 1;
  auto& provider = cloud.provider({.slots = 1, .placement = policy});
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  CHECK_THROWS_WITH(cloud.run([&] {
    cloud.invoke(f, 1);
    cloud.call(g, 1);
  }),
                    StartsWith("placement policy Throws threw for function 'g'"));
}

TEST_CASE("what a placement policy throws need not be an exception type") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.placement = std::make_shared<Throws42>()}));
  CHECK_THROWS_WITH(cloud.run([&] { cloud.call(f, 1); }), "placement policy Throws42 threw for function 'f'");
}

TEST_CASE("a policy can't be given to two providers, and is free again when the simulation is over") {
  const auto policy = std::make_shared<ws::RoundRobin>();
  {
    Cloud cloud;
    cloud.provider({.node_store = 1_GB, .node_memory = 1_GB, .placement = policy});
    CHECK_THROWS_WITH(cloud.provider({.image_store = 1_GB, .node_store = 1_GB, .placement = policy}),
                      Contains("RoundRobin") && Contains("provider 'provider' has already"));
  }
  Cloud next;
  CHECK_NOTHROW(next.provider({.placement = policy}));
}

TEST_CASE("a policy can't change the simulation while it is asked, and ends it if it tries to") {
  Cloud cloud(2);
  const std::vector<std::function<void()>> acts = {
      [&] { cloud.sim.host("node-1").turn_off(); },
      [&] { cloud.registry.create_file("file", 1_MB); },
      [&] { cloud.sim.create_function_manager("user"); },
      [&] { cloud.sim.run(); },
  };
  const auto act = GENERATE(range(0U, 4U));
  CAPTURE(act);
  const auto f = cloud.sleeper("f", cloud.provider({.placement = std::make_shared<Does>(acts[act])}));
  try {
    cloud.run([&] { cloud.call(f, 1); });
    FAIL("it did not throw");
  } catch (const ws::PolicyError& error) {
    CHECK(std::string(error.what()) == std::string("placement policy Does threw for function 'f': ") + only_look);
    CHECK_THROWS_AS(std::rethrow_if_nested(error), ws::Error);
  }
}

TEST_CASE("a policy can't block, in whose name ever it is asked") {
  Cloud cloud;
  Function f;
  const bool calls = GENERATE(false, true);
  const auto policy = std::make_shared<Does>([&] { calls ? void(cloud.invoke(f, 1)) : ws::sleep(1); });
  f = cloud.sleeper("f", cloud.provider({.placement = policy}));
  CHECK_THROWS_WITH(cloud.run([&] { cloud.call(f, 1); }),
                    StartsWith("placement policy Does threw for function 'f': this call blocks"));
}

TEST_CASE("policies of other kinds are guarded in the same way") {
  Cloud cloud(2);
  const auto policy = std::make_shared<TurnsOff>([&] { cloud.sim.host("node-1").turn_off(); });
  const auto f = cloud.sleeper("f", cloud.provider({.keep_alive_policy = policy}));
  CHECK_THROWS_WITH(cloud.run([&] { cloud.call(f, 1); }),
                    std::string("keep-alive policy TurnsOff threw for function 'f': ") + only_look);
}

TEST_CASE("a policy may catch what it is refused, and the simulation goes on unchanged") {
  Cloud cloud(2);
  int refused = 0;
  const auto policy = std::make_shared<Does>([&] {
    CHECK_THROWS_WITH(cloud.sim.host("node-1").turn_off(), only_look);
    CHECK_THROWS_AS(ws::sleep(1), ws::NotInSimulation);
    ++refused;
  });
  const auto f = cloud.sleeper("f", cloud.provider({.placement = policy}));
  const ws::Results results = cloud.run([&] {
    cloud.call(f, 1);
    CHECK(cloud.sim.host("node-1").is_on());
    ws::sleep(1); // who asked may block again
  });
  CHECK(refused > 0);
  CHECK(results.now == at(staging + 2));
}
