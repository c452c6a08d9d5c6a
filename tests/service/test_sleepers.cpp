// A replayed call that does nothing but sleep is kept in its container. Nothing differs from one that is live all the
// time: an observer of states keeps every call live.
#include "cloud.hpp"

#include "../random.hpp"
#include "same_tables.hpp"

#include <cmath>
#include <utility>

namespace {

// Every call sleeps for as long as it says. The columns are read while the simulation runs.
ws::Workload load_of(Cloud& cloud, ws::ServerlessComputeService& provider, const std::vector<double>& times,
                     const std::vector<double>& seconds) {
  const auto image = cloud.image("image", 10_MB, 10_MB);
  ws::Workload load;
  load.functions = {cloud.manager.register_function(
      cloud.manager.create_function("f", ws::Profile({ws::Sleep{}}), image), {&provider}, {.memory = 100_MB})};
  load.times = times;
  load.values = {seconds};
  return load;
}

State state_of(const ws::Results& results, std::size_t row) {
  return static_cast<State>(results.invocations->state[row]);
}

} // namespace

TEST_CASE("R26 who sleeps is RUNNING in results that are taken meanwhile") {
  Cloud cloud;
  auto& provider = cloud.provider({.keep_alive = 100});
  const std::vector<double> times{0, 10}, seconds{5, 7};
  cloud.manager.replay(load_of(cloud, provider, times, seconds));
  const ws::Results meanwhile = cloud.sim.run(12);
  CHECK(provider.running() == 1);
  CHECK(cloud.sim.ended_invocations() == 1);
  const auto check_meanwhile = [&] {
    CHECK(state_of(meanwhile, 0) == State::Completed);
    CHECK(state_of(meanwhile, 1) == State::Running);
    CHECK(meanwhile.invocations->started[1] == at(10));
    CHECK(std::isnan(meanwhile.invocations->ended[1]));
    CHECK(meanwhile.invocations->billed_seconds[1] == 0);
    CHECK(meanwhile.containers->invocations[0] == 1);
  };
  check_meanwhile();
  CHECK(cloud.sim.results().invocations == cloud.sim.results().invocations); // nothing is new, so nothing is copied
  const ws::Results results = cloud.sim.run();
  check_meanwhile(); // what was given away is left alone
  CHECK(state_of(results, 1) == State::Completed);
  CHECK(results.invocations->ended[1] == at(17));
  CHECK(results.invocations->billed_seconds[1] == at(7));
  CHECK(results.containers->invocations[0] == 2);
  CHECK(results.containers->busy_seconds[0] == at(12));
  CHECK(cloud.sim.ended_invocations() == 2);
}

TEST_CASE("R26 an observer that comes while a call sleeps is told of its end") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const std::vector<double> times{0, 20}, seconds{10, 1};
  cloud.manager.replay(load_of(cloud, provider, times, seconds));
  std::vector<std::pair<double, State>> seen;
  cloud.sim.at(5, [&] {
    cloud.sim.on_invocation_state([&](const ws::Invocation& invocation) {
      if (invocation.id() != 0)
        return;
      seen.emplace_back(cloud.sim.now(), invocation.state());
      CHECK(invocation.function() == "f");
      CHECK(invocation.node() == "node-0");
      CHECK(invocation.cold());
      CHECK(invocation.requested() == 0);
      CHECK(invocation.ended() == cloud.sim.now());
    });
  });
  const ws::Results results = cloud.sim.run();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].first == results.invocations->ended[0]);
  CHECK(seen[0].second == State::Completed);
  CHECK(results.invocations->billed_seconds[0] == at(10));
}

TEST_CASE("R37 who sleeps fails with its node, and the end of its sleep comes to nobody") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 2});
  const std::vector<double> times{0, 0, 12}, seconds{20, 3, 30};
  const ws::Replay replay = cloud.manager.replay(load_of(cloud, provider, times, seconds));
  cloud.sim.at(10, [&] { cloud.sim.host("node-0").turn_off(); });
  cloud.sim.at(11, [&] { cloud.sim.host("node-0").turn_on(); });
  const ws::Results results = cloud.sim.run(); // the third has the place of the first, in which its sleep would end
  const auto& table = *results.invocations;
  CHECK(state_of(results, 0) == State::Failed);
  CHECK(table.ended[0] == at(10));
  CHECK(table.billed_seconds[0] == at(10 - table.started[0]));
  CHECK(table.assigned[0] == table.started[0]);
  CHECK(state_of(results, 1) == State::Completed);
  CHECK(table.billed_seconds[1] == at(3));
  CHECK(state_of(results, 2) == State::Completed);
  CHECK(table.billed_seconds[2] == at(30));
  CHECK(results.containers->invocations == std::vector<std::uint32_t>{1, 1, 1});
  CHECK(replay.ended() == 3);
}

