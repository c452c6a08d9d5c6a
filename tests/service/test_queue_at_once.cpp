// A replayed call that comes when others wait goes into the queue at once. Nothing differs from what request and
// admission would do: an observer of states makes every call go that way.
#include "cloud.hpp"

#include "../random.hpp"
#include "same_tables.hpp"

namespace {

ws::ServerlessOptions options_of(Random& random) {
  ws::ServerlessOptions options{
      .slots = 1 + static_cast<int>(random.below(3)), .node_store = 3_GB, .node_memory = 3_GB};
  if (random.below(4) == 0)
    options.cold_start_overhead = 0.5;
  if (random.below(3) == 0)
    options.keep_alive = random.coin() ? 0 : 3;
  if (random.below(6) == 0)
    options.concurrency = 2;
  if (random.below(6) == 0)
    options.queue_capacity = 20;
  if (random.below(6) == 0)
    options.max_concurrency = 12;
  if (random.below(5) == 0) {
    options.burst_limit = 1;
    options.burst_rate = 0.5;
  }
  if (random.below(6) == 0)
    options.dispatch_overhead = 0.125;
  if (random.below(4) == 0)
    options.queueing = random.coin() ? std::shared_ptr<ws::QueueingPolicy>(std::make_shared<ws::FairShare>())
                                     : std::make_shared<ws::ShortestExpectedFirst>();
  if (random.below(6) == 0)
    options.scaling = std::make_shared<ws::KnativeAutoscaler>();
  if (random.below(4) == 0)
    options.eviction = std::make_shared<ws::GreedyDual>();
  return options;
}

ws::FunctionLimits limits_of(Random& random) {
  ws::FunctionLimits limits{.memory = 500_MB * (1 + random.below(3)), .ephemeral_storage = 10_MB};
  if (random.below(4) == 0)
    limits.time_limit = 1.5;
  if (random.below(5) == 0)
    limits.ingress = 10_MB;
  if (random.below(8) == 0)
    limits.reserved_concurrency = 4;
  if (random.below(6) == 0)
    limits.provisioned_concurrency = 1;
  if (random.below(4) == 0)
    limits.retries = ws::Retries{.count = 2, .delays = {0.5}};
  return limits;
}

struct Outcome {
  ws::Results results;
  std::size_t requested, ended;
};

Outcome run(std::uint32_t seed, bool observed) {
  Random random(seed);
  ws::ClusterOptions platform = round_numbers(2);
  platform.ram = 6_GB; // for both providers (R7)
  Cloud cloud(platform);
  auto& provider = cloud.provider(options_of(random), 2);
  auto& second = cloud.sim.create_serverless_compute_service("head", {"node-1"},
                                                             {.image_store = 1_GB, .slots = 1, .node_store = 1_GB});
  const bool routed = random.below(5) == 0;
  if (observed)
    cloud.sim.on_invocation_state([](const ws::Invocation&) {});
  const auto image = cloud.image("shared", 10_MB, 10_MB);
  std::vector<ws::ServerlessComputeService*> providers{&provider};
  if (routed)
    providers.push_back(&second);
  ws::Workload load;
  const std::size_t calls = 150;
  for (int index = 0; index < 3; ++index) {
    const std::string name = "f" + std::to_string(index);
    if (index == 2 && random.coin())
      load.functions.push_back(cloud.sleeper(name, provider, limits_of(random), image));
    else
      load.functions.push_back(cloud.manager.register_function(
          cloud.manager.create_function(name, ws::Profile({ws::Sleep{}}), image), providers, limits_of(random)));
  }
  std::vector<double> times, seconds;
  std::vector<std::uint32_t> which;
  for (std::size_t call = 0; call < calls; ++call) {
    times.push_back(0.25 * random.below(120)); // many at the same date
    seconds.push_back(0.25 * (1 + random.below(8)));
    which.push_back(random.below(3));
  }
  load.times = times;
  load.values = {seconds};
  load.which = which;
  if (random.below(3) == 0) {
    const std::string host = random.coin() ? "node-0" : "head";
    cloud.sim.at(5, [&cloud, host] { cloud.sim.host(host).turn_off(); });
    cloud.sim.at(9, [&cloud, host] { cloud.sim.host(host).turn_on(); });
  }
  const ws::Replay replay = cloud.manager.replay(load);
  const ws::Replay again = random.coin() ? cloud.manager.replay(load) : ws::Replay(replay);
  ws::Results results = cloud.sim.run();
  return {std::move(results), replay.requested() + again.requested(), replay.ended() + again.ended()};
}

} // namespace

TEST_CASE("R13 R16 a replayed call that goes into the queue at once leaves what one leaves that is asked for") {
  std::size_t waited = 0;
  for (std::uint32_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    const Outcome plain = run(seed, false);
    const Outcome observed = run(seed, true);
    CHECK(plain.results.now == observed.results.now);
    CHECK(plain.requested == observed.requested);
    CHECK(plain.ended == observed.ended);
    REQUIRE(same(*plain.results.invocations, *observed.results.invocations));
    REQUIRE(same(*plain.results.containers, *observed.results.containers));
    const auto& table = *plain.results.invocations;
    for (std::size_t row = 0; row < table.size(); ++row)
      waited += table.assigned[row] > table.admitted[row];
  }
  CHECK(waited > 1000); // what the test is about did happen
}
