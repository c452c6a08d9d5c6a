#include "engine/memory_shares.hpp"

#include "engine/platform_query.hpp"
#include "wrench_serverless/errors.hpp"

#include <stdexcept>

namespace wrench_serverless {

namespace {

// ": provider 'a' holds 4GB, provider 'b' holds 2GB"; empty: nobody holds any.
std::string who_holds(const std::vector<std::shared_ptr<const MemoryShare>>& held) {
  std::string text;
  for (const auto& share : held)
    text +=
        (text.empty() ? ": provider '" : ", provider '") + share->provider + "' holds " + format_bytes(share->bytes);
  return text;
}

} // namespace

std::shared_ptr<const MemoryShare> MemoryShares::take(const simgrid::s4u::Host& host, const std::string& provider,
                                                      std::optional<Bytes> wanted) {
  const std::string of_host = " of host '" + host.get_name() + "'";
  const std::optional<Bytes> ram = host_ram(host);
  if (!ram || *ram == 0)
    throw PlatformError("host '" + host.get_name() +
                        "' can't be a node: it has no memory; give it the property \"ram\"");
  if (wanted && *wanted <= 0)
    throw std::invalid_argument("node_memory is " + std::to_string(*wanted) + ": it must be bytes > 0");
  Shares& shares = shares_[&host];
  std::erase_if(shares, [](const auto& share) { return share.expired(); });
  Bytes left = *ram;
  std::vector<std::shared_ptr<const MemoryShare>> held;
  for (const auto& share : shares) {
    held.push_back(share.lock());
    left -= held.back()->bytes;
  }
  if (left == 0)
    throw std::invalid_argument("node_memory: nothing is left of the " + format_bytes(*ram) + " of memory" + of_host +
                                who_holds(held) + "; give each provider there a node_memory of its own");
  if (wanted && *wanted > left)
    throw std::invalid_argument("node_memory " + format_bytes(*wanted) + " is more than is left of the memory" +
                                of_host + ", " + format_bytes(left) + " of " + format_bytes(*ram) + who_holds(held));
  auto share = std::make_shared<const MemoryShare>(MemoryShare{provider, wanted.value_or(left)});
  shares.push_back(share);
  return share;
}

} // namespace wrench_serverless
