// Throughput of replays of declared work: Poisson arrivals, durations of 1 s on average, containers that stay warm.
// Usage: replay KIND NODES SLOTS CORES FUNCTIONS LOAD% INVOCATIONS. KIND: 1 sleeps, 2 computes, 3 computes on CPUs
// that SimGrid shares itself. LOAD%: of all slots. Prints one line of JSON.
#include "arguments.hpp"
#include "load.hpp"

#include <wrench_serverless/wrench_serverless.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace ws = wrench_serverless;

int main(int argc, char** argv) {
  const auto arguments = arguments_of(argc, argv, 7, "KIND NODES SLOTS CORES FUNCTIONS LOAD% INVOCATIONS");
  const bool computes = arguments[0] >= 2;
  const int nodes = arguments[1];
  const int slots = arguments[2];
  const int functions = arguments[4];
  const auto invocations = static_cast<std::size_t>(arguments[6]);
  constexpr double speed = 1e9;
  const double start_up = cpu_seconds();
  ws::Simulation sim(
      ws::Platform::cluster({.nodes = nodes, .cores = arguments[3], .speed = speed, .ram = 1'000'000'000'000}),
      {.seed = 1, .cpu_sharing = arguments[0] == 3 ? ws::CpuSharing::SimGrid : ws::CpuSharing::Fast});
  auto& registry = sim.create_storage_service("user", {.capacity = 1'000'000'000'000});
  std::vector<std::string> names;
  for (int node = 0; node < nodes; ++node)
    names.push_back("node-" + std::to_string(node));
  auto& provider = sim.create_serverless_compute_service("head", names, {.slots = slots});
  auto& manager = sim.create_function_manager("user");
  const double ready = cpu_seconds();

  Load load = poisson(invocations, static_cast<double>(nodes) * slots * arguments[5] / 100,
                      static_cast<std::uint32_t>(functions));
  if (computes)
    for (double& duration : load.durations)
      duration *= speed;
  ws::Workload workload;
  auto image = manager.create_image("image", registry.create_file("image.sqsh", 1000), 1000);
  const ws::Profile profile({computes ? ws::Step(ws::Compute{}) : ws::Step(ws::Sleep{})});
  for (int function = 0; function < functions; ++function)
    workload.functions.push_back(
        manager.register_function(manager.create_function("f" + std::to_string(function), profile, image), {&provider},
                                  {.memory = 1'000'000, .ephemeral_storage = 1'000'000}));
  workload.times = load.times;
  workload.values = {load.durations};
  workload.which = load.which;
  const double begin = cpu_seconds();
  const ws::Replay replay = manager.replay(std::move(workload));
  const ws::Results results = sim.run();
  const double seconds = cpu_seconds() - begin;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  if (replay.ended() != invocations) {
    std::fprintf(stderr, "only %zu ended\n", replay.ended());
    return 1;
  }
  std::printf("{\"nodes\": %d, \"functions\": %d, \"invocations\": %zu, \"seconds\": %.6f, \"start_up\": %.3f, "
              "\"containers\": %zu, \"rss_mb\": %.1f}\n",
              nodes, functions, invocations, seconds, ready - start_up, results.containers->size(),
              static_cast<double>(usage.ru_maxrss) / 1024);
}
