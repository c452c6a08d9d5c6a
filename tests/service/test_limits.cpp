// The limits of a provider (R30 to R35) in C++: the same rules as in the Python tests, each once.
#include "cloud.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;

namespace {

// Those that are not refused.
std::vector<ws::Invocation> admitted(const Cloud& cloud, const Function& function, int count, double seconds = 1) {
  std::vector<ws::Invocation> all;
  for (int i = 0; i < count; ++i)
    try {
      all.push_back(cloud.manager.invoke(function, seconds));
    } catch (const ws::InvocationRefused&) {
      continue;
    }
  return all;
}

std::vector<double> claims(const ws::Results& results) { return results.containers->claimed; }

} // namespace

TEST_CASE("R30 no more than queue_capacity wait for room") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.slots = 2, .queue_capacity = 3}));
  cloud.run([&] {
    cloud.call(f, 1); // its image is there
    CHECK(admitted(cloud, f, 10).size() == 5);
  });
}

TEST_CASE("R31 max_concurrency counts what was admitted and has not ended, and reservations are kept free") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.max_concurrency = 6}, 2);
  const auto mine = cloud.sleeper("mine", provider, {.reserved_concurrency = 2});
  const auto other = cloud.sleeper("other", provider);
  CHECK_THROWS_AS(cloud.sleeper("greedy", provider, {.reserved_concurrency = 5}), ws::RegistrationRefused);
  cloud.run([&] {
    const auto others = admitted(cloud, other, 10);
    CHECK(others.size() == 4);
    CHECK(admitted(cloud, mine, 10).size() == 2);
    CHECK_THROWS_WITH(cloud.invoke(mine, 1), Contains("reserved_concurrency is 2"));
    CHECK_THROWS_WITH(cloud.invoke(other, 1), Contains("is 6, of which 2 are reserved"));
    cloud.manager.wait_all(others);
    CHECK(admitted(cloud, other, 10).size() == 4);
  });
}

TEST_CASE("R32 provisioned containers are there first, never expire, and are not dropped for others") {
  Cloud cloud;
  auto& provider = cloud.provider({.keep_alive = 1});
  const auto f = cloud.sleeper("f", provider, {.memory = 1500_MB, .provisioned_concurrency = 1});
  const auto big = cloud.sleeper("big", provider, {.memory = 2_GB});
  const auto results = cloud.run([&] {
    Cloud::sleep_until(100);
    CHECK_FALSE(cloud.call(f, 1).cold());
    const auto first = cloud.invoke(big, 1);
    const auto second = cloud.invoke(big, 1); // with 1.5 + 2 + 2 GB there is no room for it
    cloud.manager.wait_all({first, second});
    CHECK(second.started() == at(first.ended()));
    CHECK_FALSE(cloud.call(f, 1).cold());
  });
  CHECK(results.containers->provisioned[0] == 1);
  CHECK(results.containers->reason[0] == static_cast<int>(ws::ContainerEnd::Alive));
}

TEST_CASE("R32 one whose node goes off starts again elsewhere") {
  Cloud cloud(2);
  const auto f = cloud.sleeper("f", cloud.provider({}, 2), {.provisioned_concurrency = 1});
  cloud.sim.at(50, [&] { cloud.sim.host("node-0").turn_off(); });
  cloud.run([&] {
    Cloud::sleep_until(100);
    const auto call = cloud.call(f, 1);
    CHECK(call.node() == "node-1");
    CHECK_FALSE(call.cold());
  });
}

TEST_CASE("R33 new containers come as the tokens do") {
  Cloud cloud(2);
  const auto f = cloud.sleeper("f", cloud.provider({.slots = 8, .burst_limit = 3, .burst_rate = 0.5}, 2));
  const auto results = cloud.run([&] { CHECK(admitted(cloud, f, 6, 100).size() == 6); });
  CHECK_THAT(claims(results), all_at({1, 1, 1, 2, 4, 6}));
}

