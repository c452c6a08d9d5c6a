// Random workloads on providers with random limits: nothing is lost, and each call ends once with the attempts that it
// may have (R26, R28, R30 to R35). The books are added up between any two events. A failure prints its seed.
#include "cloud.hpp"

#include "../random.hpp"

#include <stdexcept>

namespace {

ws::ServerlessOptions random_options(Random& random) {
  ws::ServerlessOptions options{.image_store = 1_GB,
                                .slots = static_cast<int>(random.between(1, 4)),
                                .cold_start_overhead = random.coin() ? 0.25 : 0,
                                .dispatch_overhead = random.coin() ? 0.005 : 0,
                                .keep_alive = random.coin() ? 2.0 : 0,
                                .concurrency = static_cast<std::uint32_t>(random.between(1, 3)),
                                .control_message_size = random.coin() ? 1_kB : 0};
  if (random.coin())
    options.queue_capacity = random.below(5);
  if (random.coin())
    options.max_concurrency = static_cast<std::uint32_t>(random.between(4, 10));
  if (random.coin()) {
    options.burst_limit = static_cast<std::uint32_t>(random.between(1, 3));
    options.burst_rate = random.coin() ? 0.5 : 3;
  }
  if (random.coin())
    options.cpu_per_memory = 500_MB;
  if (random.coin())
    options.billing = ws::Billing{.per_gb_second = 1, .rounding = 0.1};
  return options;
}

ws::FunctionLimits random_limits(Random& random) {
  ws::FunctionLimits limits{.time_limit = random.coin() ? 2.0 : infinity,
                            .memory = random.between(50, 300) * 1_MB,
                            .ephemeral_storage = 100_MB,
                            .provisioned_concurrency = static_cast<std::uint32_t>(random.below(3))};
  if (random.coin())
    limits.reserved_concurrency = static_cast<std::uint32_t>(random.below(3));
  if (random.coin())
    limits.retries = ws::Retries{.count = static_cast<std::uint16_t>(random.below(4)),
                                 .delays = {0, 0.5},
                                 .refused = random.coin(),
                                 .asynchronous_only = random.coin()};
  return limits;
}

ws::FunctionOutput body(const ws::FunctionInput& input, ws::StorageService& storage) {
  const double time = std::any_cast<double>(input);
  ws::sleep(time / 4);
  storage.write("x" + std::to_string(ws::current_invocation().id()), 1_MB);
  ws::compute(time * 2e8);
  if (time > 3)
    throw std::runtime_error("too long");
  return input;
}

void check(const ws::Results& results, const std::vector<Function>& functions) {
  const ws::InvocationTable& table = *results.invocations;
  std::size_t letters = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    CAPTURE(row);
    REQUIRE(ws::is_final(static_cast<State>(table.state[row])));
    const auto& retries = functions[table.function[row]]->limits.retries;
    REQUIRE(table.attempts[row] >= 1);
    REQUIRE(table.attempts[row] <= (retries ? retries->count + 1 : 1));
    REQUIRE(table.requested[row] <= table.ended[row]);
  }
  for (const auto& function : functions) {
    letters += function->dead_letters->size();
    for (const auto& letter : *function->dead_letters)
      REQUIRE(letter.state() != State::Completed);
  }
  REQUIRE(letters <= table.size());
}

} // namespace

TEST_CASE("R26 R28 R30 R31 R32 R33 R34 R35 random limits") {
  const auto seed = GENERATE(range(0U, 40U));
  CAPTURE(seed);
  Random random(seed);
  ws::ClusterOptions platform = round_numbers(3);
  platform.ram = 2_GB;
  Cloud cloud(platform);
  auto& provider = cloud.provider(random_options(random), 3);
  const auto image = cloud.image("image");
  std::vector<Function> functions;
  for (int i = 0; i < 4; ++i)
    try {
      functions.push_back(cloud.add("f" + std::to_string(i), body, {&provider}, random_limits(random), image));
    } catch (const ws::RegistrationRefused&) {
      functions.push_back(cloud.add("f" + std::to_string(i), body, {&provider}, {.memory = 50_MB}, image));
    }
  if (random.coin()) {
    cloud.sim.at(7, [&] { cloud.sim.host("node-1").turn_off(); });
    cloud.sim.at(12, [&] { cloud.sim.host("node-1").turn_on(); });
  }
  for (std::uint32_t controller = 0; controller < 3; ++controller)
    cloud.main([&, draw = Random(seed * 31 + controller)]() mutable {
      std::vector<ws::Invocation> open;
      for (int i = 0; i < 40; ++i) {
        ws::sleep(draw.below(100) / 100.0);
        const auto& function = functions[draw.below(functions.size())];
        const double time = draw.below(400) / 100.0;
        try {
          open.push_back(draw.coin() ? cloud.invoke(function, time) : cloud.manager.invoke_async(function, time));
        } catch (const ws::InvocationRefused&) {
          continue;
        }
      }
      cloud.manager.wait_all(open);
      ws::sleep(60);
    });
  check(cloud.sim.run(), functions);
  CHECK(provider.queued() == 0);
  CHECK(provider.running() == 0);
  for (std::uint32_t node = 0; node < 3; ++node)
    CHECK(provider.cluster().node(ws::NodeId(node)).used_slots() == 0);
}
