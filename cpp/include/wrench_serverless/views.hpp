// What a policy sees: the nodes of a provider and what is on them, read-only.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/units.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wrench_serverless {

namespace model {
class Cluster;
}

// How near an image is to running on a node, nearest first (R18).
enum class Warmth : std::uint8_t { InMemory, ToMemory, OnDisk, ToDisk, Absent };
// All at which the image, or a part of it, is on the node.
inline constexpr Warmth nearest_first[] = {Warmth::InMemory, Warmth::ToMemory, Warmth::OnDisk, Warmth::ToDisk};

// One node as a policy sees it. What is free is free as it is. What is reclaimable could be made free (R9, R10): idle
// containers, but for provisioned ones, and images that nothing else uses.
class NodeView {
public:
  NodeView(const model::Cluster& cluster, NodeId id) : cluster_(&cluster), id_(id) {}

  NodeId id() const { return id_; }
  const std::string& name() const;
  int slots() const;
  int used_slots() const;
  int free_slots() const { return slots() - used_slots(); }
  double load() const; // the share of its slots that is in use
  Bytes memory() const;
  Bytes free_memory() const;
  Bytes reclaimable_memory() const;
  Bytes storage() const;
  Bytes free_storage() const;
  Bytes reclaimable_storage() const;
  std::size_t idle_containers() const;
  // In memory, on disk, or on its way to either.
  bool has_image(ImageId image) const { return warmth(image) != Warmth::Absent; }
  Warmth warmth(ImageId image) const;
  // Has it room for a new container of the function?
  bool fits(FunctionId function) const;
  // Of which degree (R18)? 1: as it is. 2: once images that nobody uses are dropped. 3: once idle containers are ended,
  // too. 0: none. No built-in policy takes a node where a higher degree is needed than somewhere else.
  int room(FunctionId function) const;

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
  const std::string& name_of(FunctionId function) const;
  Bytes memory_of(FunctionId function) const;
  // All nodes with room for a new container of the function, in their order. O(nodes with a free slot).
  std::vector<NodeId> candidates(FunctionId function) const;

  // For the built-in policies, which decide by the model's own indexes.
  const model::Cluster& cluster() const { return *cluster_; }

private:
  const model::Cluster* cluster_;
};

// A container as an eviction policy sees it.
struct ContainerView {
  ContainerId id; // used again once it has ended
  FunctionId function;
  NodeId node;
  Bytes memory = 0;
  double cold_start = 0; // s: the mean of its function so far, from claim to ready
  double now = 0;        // s
};

} // namespace wrench_serverless
