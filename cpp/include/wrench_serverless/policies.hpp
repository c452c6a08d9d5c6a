// The decisions that a provider leaves to policies: small abstract classes, read-only views, answers by value.
//
// The provider checks each answer and raises PolicyError, naming policy, function and answer, if it is none.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/units.hpp"

#include <memory>
#include <string>
#include <vector>

namespace wrench_serverless {

namespace model {
class Cluster;
}

// One node as a policy sees it. Free memory and storage count what could be dropped to make room (R9, R10).
class NodeView {
public:
  NodeView(const model::Cluster& cluster, NodeId id) : cluster_(&cluster), id_(id) {}

  NodeId id() const { return id_; }
  int slots() const;
  int used_slots() const;
  int free_slots() const { return slots() - used_slots(); }
  Bytes memory() const;
  Bytes free_memory() const;
  Bytes storage() const;
  Bytes free_storage() const;
  std::size_t idle_containers() const;
  // In memory, on disk, or on its way to either.
  bool has_image(ImageId image) const;
  // Has it room for a new container of the function?
  bool fits(FunctionId function) const;

private:
  const model::Cluster* cluster_;
  NodeId id_;
};

class ClusterView {
public:
  explicit ClusterView(const model::Cluster& cluster) : cluster_(&cluster) {}

  std::size_t size() const;
  NodeView node(NodeId id) const { return {*cluster_, id}; }
  ImageId image_of(FunctionId function) const;
  // All nodes with room for a new container of the function, in their order. O(nodes with a free slot).
  std::vector<NodeId> candidates(FunctionId function) const;

  // For the built-in policies, which decide by the model's own indexes.
  const model::Cluster& cluster() const { return *cluster_; }

private:
  const model::Cluster* cluster_;
};

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

// Says how long an idle container is kept (R27).
class KeepAlivePolicy {
public:
  virtual ~KeepAlivePolicy() = default;
  virtual std::string name() const = 0;
  // Seconds for a container of the function that has just become idle: 0 ends it at once, infinity keeps it for ever.
  virtual double keep_alive(FunctionId function, double now) = 0;
};

class FixedKeepAlive final : public KeepAlivePolicy {
public:
  explicit FixedKeepAlive(double seconds);
  std::string name() const override { return "FixedKeepAlive"; }
  double keep_alive(FunctionId, double) override { return seconds_; }

private:
  double seconds_;
};

} // namespace wrench_serverless
