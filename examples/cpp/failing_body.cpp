// Failures: an exception in a body fails its invocation, reaches the caller as the cause, leaves the container warm.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

namespace ws = wrench_serverless;
using namespace ws::literals;

int main() {
  ws::Simulation sim("examples/platforms/two_nodes.xml", {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 10_GB});
  auto& provider = sim.create_serverless_compute_service(
      "head", {"node-0"}, {.image_store = 10_GB, .cold_start_overhead = 0.5, .keep_alive = 60});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 10_MB), 5_MB);
  const auto root = manager.create_function(
      "root",
      [](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
        ws::sleep(1);
        const auto number = std::any_cast<int>(input);
        if (number < 0)
          throw std::domain_error("no real root of " + std::to_string(number));
        return std::sqrt(number);
      },
      image);
  const auto registered = manager.register_function(root, {&provider}, {.memory = 256_MB});

  sim.add_controller("user", [&] {
    for (const int number : {-4, 9}) {
      const auto call = manager.invoke(registered, number);
      manager.wait_one(call);
      std::printf("%s at %.3f, %s\n", to_string(call.state()), call.ended(), call.cold() ? "cold" : "warm");
      try {
        if (call.failure())
          std::rethrow_exception(call.failure());
        std::printf("  output %g\n", std::any_cast<double>(call.output()));
      } catch (const std::domain_error& error) {
        std::printf("  because of a domain_error: %s\n", error.what());
      }
    }
  });
  sim.run();
}
