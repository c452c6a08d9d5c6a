// How the memory of a host is divided among the providers that it is a node of (R7).
//
// A share is held by whoever has the pointer: it is given back when that goes. So the books are added up from the
// shares that are held, and nothing can be forgotten there.
#pragma once

#include "wrench_serverless/units.hpp"

#include <simgrid/s4u/Host.hpp>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace wrench_serverless {

struct MemoryShare {
  std::string provider;
  Bytes bytes = 0;
};

class MemoryShares {
public:
  // `wanted`: by default what is left. std::invalid_argument names the host, what it has, and who holds how much;
  // PlatformError: the host has no memory.
  std::shared_ptr<const MemoryShare> take(const simgrid::s4u::Host& host, const std::string& provider,
                                          std::optional<Bytes> wanted);

private:
  using Shares = std::vector<std::weak_ptr<const MemoryShare>>;
  std::unordered_map<const simgrid::s4u::Host*, Shares> shares_; // looked up only
};

} // namespace wrench_serverless
