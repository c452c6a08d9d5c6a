// Ephemeral storage: each body gets an empty storage of its own, writes at the disk's speed, and finds its limit.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cstdio>
#include <string>

namespace ws = wrench_serverless;
using namespace ws::literals;

namespace {

ws::FunctionOutput unpack(const ws::FunctionInput& parts, ws::StorageService& storage) {
  std::printf("  %.3f: %zu files, %g MB free\n", ws::now(), storage.files().size(),
              static_cast<double>(storage.free_space()) / 1e6);
  for (int part = 0; part < std::any_cast<int>(parts); ++part) {
    try {
      storage.write("part-" + std::to_string(part), 200_MB);
    } catch (const ws::StorageFull&) { // at once, and nothing has changed
      return "part " + std::to_string(part) + " did not fit";
    }
  }
  storage.read("part-0", 100_MB);
  return std::string("all there");
}

} // namespace

int main() {
  ws::Simulation sim("examples/platforms/two_nodes.xml", {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 10_GB});
  auto& provider = sim.create_serverless_compute_service(
      "head", {"node-0"}, {.image_store = 10_GB, .cold_start_overhead = 0.5, .keep_alive = 60});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 10_MB), 5_MB);
  const auto registered = manager.register_function(manager.create_function("unpack", unpack, image), {&provider},
                                                    {.memory = 256_MB, .ephemeral_storage = 500_MB});

  sim.add_controller("user", [&] {
    for (const int parts : {2, 3}) {
      const auto call = manager.invoke(registered, parts);
      manager.wait_one(call);
      std::printf("%s, %s: %s at %.3f\n", to_string(call.state()), call.cold() ? "cold" : "warm",
                  std::any_cast<std::string>(call.output()).c_str(), call.ended());
    }
  });
  sim.run();
}
