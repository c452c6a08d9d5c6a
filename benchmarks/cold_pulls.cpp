// Images pulled cold on every node, and SimGrid's own cost of the same transfers.
// Usage: cold_pulls HOW NODES IMAGES. HOW 1: the provider; 2: SimGrid alone, with one actor that starts the streams
// that the provider has started, at the same dates, on the same platform. Prints one line of JSON.
//
// Each node gets a call of one function of its own image (images are shared by many nodes), at random dates within a
// minute. The head has all images; nodes hang on switches of twenty each: a star of stars.
#include "arguments.hpp"
#include "load.hpp"

#include <wrench_serverless/wrench_serverless.hpp>

#include <simgrid/s4u.hpp>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace ws = wrench_serverless;

namespace {

constexpr ws::Bytes image_size = 100'000'000;
constexpr int nodes_of_a_switch = 20;
const char* const platform_file = "/tmp/wrench_serverless_cold_pulls.xml";

ws::Platform star_of_stars(int nodes) {
  ws::Platform platform;
  platform.add_host("head", {.cores = 8, .speed = 1e9, .ram = 64'000'000'000});
  platform.add_disk("head", {.size = 10'000'000'000'000, .read_bandwidth = 2e10, .write_bandwidth = 2e10});
  for (int node = 0; node < nodes; ++node) {
    const std::string name = "node-" + std::to_string(node);
    const std::string uplink = "switch-" + std::to_string(node / nodes_of_a_switch);
    platform.add_host(name, {.cores = 8, .speed = 1e9, .ram = 64'000'000'000});
    platform.add_disk(name, {.size = 1'000'000'000'000, .read_bandwidth = 1e9, .write_bandwidth = 1e9});
    if (node % nodes_of_a_switch == 0) {
      platform.add_router(uplink);
      platform.add_link("to-" + uplink, {.bandwidth = 5e9, .latency = 1e-5});
      platform.add_route("head", uplink, {"to-" + uplink});
    }
    platform.add_link("to-" + name, {.bandwidth = 1.25e9, .latency = 1e-5});
    platform.add_route(uplink, name, {"to-" + name});
  }
  return platform;
}

struct Pull {
  double date;
  std::string node;
};

std::vector<Pull> simulate(int nodes, int images, double& seconds) {
  ws::Simulation sim(star_of_stars(nodes), {.seed = 1});
  auto& store = sim.create_storage_service("head", {.capacity = 5'000'000'000'000});
  std::vector<std::string> names;
  for (int node = 0; node < nodes; ++node)
    names.push_back("node-" + std::to_string(node));
  auto& provider =
      sim.create_serverless_compute_service("head", names, {.image_store = store.shared_from_this(), .slots = 1});
  auto& manager = sim.create_function_manager("head");
  ws::Workload workload;
  for (int index = 0; index < images; ++index) {
    const std::string name = "image-" + std::to_string(index);
    workload.functions.push_back(manager.register_function(
        manager.create_function(name, ws::Profile({ws::Sleep{1000}}),
                                manager.create_image(name, store.create_file(name, image_size), 0)),
        {&provider}));
  }
  const Load load = poisson(static_cast<std::size_t>(nodes), nodes / 60.0, static_cast<std::uint32_t>(images));
  workload.times = load.times;
  workload.which = load.which;
  std::vector<Pull> pulls;
  sim.on_transfer_start([&](const ws::TransferEvent& event) {
    pulls.push_back({event.time, event.destination.substr(event.destination.find('/') + 1)});
  });
  const double begin = cpu_seconds();
  manager.replay(workload);
  sim.run();
  seconds = cpu_seconds() - begin;
  return pulls;
}

// Only the streams, by SimGrid's own interface.
double simgrid_alone(const std::vector<Pull>& pulls) {
  simgrid::s4u::Engine engine("cold_pulls");
  engine.load_platform(platform_file);
  auto* head = engine.host_by_name("head");
  auto* disk = head->get_disks().front();
  head->add_actor("source", [&] {
    for (const Pull& pull : pulls) {
      simgrid::s4u::this_actor::sleep_until(pull.date);
      auto* node = simgrid::s4u::Host::by_name(pull.node);
      simgrid::s4u::Io::streamto_init(head, disk, node, node->get_disks().front())
          ->set_size(static_cast<sg_size_t>(image_size))
          ->detach();
    }
  });
  const double begin = cpu_seconds();
  engine.run();
  return cpu_seconds() - begin;
}

} // namespace

int main(int argc, char** argv) {
  const auto arguments = arguments_of(argc, argv, 3, "HOW NODES IMAGES");
  double seconds = 0;
  const std::vector<Pull> pulls = simulate(arguments[1], arguments[2], seconds);
  if (arguments[0] == 2) {
    std::ofstream(platform_file) << star_of_stars(arguments[1]).to_xml();
    seconds = simgrid_alone(pulls);
    std::remove(platform_file);
  }
  std::printf("{\"nodes\": %d, \"invocations\": %d, \"pulls\": %zu, \"seconds\": %.6f}\n", arguments[1], arguments[1],
              pulls.size(), seconds);
}
