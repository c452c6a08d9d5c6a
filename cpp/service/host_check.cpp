#include "service/host_check.hpp"

#include "engine/platform_query.hpp"
#include "service/provider.hpp"

#include <stdexcept>
#include <unordered_map>

namespace wrench_serverless {

namespace {

struct Memory {
  Bytes used = 0;
  Bytes shares = 0;
};

} // namespace

void check_hosts(const std::vector<const ServerlessComputeService*>& providers) {
  std::unordered_map<const simgrid::s4u::Host*, Memory> hosts; // looked up only
  for (const ServerlessComputeService* const provider : providers) {
    const ServerlessComputeService::Parts& parts = provider->parts();
    for (std::uint32_t index = 0; index < parts.nodes.size(); ++index) {
      const simgrid::s4u::Host& host = *parts.nodes[index].host;
      const model::Space& memory = parts.cluster.contents(NodeId(index)).memory;
      Memory& sum = hosts[&host];
      sum.used += memory.used();
      sum.shares += memory.capacity();
      const Bytes ram = host_ram(host).value_or(0);
      if (sum.used > ram || sum.shares > ram)
        throw std::logic_error("an invariant does not hold: of the " + format_bytes(ram) + " of memory of host '" +
                               host.get_name() + "', providers have " + format_bytes(sum.shares) + " and use " +
                               format_bytes(sum.used));
    }
  }
}

} // namespace wrench_serverless
