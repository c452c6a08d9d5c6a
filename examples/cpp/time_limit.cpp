// Time limits: a body that takes too long gets FunctionTimeout where it blocks, can clean up, and can't go on.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cstdio>
#include <utility>

namespace ws = wrench_serverless;
using namespace ws::literals;

namespace {

struct Tidy {
  ~Tidy() { std::printf("  %.3f: tidying up\n", ws::now()); }
};

ws::FunctionOutput tidy(const ws::FunctionInput& seconds, ws::StorageService&) {
  const Tidy at_the_end; // its destructor runs however the body ends
  ws::sleep(std::any_cast<double>(seconds));
  return {};
}

ws::FunctionOutput stubborn(const ws::FunctionInput& seconds, ws::StorageService&) {
  try {
    ws::sleep(std::any_cast<double>(seconds));
  } catch (const ws::FunctionTimeout&) { // not "...": what ends a simulation has to get through
    std::printf("  %.3f: ignoring the limit\n", ws::now());
  }
  ws::sleep(std::any_cast<double>(seconds)); // meets the limit again
  return {};
}

} // namespace

int main() {
  ws::Simulation sim("examples/platforms/two_nodes.xml", {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 10_GB});
  auto& provider = sim.create_serverless_compute_service(
      "head", {"node-0"}, {.image_store = 10_GB, .cold_start_overhead = 0.5, .keep_alive = 60});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 10_MB), 5_MB);
  const ws::FunctionLimits limits{.time_limit = 3, .memory = 256_MB};
  const auto first = manager.register_function(manager.create_function("tidy", tidy, image), {&provider}, limits);
  const auto second =
      manager.register_function(manager.create_function("stubborn", stubborn, image), {&provider}, limits);

  sim.add_controller("user", [&] {
    for (const auto& [function, seconds] : {std::pair{first, 2.0}, {first, 5.0}, {second, 5.0}}) {
      const auto call = manager.invoke(function, seconds);
      manager.wait_one(call);
      std::printf("%s: started %.3f, ended %.3f\n", to_string(call.state()), call.started(), call.ended());
    }
  });
  sim.run();
}
