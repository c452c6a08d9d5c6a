// Random workloads on random providers: whatever the policies and limits, the rules that always hold do: R16, R26, R28,
// R29. A failure prints its seed.
#include "cloud.hpp"

#include "../random.hpp"
#include "same_tables.hpp"

#include <stdexcept>

namespace {

struct Outcome {
  ws::Results results;
  std::vector<std::vector<double>> dates; // of each controller
};

std::shared_ptr<ws::PlacementPolicy> any_placement(Random& random) {
  switch (random.below(7)) {
  case 0:
    return std::make_shared<ws::LeastLoaded>();
  case 1:
    return std::make_shared<ws::MostPacked>();
  case 2:
    return std::make_shared<ws::RoundRobin>();
  case 3:
    return std::make_shared<ws::Random>();
  case 4:
    return std::make_shared<ws::PowerOfTwoChoices>();
  case 5:
    return std::make_shared<ws::HashAffinity>(2);
  default:
    return nullptr;
  }
}

// Everything but a few constants is drawn from the seed.
Outcome simulate(std::uint32_t seed) {
  Random random(seed);
  ws::ClusterOptions platform = round_numbers(3);
  platform.ram = 1_GB;
  platform.disk = random.between(1'000, 3'000) * 1_MB;
  Cloud cloud(platform);
  ws::ServerlessOptions options{.image_store = random.between(400, 1'000) * 1_MB,
                                .slots = static_cast<int>(random.between(1, 4)),
                                .cold_start_overhead = random.coin() ? 0.25 : 0,
                                .warm_start_overhead = random.coin() ? 0.01 : 0,
                                .dispatch_overhead = random.coin() ? 0.005 : 0,
                                .keep_alive = random.coin()   ? 5.0
                                              : random.coin() ? 0
                                                              : infinity,
                                .control_message_size = random.coin() ? 1_kB : 0};
  options.placement = any_placement(random);
  auto& provider = cloud.provider(options, 3);
  std::vector<std::shared_ptr<const ws::Image>> images;
  for (int i = 0; i < 3; ++i)
    images.push_back(
        cloud.image("image-" + std::to_string(i), random.between(0, 400) * 1_MB, random.between(0, 300) * 1_MB));
  const ws::FunctionBody body = [](const ws::FunctionInput& input, ws::StorageService& storage) -> ws::FunctionOutput {
    const double time = std::any_cast<double>(input);
    ws::sleep(time / 4);
    storage.write("x", storage.capacity() / 4);
    ws::compute(time * 5e8);
    if (time > 3.5)
      throw std::runtime_error("too long");
    return input;
  };
  std::vector<Function> functions;
  for (int i = 0; i < 5; ++i)
    functions.push_back(cloud.add("f" + std::to_string(i), body, {&provider},
                                  {.time_limit = random.coin() ? 3.0 : infinity,
                                   .memory = random.between(50, 700) * 1_MB,
                                   .ephemeral_storage = random.between(1, 400) * 1_MB,
                                   .ingress = random.coin() ? 1_MB : 0,
                                   .egress = random.coin() ? 1_MB : 0},
                                  images[random.below(images.size())]));
  Outcome outcome;
  outcome.dates.resize(4);
  for (std::size_t controller = 0; controller < outcome.dates.size(); ++controller)
    cloud.main([&, controller, draw = Random(seed * 31 + static_cast<std::uint32_t>(controller))]() mutable {
      std::vector<ws::Invocation> open;
      for (int i = 0; i < 60; ++i) {
        ws::sleep(draw.below(100) / 100.0);
        open.push_back(cloud.invoke(functions[draw.below(functions.size())], draw.below(400) / 100.0));
        if (draw.below(4) == 0)
          cloud.manager.wait_any(open);
        outcome.dates[controller].push_back(ws::now());
      }
      cloud.manager.wait_all(open);
      outcome.dates[controller].push_back(ws::now());
      ws::sleep(60); // claims that nobody needs any more end too
    });
  outcome.results = cloud.sim.run();
  const auto view = provider.cluster();
  for (std::uint32_t node = 0; node < 3; ++node) { // nothing is lost
    CHECK(view.node(ws::NodeId(node)).used_slots() == 0);
    CHECK(view.node(ws::NodeId(node)).free_memory() + view.node(ws::NodeId(node)).reclaimable_memory() ==
          view.node(ws::NodeId(node)).memory());
    CHECK(view.node(ws::NodeId(node)).free_storage() + view.node(ws::NodeId(node)).reclaimable_storage() ==
          view.node(ws::NodeId(node)).storage());
  }
  CHECK(provider.queued() == 0);
  CHECK(provider.running() == 0);
  return outcome;
}

void check_rows(const ws::Results& results) {
  const ws::InvocationTable& table = *results.invocations;
  REQUIRE(table.size() == 240);
  for (std::size_t row = 0; row < table.size(); ++row) {
    CAPTURE(row);
    const auto state = static_cast<State>(table.state[row]);
    REQUIRE(ws::is_final(state)); // R26
    REQUIRE(table.requested[row] <= table.admitted[row]);
    REQUIRE(table.admitted[row] <= table.ended[row]);
    if (table.node[row] < 0)
      continue; // its image failed
    REQUIRE(table.admitted[row] <= table.assigned[row]);
    REQUIRE(table.assigned[row] <= table.started[row]);
    REQUIRE(table.started[row] + table.billed_seconds[row] <= table.ended[row] + 1e-9);
    if (state == State::TimedOut)
      REQUIRE(table.ended[row] == at(table.started[row] + 3));
  }
}

// R28, from the records alone: what is held by those that are assigned, at each date at which one is.
void check_slots(const ws::Results& results) {
  const ws::InvocationTable& table = *results.invocations;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.node[row] < 0)
      continue;
    int slots = 0;
    double memory = 0;
    for (std::size_t other = 0; other < table.size(); ++other)
      if (table.node[other] == table.node[row] && table.assigned[other] <= table.assigned[row] &&
          table.assigned[row] < table.ended[other]) {
        ++slots;
        memory += table.memory[other];
      }
    REQUIRE(slots <= results.node_slots[static_cast<std::size_t>(table.node[row])]);
    REQUIRE(memory <= 1e9);
  }
}

