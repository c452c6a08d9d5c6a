// One pull for many: calls that arrive together share each transfer of the image, to the head and to each node.
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
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 200_MB), 100_MB);
  const auto nap = manager.create_function(
      "nap",
      [](const ws::FunctionInput& seconds, ws::StorageService&) -> ws::FunctionOutput {
        ws::sleep(std::any_cast<double>(seconds));
        return {};
      },
      image);
  const auto registered = manager.register_function(nap, {&provider}, {.memory = 256_MB});

  sim.add_controller("user", [&] {
    // Two slots per node: the first node that pulls the image is preferred until it is full.
    std::vector<ws::Invocation> calls;
    for (int number = 0; number < 4; ++number) {
      calls.push_back(manager.invoke(registered, 5.0));
      ws::sleep(1);
    }
    manager.wait_all(calls);
    for (const auto& call : calls)
      std::printf("call %u at %.3f on %s: image there %.3f, body %.3f\n", call.id(), call.requested(),
                  call.node().c_str(), call.assigned(), call.started());
  });

  const auto transfers = sim.run().transfers;
  for (std::size_t row = 0; row < transfers->size(); ++row)
    std::printf("%s to %s: %.3f to %.3f\n", transfers->file[row].c_str(), transfers->destination[row].c_str(),
                transfers->started[row], transfers->ended[row]);
}
