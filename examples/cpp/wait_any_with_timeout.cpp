// Waiting: for any of several calls, for all of them, and no longer than a timeout.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cstdio>
#include <vector>

namespace ws = wrench_serverless;
using namespace ws::literals;

int main() {
  ws::Simulation sim("examples/platforms/two_nodes.xml", {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 10_GB});
  auto& provider = sim.create_serverless_compute_service(
      "head", {"node-0", "node-1"}, {.image_store = 10_GB, .cold_start_overhead = 0.5, .keep_alive = 60});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 10_MB), 5_MB);
  const auto nap = manager.create_function(
      "nap",
      [](const ws::FunctionInput& seconds, ws::StorageService&) -> ws::FunctionOutput {
        ws::sleep(std::any_cast<double>(seconds));
        return seconds;
      },
      image);
  const auto registered = manager.register_function(nap, {&provider}, {.memory = 256_MB});

  sim.add_controller("user", [&] {
    std::vector<ws::Invocation> calls;
    for (const double seconds : {4.0, 1.0, 8.0})
      calls.push_back(manager.invoke(registered, seconds));
    for (const auto& call : manager.wait_any(calls))
      std::printf("%.3f: ended: the nap of %g s\n", ws::now(), std::any_cast<double>(call.output()));
    try {
      manager.wait_all(calls, 4.0);
    } catch (const ws::WaitTimeout&) {
      std::printf("%.3f: patience is over; done:", ws::now());
      for (const auto& call : calls)
        std::printf(" %s", call.is_done() ? "yes" : "no");
      std::printf("\n");
    }
    const auto states = manager.wait_all(calls);
    std::printf("%.3f:", ws::now());
    for (const auto state : states)
      std::printf(" %s", to_string(state));
    std::printf("\n");
  });
  sim.run();
}
