// Where calls go whose function has several providers, and what becomes of a routing policy that fails.
#include "cloud.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;

namespace {

// Two providers of one node and two slots each; nothing is to be staged. The bodies of the second start `late`.
struct Two : Cloud {
  ws::FunctionManager& router;
  ws::ServerlessComputeService& first;
  ws::ServerlessComputeService& second;

  explicit Two(std::shared_ptr<ws::RoutingPolicy> policy, double late = 0)
      : Cloud(2), router(sim.create_function_manager("user", std::move(policy))), first(provider({.slots = 2})),
        second(sim.create_serverless_compute_service(
            "head", {"node-1"},
            {.image_store = 1_GB, .slots = 2, .cold_start_overhead = late, .warm_start_overhead = late})) {}

  Function both(const std::string& name, const ws::FunctionLimits& limits = {}) {
    return add(
        name,
        [](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
          ws::sleep(std::any_cast<double>(input));
          return input;
        },
        {&first, &second}, limits, image(name + ".img", 0, 0));
  }

  // Calls of so many seconds each, each a gap after the one before: the providers that they went to.
  std::vector<std::uint32_t> routes(const std::vector<Function>& functions, const std::vector<double>& gaps,
                                    double seconds = 1) {
    std::vector<ws::Invocation> calls;
    run([&] {
      for (std::size_t index = 0; index < gaps.size(); ++index) {
        ws::sleep(gaps[index]);
        calls.push_back(router.invoke(functions[index % functions.size()], seconds));
      }
      router.wait_all(calls);
    });
    std::vector<std::uint32_t> providers;
    for (const ws::Invocation& call : calls)
      providers.push_back(call.record().provider.value);
    return providers;
  }
};

using Providers = std::vector<std::uint32_t>;

// What a policy of the user's does is code that the test gives.
struct Own final : ws::RoutingPolicy {
  std::function<std::size_t(const ws::RouteView&)> choose;
  struct End {
    std::size_t provider;
    double now;
    double seconds;
    bool completed;
  };
  std::vector<End> ends = {};

  explicit Own(std::function<std::size_t(const ws::RouteView&)> code) : choose(std::move(code)) {}
  std::string name() const override { return "Own"; }
  std::size_t route(const ws::RouteView& view) override { return choose(view); }
  void ended(const ws::RegisteredFunction&, std::size_t provider, double now, double seconds, bool completed) override {
    ends.push_back({provider, now, seconds, completed});
  }
};

} // namespace

TEST_CASE("without a routing policy calls go to the first provider") {
  Two two(nullptr);
  CHECK(two.routes({two.both("f")}, {0, 0, 0}) == Providers{0, 0, 0});
}

TEST_CASE("RoundRobinProviders goes round for each function by itself, and a provider that is named does not count") {
  Two two(std::make_shared<ws::RoundRobinProviders>());
  const Function f = two.both("f");
  SECTION("by function") { CHECK(two.routes({f, two.both("g")}, {0, 0, 0, 0, 0, 0}) == Providers{0, 0, 1, 1, 0, 0}); }
  SECTION("one that is named") {
    Providers providers;
    two.run([&] {
      const std::vector<ws::ServerlessComputeService*> named = {nullptr, &two.first, nullptr, nullptr};
      for (ws::ServerlessComputeService* provider : named) {
        const ws::Invocation call = two.router.invoke(f, 1.0, provider);
        two.router.wait_one(call);
        providers.push_back(call.record().provider.value);
      }
    });
    CHECK(providers == Providers{0, 0, 1, 0});
  }
}

TEST_CASE("LeastOutstanding counts the calls that have not ended") {
  Two two(std::make_shared<ws::LeastOutstanding>());
  // Calls of 10 s at 0, 0, 0 and 1 s: first, second, first, second. At 10.5 s only the second has one left.
  CHECK(two.routes({two.both("f")}, {0, 0, 0, 1, 9.5}, 10) == Providers{0, 1, 0, 1, 0});
}

TEST_CASE("FirstWithRoom goes on to the next where all slots are taken, and queues at the first") {
  Two two(std::make_shared<ws::FirstWithRoom>());
  CHECK(two.routes({two.both("f")}, {0, 0, 0, 0, 0}, 10) == Providers{0, 0, 1, 1, 0});
}

TEST_CASE("LowestLatency measures each, stays with the faster, and measures again what it has forgotten") {
  Two two(std::make_shared<ws::LowestLatency>(0.2, 100), 3);
  CHECK(two.routes({two.both("f")}, {0, 10, 10, 10, 10, 90, 10}) == Providers{0, 1, 0, 0, 0, 1, 0});
}

TEST_CASE("LowestLatency's parameters are checked") {
  CHECK_THROWS_WITH(ws::LowestLatency(0), Contains("weight is 0"));
  CHECK_THROWS_WITH(ws::LowestLatency(1.5), Contains("weight is 1.5"));
  CHECK_THROWS_WITH(ws::LowestLatency(0.2, 0), Contains("forget is 0"));
}

TEST_CASE("the function's routing policy comes before the manager's") {
  Two two(std::make_shared<ws::LeastOutstanding>());
  const Function f = two.both("f", {.routing = std::make_shared<ws::FirstProvider>()});
  CHECK(two.routes({f}, {0, 0, 0}) == Providers{0, 0, 0});
}

TEST_CASE("a routing policy of one's own sees what is under way, and is told of the ends") {
  std::vector<std::size_t> outstanding;
  const auto policy = std::make_shared<Own>([&](const ws::RouteView& view) {
    CHECK(view.function().name() == "f");
    CHECK(view.size() == 2);
    outstanding.push_back(view.outstanding(1));
    return view.has_room(1) ? 1 : 0;
  });
  Two two(policy);
  CHECK(two.routes({two.both("f")}, {0, 0, 0, 5}, 2) == Providers{1, 1, 0, 1});
  CHECK(outstanding == std::vector<std::size_t>{0, 1, 2, 0});
  REQUIRE(policy->ends.size() == 4);
  CHECK(policy->ends[0].provider == 1);
  CHECK(policy->ends[2].provider == 0);
  CHECK(policy->ends[3].now == at(7));
  for (const Own::End& end : policy->ends) {
    CHECK(end.seconds == at(2));
    CHECK(end.completed);
  }
}

TEST_CASE("an answer of a routing policy that is no provider of the function ends the simulation") {
  Two two(std::make_shared<Own>([](const ws::RouteView&) { return 2; }));
  const Function f = two.both("f");
  try {
    two.routes({f}, {0});
    FAIL("it did not throw");
  } catch (const ws::PolicyError& error) {
    CHECK(std::string(error.what()) ==
          "routing policy Own answered provider 2 for function 'f': it has 2, numbered from 0");
  }
}

TEST_CASE("what a routing policy throws is the cause of a PolicyError, and it is not asked again") {
  int asked = 0;
  const auto policy = std::make_shared<Own>([&](const ws::RouteView&) -> std::size_t {
    ++asked;
    throw std::runtime_error("no way");
  });
  Two two(policy);
  const Function f = two.both("f");
  try {
    two.run([&] {
      two.router.invoke(f, 1.0);
      two.router.invoke(f, 1.0);
    });
    FAIL("it did not throw");
  } catch (const ws::PolicyError& error) {
    CHECK(std::string(error.what()) == "routing policy Own threw for function 'f': no way");
    CHECK_THROWS_WITH(std::rethrow_if_nested(error), "no way");
  }
  CHECK(asked == 1);
}
