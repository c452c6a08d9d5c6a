// R16 at random: images that are dropped and fetched again, limits, policies, hosts that go off. The books are added up
// between any two events. A failure prints its seed.
//
// - Every call ends, and in the end nothing waits or is held.
// - No container is claimed before its image was somewhere: at the head, or on a node.
// - Where all images are at the head from the start, nothing waits there: no result differs from those of before_image.
#include "cloud.hpp"
#include "engine/body.hpp"

#include "../random.hpp"
#include "same_tables.hpp"

#include <algorithm>
#include <map>

namespace {

// Starts some containers in advance.
struct Ahead final : ws::KeepAlivePolicy {
  std::string name() const override { return "Ahead"; }
  ws::KeepAlive keep_alive(ws::FunctionId function, double) override {
    return {static_cast<double>(function.value % 2), 3, 4};
  }
};

ws::ServerlessOptions random_options(Random& random, bool policies) {
  ws::ServerlessOptions options{.image_store = random.between(300, 700) * 1_MB,
                                .slots = static_cast<int>(random.between(1, 3)),
                                .node_store = random.between(600, 1'500) * 1_MB,
                                .cold_start_overhead = random.coin() ? 0.25 : 0,
                                .dispatch_overhead = random.below(3) == 0 ? 0.005 : 0,
                                .keep_alive = random.coin()   ? 2.0
                                              : random.coin() ? 0
                                                              : infinity};
  if (random.below(3) == 0)
    options.concurrency = 3;
  if (random.below(3) == 0)
    options.queue_capacity = random.below(5);
  if (random.below(4) == 0)
    options.max_concurrency = 15;
  if (random.below(3) == 0) {
    options.burst_limit = static_cast<std::uint32_t>(random.between(1, 3));
    options.burst_rate = random.coin() ? 0.5 : 3;
  }
  if (!policies)
    return options;
  if (random.below(4) == 0)
    options.placement = random.coin() ? std::shared_ptr<ws::PlacementPolicy>(std::make_shared<ws::RoundRobin>())
                                      : std::make_shared<ws::LeastLoaded>();
  if (random.below(4) == 0)
    options.queueing = random.coin() ? std::shared_ptr<ws::QueueingPolicy>(std::make_shared<ws::FairShare>())
                                     : std::make_shared<ws::ShortestExpectedFirst>();
  if (random.below(4) == 0)
    options.keep_alive_policy = std::make_shared<Ahead>();
  if (random.below(5) == 0) {
    options.scaling = std::make_shared<ws::KnativeAutoscaler>(ws::KnativeOptions{.target = 2});
    if (options.queue_capacity == 0U)
      options.queue_capacity = 1;
  }
  return options;
}

ws::FunctionLimits random_limits(Random& random) {
  ws::FunctionLimits limits{.memory = random.between(50, 900) * 1_MB, .ephemeral_storage = 50_MB};
  if (random.below(4) == 0)
    limits.provisioned_concurrency = 1;
  if (random.below(4) == 0)
    limits.retries = ws::Retries{.count = 2, .delays = {0.5}};
  return limits;
}

struct World {
  Cloud cloud{3};
  ws::StorageService* local = nullptr; // the image store, where images are made there
  ws::ServerlessComputeService* provider = nullptr;
  std::vector<Function> functions;
  std::vector<std::string> files; // of their images

  World(Random& random, bool faults, bool all_at_head, ws::Claims claims) {
    ws::ServerlessOptions options = random_options(random, true);
    options.claims = claims;
    if (all_at_head) {
      local = &cloud.sim.create_storage_service("head", {.capacity = 2_GB});
      options.image_store = local->shared_from_this();
    }
    provider = &cloud.provider(options, 3);
    std::vector<std::shared_ptr<const ws::Image>> images;
    for (int i = 0; i < 5; ++i) {
      const std::string name = "image-" + std::to_string(i);
      const ws::Bytes size = random.between(10, 250) * 1_MB;
      ws::StorageService& where = local != nullptr ? *local : cloud.registry;
      images.push_back(cloud.manager.create_image(name, where.create_file(name, size), random.between(0, 200) * 1_MB));
    }
    for (std::size_t i = 0; i < 8; ++i) {
      const auto& image = images[random.below(images.size())];
      const std::string name = "f" + std::to_string(i);
      if (random.coin())
        functions.push_back(cloud.sleeper(name, *provider, random_limits(random), image));
      else
        functions.push_back(cloud.manager.register_function(
            cloud.manager.create_function(name, ws::Profile({ws::Sleep{}}), image), {provider}, random_limits(random)));
      files.push_back(image->file.file);
    }
    if (faults)
      for (const char* host : {"node-0", "head", "node-2"})
        for (int i = 0; i < 2; ++i) {
          const double off = random.below(60) * 0.5;
          cloud.sim.at(off, [this, host] { cloud.sim.host(host).turn_off(); });
          cloud.sim.at(off + random.below(8) * 0.5, [this, host] { cloud.sim.host(host).turn_on(); });
        }
  }
};

// In a replay with many calls at one date.
ws::Results simulate(std::uint32_t seed, bool faults, bool all_at_head, ws::Claims claims) {
  Random random(seed);
  World world(random, faults, all_at_head, claims);
  std::vector<double> times, seconds;
  std::vector<std::uint32_t> which;
  for (int call = 0; call < 200; ++call) {
    times.push_back(0.25 * random.below(120));
    seconds.push_back(0.25 * (1 + random.below(8)));
    which.push_back(random.below(world.functions.size()));
  }
  // Bodies take their seconds as a number: those calls come from a program.
  ws::Workload load;
  std::vector<double> replayed_times, replayed_seconds;
  std::vector<std::uint32_t> replayed;
  std::vector<std::pair<double, std::size_t>> called;
  for (std::size_t call = 0; call < times.size(); ++call)
    if (world.functions[which[call]]->function->body->profile() != nullptr) {
      replayed_times.push_back(times[call]);
      replayed_seconds.push_back(seconds[call]);
      replayed.push_back(which[call]);
    } else {
      called.emplace_back(times[call], call);
    }
  std::ranges::sort(called);
  load.functions = world.functions;
  load.times = replayed_times;
  load.values = {replayed_seconds};
  load.which = replayed;
  if (!replayed.empty())
    world.cloud.manager.replay(load);
  const ws::Results results = world.cloud.run([&] {
    std::vector<ws::Invocation> open;
    for (const auto& [time, call] : called) {
      Cloud::sleep_until(time);
      try {
        open.push_back(world.cloud.invoke(world.functions[which[call]], seconds[call]));
      } catch (const ws::InvocationRefused&) {
        continue;
      } catch (const ws::HostFailure&) {
        continue;
      }
    }
    world.cloud.manager.wait_all(open);
    Cloud::sleep_until(400);
  });
  CHECK(world.provider->queued() == 0);
  CHECK(world.provider->running() == 0);
  const ws::ClusterView view = world.provider->cluster();
  for (std::uint32_t node = 0; node < 3; ++node)
    CHECK(view.node(ws::NodeId(node)).used_slots() == 0);
  for (const std::uint8_t state : results.invocations->state)
    REQUIRE(ws::is_final(static_cast<State>(state)));
  if (all_at_head || claims != ws::Claims::AtHead)
    return results;
  std::map<std::string, double> there; // when an image was at the head first
  const ws::TransferTable& moved = *results.transfers;
  for (std::size_t row = 0; row < moved.size(); ++row)
    if (moved.completed[row] != 0 && moved.destination[row] == "provider/images") {
      const auto [first, fresh] = there.try_emplace(moved.file[row], moved.ended[row]);
      first->second = std::min(first->second, moved.ended[row]);
    }
  for (std::size_t row = 0; row < results.containers->size(); ++row) {
    const std::string& file = world.files.at(results.containers->function[row]);
    REQUIRE(there.contains(file));
    REQUIRE(results.containers->claimed[row] >= there.at(file));
  }
  return results;
}

} // namespace

TEST_CASE("R16 R21 R30 R33 R37 calls that wait at the head, at random: the books stay right, and all end") {
  const bool faults = GENERATE(false, true);
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed, faults);
  simulate(seed, faults, false, ws::Claims::AtHead);
}

