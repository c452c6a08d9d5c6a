// What a policy sees: the nodes of a provider and what is on them, read-only.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/units.hpp"

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

} // namespace wrench_serverless