TEST_CASE("R34 two in a container share a core, its memory and its slot") {
  Cloud cloud;
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
                             ws::compute(std::any_cast<double>(input));
                             return {};
                           },
                           {&cloud.provider({.slots = 1, .concurrency = 2})});
  cloud.run([&] {
    const std::vector<ws::Invocation> all{cloud.invoke(f, 1e9), cloud.invoke(f, 3e9)};
    cloud.manager.wait_all(all);
    CHECK(all[0].ended() == at(staging + 2));
    CHECK(all[1].ended() == at(staging + 4));
  });
}

TEST_CASE("a body gets no more of a core than its memory gives it") {
  Cloud cloud;
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
                             ws::compute(1e9);
                             return {};
                           },
                           {&cloud.provider({.cpu_per_memory = 1_GB})}, {.memory = 250_MB});
  cloud.run([&] {
    const auto call = cloud.manager.invoke(f);
    cloud.manager.wait_one(call);
    CHECK(call.ended() - call.started() == at(4));
  });
}

TEST_CASE("R35 what fails is tried again, and is a dead letter after the last attempt") {
  Cloud cloud;
  int bodies = 0;
  const auto f = cloud.add("f",
                           [&](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
                             ws::sleep(1);
                             if (++bodies <= std::any_cast<int>(input))
                               throw std::runtime_error("attempt " + std::to_string(bodies));
                             return bodies;
                           },
                           {&cloud.provider()}, {.retries = ws::Retries{.count = 2, .delays = {10, 60}}});
  cloud.run([&] {
    const auto works = cloud.manager.invoke(f, 2);
    cloud.manager.wait_one(works);
    CHECK(works.attempts() == 3);
    CHECK(std::any_cast<int>(works.output()) == 3);
    CHECK(works.ended() == at(staging + 3 + 70));
    CHECK(works.record().billed_seconds == at(3));
    const auto fails = cloud.manager.invoke(f, 100);
    CHECK(cloud.manager.wait_one(fails) == State::Failed);
    CHECK(message<std::runtime_error>(fails.failure()) == "attempt 6");
    REQUIRE(f->dead_letters->size() == 1);
    CHECK(f->dead_letters->front().id() == fails.id());
  });
}

TEST_CASE("R35 an asynchronous call is accepted first, and refused later") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.max_concurrency = 1}), {.retries = ws::Retries{.count = 0}});
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.manager.invoke_async(f, 1.0);
    CHECK(second.state() == State::Refused);
    CHECK_THAT(message<ws::InvocationRefused>(second.failure()), Contains("max_concurrency is 1"));
    CHECK(f->dead_letters->size() == 1);
    cloud.manager.wait_all({first, second});
  });
}

TEST_CASE("limits that are none are errors that name them") {
  Cloud cloud;
  CHECK_THROWS_WITH(cloud.provider({.max_concurrency = 0}), Contains("max_concurrency is 0"));
  CHECK_THROWS_WITH(cloud.provider({.burst_limit = 0, .burst_rate = 1}), Contains("burst_limit is 0"));
  CHECK_THROWS_WITH(cloud.provider({.burst_limit = 1}), Contains("burst_rate"));
  CHECK_THROWS_WITH(cloud.provider({.burst_rate = 1}), Contains("burst_limit"));
  CHECK_THROWS_WITH(cloud.provider({.burst_limit = 1, .burst_rate = -1}), Contains("burst_rate is -1"));
  CHECK_THROWS_WITH(cloud.provider({.cpu_per_memory = 0}), Contains("cpu_per_memory is 0"));
  CHECK_THROWS_WITH(cloud.provider({.billing = ws::Billing{.per_request = -1}}), Contains("per_request"));
  auto& provider = cloud.provider();
  CHECK_THROWS_WITH(cloud.sleeper("f", provider, {.retries = ws::Retries{.delays = {}}}), Contains("delay"));
  CHECK_THROWS_WITH(cloud.sleeper("g", provider, {.retries = ws::Retries{.delays = {-1}}}), Contains("delay"));
}