TEST_CASE("R26 more replays than a container can tell apart") {
  Cloud cloud;
  auto& provider = cloud.provider({.slots = 4});
  const std::vector<double> times{0, 1}, seconds{1, 2};
  const ws::Workload load = load_of(cloud, provider, times, seconds);
  std::vector<ws::Replay> replays;
  for (int number = 0; number < 300; ++number)
    replays.push_back(cloud.manager.replay(load));
  const ws::Results results = cloud.sim.run();
  for (const ws::Replay& replay : replays)
    CHECK(replay.ended() == 2);
  for (std::size_t row = 0; row < 600; ++row)
    REQUIRE(state_of(results, row) == State::Completed);
  CHECK(cloud.sim.ended_invocations() == 600);
}

namespace {

struct Outcome {
  std::vector<ws::Results> results; // one after the other
  std::size_t ended;
};

Outcome run(std::uint32_t seed, bool observed) {
  Random random(seed);
  Cloud cloud(3);
  ws::ServerlessOptions options{.slots = 4, .node_store = 3_GB};
  if (random.coin())
    options.keep_alive = 2;
  if (random.coin())
    options.cold_start_overhead = 0.5;
  if (random.below(3) == 0)
    options.queueing = std::make_shared<ws::ShortestExpectedFirst>();
  if (random.below(3) == 0)
    options.scaling = std::make_shared<ws::OnePerCall>();
  if (random.below(3) == 0)
    options.billing = ws::Billing{.rounding = 0.1};
  if (random.below(4) == 0)
    options.eviction = std::make_shared<ws::GreedyDual>();
  auto& provider = cloud.provider(options, 3);
  if (observed)
    cloud.sim.on_invocation_state([](const ws::Invocation&) {});
  const auto image = cloud.image("shared", 10_MB, 10_MB);
  ws::Workload load;
  for (int index = 0; index < 4; ++index) {
    ws::FunctionLimits limits{.memory = 400_MB, .ephemeral_storage = 10_MB};
    if (random.below(5) == 0)
      limits.retries = ws::Retries{.count = 1};
    if (random.below(5) == 0)
      limits.provisioned_concurrency = 1;
    const bool constant = index > 0 && random.coin();
    load.functions.push_back(cloud.manager.register_function(
        cloud.manager.create_function("f" + std::to_string(index),
                                      ws::Profile({constant ? ws::Step(ws::Sleep{1.5}) : ws::Step(ws::Sleep{})}),
                                      image),
        {&provider}, limits));
  }
  std::vector<double> times, seconds;
  std::vector<std::uint32_t> which;
  for (int call = 0; call < 120; ++call) {
    times.push_back(0.25 * random.below(200));
    seconds.push_back(0.25 * random.below(16));
    which.push_back(random.below(4));
  }
  load.times = times;
  load.values = {seconds};
  load.which = which;
  if (random.coin()) {
    const std::string host = "node-" + std::to_string(random.below(3));
    const double off = random.below(40), on = off + 1 + random.below(10);
    cloud.sim.at(off, [&cloud, host] { cloud.sim.host(host).turn_off(); });
    cloud.sim.at(on, [&cloud, host] { cloud.sim.host(host).turn_on(); });
  }
  const ws::Replay replay = cloud.manager.replay(load);
  Outcome outcome;
  for (const double until : {10 + 0.125 * random.below(80), 30.0})
    outcome.results.push_back(cloud.sim.run(until));
  outcome.results.push_back(cloud.sim.run());
  outcome.ended = replay.ended();
  return outcome;
}

} // namespace

TEST_CASE("R26 R37 a call that sleeps in its container leaves what a live one leaves") {
  std::size_t meanwhile = 0;
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    const Outcome plain = run(seed, false);
    const Outcome observed = run(seed, true);
    CHECK(plain.ended == observed.ended);
    for (std::size_t number = 0; number < plain.results.size(); ++number) {
      CAPTURE(number);
      const ws::Results& one = plain.results[number];
      const ws::Results& other = observed.results[number];
      CHECK(one.now == other.now);
      REQUIRE(same(*one.invocations, *other.invocations));
      REQUIRE(same(*one.containers, *other.containers));
      for (std::size_t row = 0; row < one.invocations->size(); ++row)
        meanwhile += state_of(one, row) == State::Running;
    }
  }
  CHECK(meanwhile > 100); // what the test is about did happen
}
