// Throughput of bodies in C++ that sleep: NODES nodes of 10 slots, LIVE bodies at a time, one warm container a slot.
// Usage: cpp_bodies NODES INVOCATIONS LIVE. Prints one line of JSON.
#include "arguments.hpp"

#include <wrench_serverless/wrench_serverless.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace ws = wrench_serverless;

int main(int argc, char** argv) {
  const auto arguments = arguments_of(argc, argv, 3, "NODES INVOCATIONS LIVE");
  const int nodes = arguments[0];
  const int invocations = arguments[1];
  const int live = arguments[2];
  constexpr int slots = 10;
  ws::Simulation sim(ws::Platform::cluster({.nodes = nodes, .cores = slots}), {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 1'000'000'000'000});
  std::vector<std::string> names;
  for (int node = 0; node < nodes; ++node)
    names.push_back("node-" + std::to_string(node));
  auto& provider = sim.create_serverless_compute_service("head", names, {.slots = slots});
  auto& manager = sim.create_function_manager("user");
  auto image = manager.create_image("image", registry.create_file("image.sqsh", 1000), 1000);
  auto function = manager.create_function(
      "sleep",
      [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
        ws::sleep(1.0);
        return {};
      },
      image);
  auto registered = manager.register_function(function, {&provider});

  const double gap = 1.0 / live;
  std::chrono::steady_clock::time_point begin;
  sim.add_controller("user", [&] {
    // Every slot gets its container first: what is measured is the steady state.
    std::vector<ws::Invocation> first;
    for (int call = 0; call < nodes * slots; ++call)
      first.push_back(manager.invoke(registered));
    manager.wait_all(first);
    begin = std::chrono::steady_clock::now();
    for (int call = 0; call < invocations; ++call) {
      manager.invoke(registered);
      ws::sleep(gap);
    }
  });
  const auto results = sim.run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::size_t completed = 0;
  for (const auto state : results.invocations->state)
    completed += state == static_cast<std::uint8_t>(ws::InvocationState::Completed);
  if (completed != static_cast<std::size_t>(invocations) + static_cast<std::size_t>(nodes) * slots) {
    std::fprintf(stderr, "only %zu completed\n", completed);
    return 1;
  }
  std::printf("{\"nodes\": %d, \"invocations\": %d, \"live\": %d, \"seconds\": %.6f, \"rss_mb\": %.1f}\n", nodes,
              invocations, live, wall.count(), static_cast<double>(usage.ru_maxrss) / 1024);
}
