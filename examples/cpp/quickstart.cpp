// A first simulation: one function, four calls, on a cluster of two nodes. Time is simulated, the C++ is real.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cmath>
#include <cstdio>
#include <vector>

namespace ws = wrench_serverless;
using namespace ws::literals; // 512_MB, 2_Gf, 250_ms

int main() {
  const auto platform = ws::Platform::cluster(
      {.nodes = 2, .cores = 16, .speed = 2_Gf, .ram = 64_GB, .disk = 500_GB, .disk_bandwidth = 1_GBps});
  ws::Simulation sim(platform, {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 1_TB});
  auto& provider = sim.create_serverless_compute_service(
      "head", {"node-0", "node-1"}, {.image_store = 200_GB, .cold_start_overhead = 0.25, .keep_alive = 600});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 250_MB), 120_MB);

  const auto function = manager.create_function(
      "resize",
      [](const ws::FunctionInput& input, ws::StorageService& storage) -> ws::FunctionOutput {
        ws::compute(2e9); // flops, on this node: one second of a 2 Gf core
        storage.write("thumb.png", 3_MB);
        ws::sleep(0.05);
        return std::any_cast<int>(input) / 2;
      },
      image);
  const auto registered = manager.register_function(function, {&provider},
                                                    {.time_limit = 30, .memory = 512_MB, .ephemeral_storage = 512_MB});

  sim.add_controller("user", [&] {
    std::vector<ws::Invocation> calls{manager.invoke(registered, 640)};
    manager.wait_one(calls.front());
    for (const int width : {800, 1024, 1280})
      calls.push_back(manager.invoke(registered, width));
    manager.wait_all(calls, 60);
    for (const auto& call : calls)
      std::printf("%7.3f s: %s on %s, %.3f to %.3f: %d\n", call.requested(), call.cold() ? "cold" : "warm",
                  call.node().c_str(), call.started(), call.ended(), std::any_cast<int>(call.output()));
  });

  const ws::Results results = sim.run();
  for (const ws::SummaryLine& line : results.summary())
    if (!std::isnan(line.value)) // nothing to measure
      std::printf("%-16s %8.5g%s%s\n", line.name.c_str(), line.value, line.unit.empty() ? "" : " ", line.unit.c_str());
}
