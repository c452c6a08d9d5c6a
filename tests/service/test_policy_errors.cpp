// A placement policy that fails ends the simulation with a PolicyError, whatever it was asked for; all is unwound, and
// the next simulation works.
#include "cloud.hpp"

#include <exception>
#include <stdexcept>

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
    cloud.provider({.node_store = 1_GB, .placement = policy});
    CHECK_THROWS_WITH(cloud.provider({.image_store = 1_GB, .node_store = 1_GB, .placement = policy}),
                      Contains("RoundRobin") && Contains("provider 'provider' has already"));
  }
  Cloud next;
  CHECK_NOTHROW(next.provider({.placement = policy}));
}

TEST_CASE("R29 two providers draw from streams of their own") {
  const auto nodes_of = [](bool other) {
    Cloud cloud(4);
    auto& first = cloud.provider({.node_store = 5_GB, .keep_alive = 0, .placement = std::make_shared<ws::Random>()}, 4);
    const auto f = cloud.sleeper("f", first);
    auto& second =
        cloud.provider({.image_store = 1_GB, .node_store = 5_GB, .placement = std::make_shared<ws::Random>()}, 4);
    const auto g = cloud.sleeper("g", second);
    std::vector<std::string> nodes;
    cloud.run([&] {
      for (int i = 0; i < 12; ++i) {
        if (other)
          cloud.invoke(g, 0.1);
        nodes.push_back(cloud.call(f, 1).node());
      }
    });
    return nodes;
  };
  CHECK(nodes_of(true) == nodes_of(false));
}
