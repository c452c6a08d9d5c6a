// Where new containers go (R18): the interface, and the built-in policies.
#pragma once

#include "wrench_serverless/views.hpp"

#include <string>

namespace wrench_serverless {

// Picks the node of a claim (R18).
class PlacementPolicy {
public:
  virtual ~PlacementPolicy() = default;
  virtual std::string name() const = 0;
  // A node with room for a new container of the function, or none: the invocation stays queued. Only asked when there
  // may be such a node.
  virtual NodeId place(FunctionId function, const ClusterView& cluster) = 0;
};

// The default: the node where the image is nearest to running (in memory; on its way there; on disk; on its way there;
// elsewhere), and among equals the first in the order given.
class WarmestFirst final : public PlacementPolicy {
public:
  std::string name() const override { return "WarmestFirst"; }
  NodeId place(FunctionId function, const ClusterView& cluster) override;
};

} // namespace wrench_serverless
