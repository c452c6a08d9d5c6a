// A placement policy of one's own: new containers go to the emptiest node, and pay for it where the image is not yet.
#include <wrench_serverless/wrench_serverless.hpp>

#include <any>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace ws = wrench_serverless;
using namespace ws::literals;

namespace {

class EmptiestFirst final : public ws::PlacementPolicy {
public:
  std::string name() const override { return "EmptiestFirst"; }
  ws::NodeId place(ws::FunctionId function, const ws::ClusterView& cluster) override {
    ws::NodeId best; // none, if no node has room: the invocation stays queued
    for (const ws::NodeId node : cluster.candidates(function))
      if (!best || cluster.node(node).used_slots() < cluster.node(best).used_slots())
        best = node;
    return best;
  }
};

void simulate(const std::shared_ptr<ws::PlacementPolicy>& policy) {
  ws::Simulation sim("examples/platforms/two_nodes.xml", {.seed = 1});
  auto& registry = sim.create_storage_service("user", {.capacity = 10_GB});
  auto& provider = sim.create_serverless_compute_service(
      "head", {"node-0", "node-1"}, {.image_store = 10_GB, .cold_start_overhead = 0.5, .placement = policy});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("tools", registry.create_file("tools.sqsh", 100_MB), 50_MB);
  const auto nap = manager.create_function(
      "nap",
      [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
        ws::sleep(30);
        return {};
      },
      image);
  const auto registered = manager.register_function(nap, {&provider}, {.memory = 256_MB});

  sim.add_controller("user", [&] {
    std::vector<ws::Invocation> calls;
    for (int number = 0; number < 3; ++number) {
      calls.push_back(manager.invoke(registered));
      ws::sleep(10);
    }
    manager.wait_all(calls);
    std::printf("%s:\n", policy->name().c_str());
    for (const auto& call : calls)
      std::printf("  call %u at %.3f on %s: body %.3f\n", call.id(), call.requested(), call.node().c_str(),
                  call.started());
  });
  sim.run();
}

} // namespace

int main() {
  simulate(std::make_shared<ws::WarmestFirst>());
  simulate(std::make_shared<EmptiestFirst>());
}