TEST_CASE("R16 before_image, at random: the books stay right, and all end") {
  const auto seed = GENERATE(range(200U, 220U));
  CAPTURE(seed);
  simulate(seed, seed % 2 == 0, false, ws::Claims::BeforeImage);
}

TEST_CASE("R16 where all images are at the head, nothing waits there") {
  const bool faults = GENERATE(false, true);
  const auto seed = GENERATE(range(100U, 130U));
  CAPTURE(seed, faults);
  const ws::Results waiting = simulate(seed, faults, true, ws::Claims::AtHead);
  const ws::Results claiming = simulate(seed, faults, true, ws::Claims::BeforeImage);
  CHECK(waiting.now == claiming.now);
  CHECK(same(*waiting.invocations, *claiming.invocations));
  CHECK(same(*waiting.containers, *claiming.containers));
  CHECK(same(*waiting.transfers, *claiming.transfers));
}

TEST_CASE("R29 calls that wait at the head: the same program gives the same results to the last bit") {
  const auto seed = GENERATE(range(0U, 6U));
  const ws::Results first = simulate(seed, true, false, ws::Claims::AtHead);
  const ws::Results second = simulate(seed, true, false, ws::Claims::AtHead);
  CHECK(same(*first.invocations, *second.invocations));
  CHECK(same(*first.containers, *second.containers));
  CHECK(same(*first.transfers, *second.transfers));
}
