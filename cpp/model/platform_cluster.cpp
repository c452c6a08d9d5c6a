// Platform::cluster: everything that is needed for a provider and its user, around one switch.
#include "wrench_serverless/platform.hpp"

#include "model/interrupts.hpp"
#include "model/simgrid_units.hpp"

#include <stdexcept>

namespace wrench_serverless {
namespace {

struct Machine {
  HostOptions host;
  Bytes disk;
  double disk_bandwidth;
};

void add_machine(Platform& platform, const std::string& name, const Machine& machine, const std::string& link,
                 const LinkOptions& link_options) {
  platform.add_host(name, machine.host);
  platform.add_disk(
      name,
      {.size = machine.disk, .read_bandwidth = machine.disk_bandwidth, .write_bandwidth = machine.disk_bandwidth});
  platform.add_link(link, link_options);
  platform.add_route(name, "switch", {link});
}

} // namespace

Platform Platform::cluster(const ClusterOptions& options) {
  if (options.nodes < 1)
    throw std::invalid_argument("nodes: " + std::to_string(options.nodes) + "; give at least 1");
  if (options.nodes > static_cast<int>(model::most_hosts))
    throw std::invalid_argument("nodes: " + std::to_string(options.nodes) + "; give at most " +
                                std::to_string(model::most_hosts) + ": each takes 6 kB of memory");

  const Machine node{.host = {.cores = options.cores, .speed = options.speed, .ram = options.ram},
                     .disk = options.disk,
                     .disk_bandwidth = options.disk_bandwidth};
  const Machine head{.host = {.cores = options.head_cores.value_or(options.cores),
                              .speed = options.head_speed.value_or(options.speed),
                              .ram = options.head_ram.value_or(options.ram)},
                     .disk = options.head_disk.value_or(options.disk),
                     .disk_bandwidth = options.head_disk_bandwidth.value_or(options.disk_bandwidth)};
  const Machine user{.host = {.cores = options.user_cores, .speed = options.user_speed, .ram = options.user_ram},
                     .disk = options.user_disk,
                     .disk_bandwidth = options.user_disk_bandwidth};
  const LinkOptions link{
      .bandwidth = options.link_bandwidth, .latency = options.link_latency, .sharing = options.sharing};
  const LinkOptions wan{.bandwidth = options.wan_bandwidth, .latency = options.wan_latency, .sharing = options.sharing};

  Platform platform;
  platform.add_router("switch");
  add_machine(platform, "user", user, "wan", wan);
  add_machine(platform, "head", head, "link-head", link);
  model::InterruptTicks interrupts;
  for (int i = 0; i < options.nodes; ++i) {
    interrupts.tick();
    const std::string name = "node-" + std::to_string(i);
    add_machine(platform, name, node, "link-" + name, link);
  }
  return platform;
}

} // namespace wrench_serverless
