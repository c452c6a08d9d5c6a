// Where new containers go (R18): the interface, and the built-in policies.
//
// Room comes in three degrees: as it is; once images that nobody uses are dropped; once idle containers are ended. Each
// built-in policy applies its rule among the nodes of the best degree that there is: none ends a warm container while
// another node has room. They decide in O(log n) of the number of nodes, on average; what they pass over besides is
// said in model/cluster.hpp. Only nodes with room are ever chosen (R28), and each of them while there is any.
#pragma once

#include "wrench_serverless/policy.hpp"
#include "wrench_serverless/views.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace wrench_serverless {

// Picks the node of a claim (R18). It must not block.
class PlacementPolicy : public Policy {
public:
  // A node with room for a new container of the function, or none: the invocation stays queued. Only asked when there
  // may be such a node. What it throws ends the simulation, as the cause of a PolicyError.
  virtual NodeId place(FunctionId function, const ClusterView& cluster) = 0;
  // May it answer none though there is a node with room?
  virtual bool may_decline() const { return true; }
};

// The default: the node where the image is nearest to running (in memory; on its way there; on disk; on its way there;
// elsewhere), and among equals one where no image has to be dropped, then the first in the order given. The first two
// degrees of room are one to it but for that.
class WarmestFirst final : public PlacementPolicy {
public:
  std::string name() const override { return "WarmestFirst"; }
  NodeId place(FunctionId function, const ClusterView& cluster) override;
  bool may_decline() const override { return false; }
};

// The node with the smallest share of its slots in use; among equals the one with the most memory free as it is, then
// the first in the order given.
class LeastLoaded final : public PlacementPolicy {
public:
  std::string name() const override { return "LeastLoaded"; }
  NodeId place(FunctionId function, const ClusterView& cluster) override;
  bool may_decline() const override { return false; }
};

// Best fit: the node with the least free memory that is enough, as its degree of room counts it: with what could be
// dropped, if something has to be. Among equals the first in the order given.
class MostPacked final : public PlacementPolicy {
public:
  std::string name() const override { return "MostPacked"; }
  NodeId place(FunctionId function, const ClusterView& cluster) override;
  bool may_decline() const override { return false; }
};

// The next node with room after the one that it chose last, in the order given and round again.
class RoundRobin final : public PlacementPolicy {
public:
  std::string name() const override { return "RoundRobin"; }
  void begin(std::uint64_t) override { next_ = NodeId(0U); }
  NodeId place(FunctionId function, const ClusterView& cluster) override;
  bool may_decline() const override { return false; }

private:
  NodeId next_{0U};
};

// Any node with room, each as likely as the others.
class Random final : public PlacementPolicy {
public:
  std::string name() const override { return "Random"; }
  void begin(std::uint64_t seed) override { random_.seed(seed); }
  NodeId place(FunctionId function, const ClusterView& cluster) override;
  bool may_decline() const override { return false; }

private:
  std::mt19937_64 random_;
};

// Two different nodes with room, drawn at random: the one with the smaller share of its slots in use, or else the first
// drawn (Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10), 2001).
class PowerOfTwoChoices final : public PlacementPolicy {
public:
  std::string name() const override { return "PowerOfTwoChoices"; }
  void begin(std::uint64_t seed) override { random_.seed(seed); }
  NodeId place(FunctionId function, const ClusterView& cluster) override;
  bool may_decline() const override { return false; }

private:
  std::mt19937_64 random_;
};

// OpenWhisk's (ShardingContainerPoolBalancer): each function has a home node, by a hash of its name, and goes on from
// there in steps of its own, coprime to the number of nodes, to the first with room. After `steps` of them without (no
// value: when all nodes have been tried) the cluster counts as overloaded: any node with room, at random.
//
// Not as in OpenWhisk: the hash is FNV-1a, not Java's; where no node has room the call stays queued, and is not forced
// on a random one (R28); and by default 32 nodes are tried, so that a decision costs the same with 100,000 of them.
class HashAffinity final : public PlacementPolicy {
public:
  static constexpr std::size_t default_steps = 32;
  explicit HashAffinity(std::optional<std::size_t> steps = default_steps);
  std::string name() const override { return "HashAffinity"; }
  void begin(std::uint64_t seed) override;
  NodeId place(FunctionId function, const ClusterView& cluster) override;
  bool may_decline() const override { return false; }

private:
  struct Walk {
    std::uint32_t home = 0;
    std::uint32_t step = 0;
  };
  Walk walk_of(FunctionId function, const ClusterView& cluster);

  std::size_t steps_;
  std::size_t count_ = 0;   // of nodes
  std::vector<Walk> walks_; // by function
  std::vector<std::uint32_t> strides_;
  std::mt19937_64 random_;
};

} // namespace wrench_serverless