// R16: of one function, whoever is admitted first is assigned first.
void check_order(const ws::Results& results) {
  const ws::InvocationTable& table = *results.invocations;
  for (std::size_t row = 0; row < table.size(); ++row)
    for (std::size_t other = 0; other < table.size(); ++other)
      if (table.function[row] == table.function[other] && table.admitted[row] < table.admitted[other] &&
          table.node[row] >= 0 && table.node[other] >= 0)
        REQUIRE(table.assigned[row] <= table.assigned[other]);
}

void check_containers(const ws::Results& results) {
  const ws::ContainerTable& containers = *results.containers;
  const ws::InvocationTable& table = *results.invocations;
  std::size_t cold = 0;
  std::size_t assigned = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    cold += table.cold[row];
    assigned += table.node[row] >= 0;
  }
  REQUIRE(containers.size() == cold);
  std::size_t served = 0;
  for (std::size_t row = 0; row < containers.size(); ++row) {
    served += containers.invocations[row];
    REQUIRE(containers.claimed[row] <= containers.ready[row]);
    REQUIRE(std::isnan(containers.ended[row]) == (containers.reason[row] == 0));
  }
  REQUIRE(served == assigned);
}

} // namespace

TEST_CASE("R26 R28 random workloads keep the rules, and give everything back") {
  const auto seed = GENERATE(range(0U, 40U));
  CAPTURE(seed);
  const ws::Results results = simulate(seed).results;
  check_rows(results);
  check_slots(results);
  check_order(results);
  check_containers(results);
}

TEST_CASE("R29 the same program gives the same results to the last bit") {
  const auto seed = GENERATE(range(100U, 105U));
  CAPTURE(seed);
  const Outcome first = simulate(seed);
  const Outcome second = simulate(seed);
  CHECK(first.dates == second.dates);
  CHECK(first.results.now == second.results.now);
  CHECK(same(*first.results.invocations, *second.results.invocations));
  CHECK(same(*first.results.containers, *second.results.containers));
  CHECK(same(*first.results.transfers, *second.results.transfers));
}
