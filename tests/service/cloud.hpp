// A provider in a world with round numbers, for tests of the rules.
//
// Hosts "user", "head" and "node-0" …, with disks of 10 GB that read and write 100 MB/s, and links of 1 GB/s without
// latency. Nodes have 4 cores of 1 Gf and 4 GB of memory. The usual image has 100 MB and a footprint of 50 MB: 1 s from
// the user to the head, 1 s from there to a node, 0.5 s into its memory.
#pragma once

#include "wrench_serverless/wrench_serverless.hpp"

#include <catch.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ws = wrench_serverless;
using namespace ws::literals;
using State = ws::InvocationState;
using Function = std::shared_ptr<const ws::RegisteredFunction>;

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double staging = 2.5;

inline Approx at(double seconds) { return Approx(seconds).epsilon(0).margin(1e-6); }
inline auto all_at(const std::vector<double>& seconds) {
  return Catch::Matchers::Approx(seconds).epsilon(0).margin(1e-6);
}

inline ws::ClusterOptions round_numbers(int nodes) {
  return {.nodes = nodes,
          .cores = 4,
          .speed = 1e9,
          .ram = 4_GB,
          .disk = 10_GB,
          .disk_bandwidth = 1e8,
          .link_bandwidth = 1e9,
          .link_latency = 0,
          .wan_bandwidth = 1e9,
          .wan_latency = 0,
          .user_disk = 10_GB,
          .user_disk_bandwidth = 1e8};
}

struct Cloud {
  ws::Simulation sim;
  ws::StorageService& registry;
  ws::FunctionManager& manager;

  explicit Cloud(const ws::ClusterOptions& options, std::uint64_t seed = 0)
      : sim(ws::Platform::cluster(options),
            {.seed = seed, .config = {"network/model:CM02", "network/crosstraffic:no", "network/TCP-gamma:0"}}),
        registry(sim.create_storage_service("user", {.capacity = 10_GB})),
        manager(sim.create_function_manager("user")) {}
  explicit Cloud(int nodes = 1) : Cloud(round_numbers(nodes)) {}

  // On the first `nodes` nodes.
  ws::ServerlessComputeService& provider(ws::ServerlessOptions options = {}, int nodes = 1) {
    std::vector<std::string> names;
    for (int i = 0; i < nodes; ++i)
      names.push_back("node-" + std::to_string(i));
    if (std::holds_alternative<ws::UpTo>(options.image_store)) // the default
      options.image_store = 5_GB;
    return sim.create_serverless_compute_service("head", names, options);
  }
  std::shared_ptr<const ws::Image> image(const std::string& name, ws::Bytes size = 100_MB, ws::Bytes memory = 50_MB) {
    return manager.create_image(name, registry.create_file(name, size), memory);
  }
  Function add(const std::string& name, ws::FunctionBody body,
               const std::vector<ws::ServerlessComputeService*>& providers, const ws::FunctionLimits& limits = {},
               std::shared_ptr<const ws::Image> of = nullptr) {
    if (!of)
      of = image(name + ".img");
    return manager.register_function(manager.create_function(name, std::move(body), of), providers, limits);
  }
  // Its input says how long it sleeps.
  Function sleeper(const std::string& name, ws::ServerlessComputeService& provider,
                   const ws::FunctionLimits& limits = {}, std::shared_ptr<const ws::Image> of = nullptr) {
    return add(
        name,
        [](const ws::FunctionInput& input, ws::StorageService&) -> ws::FunctionOutput {
          ws::sleep(std::any_cast<double>(input));
          return input;
        },
        {&provider}, limits, std::move(of));
  }
  ws::Invocation invoke(const Function& function, double seconds) { return manager.invoke(function, seconds); }
  // Invokes it and waits for its end.
  ws::Invocation call(const Function& function, double seconds) {
    const ws::Invocation invocation = invoke(function, seconds);
    manager.wait_one(invocation);
    return invocation;
  }
  void main(std::function<void()> code) { sim.add_controller("user", std::move(code), "main"); }
  // Runs the code as the only controller.
  ws::Results run(std::function<void()> code) {
    main(std::move(code));
    return sim.run();
  }
  // From the end of what was asked of it before.
  static void sleep_until(double date) { ws::sleep(std::max(0.0, date - ws::now())); }
};

// What a std::exception_ptr says; empty: it is null.
template <class Error> std::string message(const std::exception_ptr& failure) {
  try {
    if (failure)
      std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

inline int used_slots(const ws::ServerlessComputeService& provider) {
  int used = 0;
  for (std::uint32_t node = 0; node < provider.cluster().size(); ++node)
    used += provider.cluster().node(ws::NodeId(node)).used_slots();
  return used;
}
