// Cold and warm starts: a call that pulls the image, one that finds a warm container, one too late for it.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cstdio>
#include <string>
#include <utility>

namespace ws = wrench_serverless;
using namespace ws::literals;

int main() {
  ws::Simulation sim("examples/platforms/two_nodes.xml", {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 10_GB});
  auto& provider = sim.create_serverless_compute_service(
      "head", {"node-0"},
      {.image_store = 10_GB, .cold_start_overhead = 0.5, .warm_start_overhead = 0.01, .keep_alive = 30});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 100_MB), 50_MB);
  const auto greet = manager.create_function(
      "greet",
      [](const ws::FunctionInput& name, ws::StorageService&) -> ws::FunctionOutput {
        ws::sleep(1);
        return "hello " + std::any_cast<std::string>(name);
      },
      image);
  const auto registered = manager.register_function(greet, {&provider}, {.memory = 256_MB});

  sim.add_controller("user", [&] {
    // The third call finds the image still in the node's memory, so that it pays for a container only.
    const std::pair<double, std::string> plan[] = {{0, "Ada"}, {10, "Grace"}, {60, "Edsger"}};
    for (const auto& [pause, name] : plan) {
      ws::sleep(pause);
      const auto call = manager.invoke(registered, name);
      manager.wait_one(call);
      std::printf("%-12s %s: called %.3f, container %.3f, body %.3f\n",
                  std::any_cast<std::string>(call.output()).c_str(), call.cold() ? "cold" : "warm", call.requested(),
                  call.assigned(), call.started());
    }
  });
  sim.run();
}
