// Which idle containers go first where a new one needs their room (R9, R10): the interface, and the built-in policies.
//
// Images that nobody uses go before any container. A decision costs O(log n) of the idle containers of its node.
#pragma once

#include "wrench_serverless/policy.hpp"
#include "wrench_serverless/views.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace wrench_serverless {

// Gives idle containers a priority: of those of a node the lowest goes first, and among equals the one that has been
// idle for longest. It must not block.
class EvictionPolicy : public Policy {
public:
  // The container takes an invocation.
  virtual void used(const ContainerView& /*container*/) {}
  // It has just become idle. A finite number; it holds until the container is used again.
  virtual double priority(const ContainerView& container) = 0;
  // It had to go.
  virtual void evicted(const ContainerView& /*container*/, double /*priority*/) {}
  // It has ended, evicted or not.
  virtual void ended(const ContainerView& /*container*/) {}
  // Is the order that of becoming idle? Then it is not asked at all.
  virtual bool oldest_first() const { return false; }
};

// The default: the one that has been idle for longest goes first.
class LeastRecentlyUsed final : public EvictionPolicy {
public:
  std::string name() const override { return "LeastRecentlyUsed"; }
  double priority(const ContainerView&) override { return 0; }
  bool oldest_first() const override { return true; }
};

// The one with the least memory goes first. (Not the SIZE of FaasCache's figures, which is 1 / size: the largest goes.)
class SmallestFirst final : public EvictionPolicy {
public:
  std::string name() const override { return "SmallestFirst"; }
  double priority(const ContainerView& container) override { return static_cast<double>(container.memory); }
};

// How often functions were invoked on a node, for as long as they have containers there.
class Frequencies {
public:
  struct Count {
    std::uint64_t used = 0;
    std::uint32_t containers = 0;
  };
  // Of its function on its node.
  std::uint64_t of(const ContainerView& container) const;
  void used(const ContainerView& container);
  void ended(const ContainerView& container);
  void clear();

private:
  static std::uint64_t key(const ContainerView& container) {
    return std::uint64_t{container.node.value} << 32 | container.function.value;
  }
  std::unordered_map<std::uint64_t, Count> counts_; // looked up only
  std::vector<bool> known_;                         // the containers that are counted
};

// The one goes first whose function was invoked least often on the node since it has containers there.
class LeastFrequentlyUsed final : public EvictionPolicy {
public:
  std::string name() const override { return "LeastFrequentlyUsed"; }
  void begin(std::uint64_t) override { frequencies_.clear(); }
  void used(const ContainerView& container) override { frequencies_.used(container); }
  double priority(const ContainerView& container) override;
  void ended(const ContainerView& container) override { frequencies_.ended(container); }

private:
  Frequencies frequencies_;
};

// FaasCache's (Fuerst and Sharma, FaasCache: Keeping Serverless Computing Alive with Greedy-Dual Caching, ASPLOS 2021):
// priority = clock + frequency × cost / size. The clock is the node's, and becomes the priority of whom it evicts; a
// container takes it, and its function's frequency on the node, with each invocation. The frequency counts invocations
// since the function has containers on the node; the cost is the mean cold start so far of the function (s, images
// included), and the size a container's memory (MB).
class GreedyDual final : public EvictionPolicy {
public:
  std::string name() const override { return "GreedyDual"; }
  void begin(std::uint64_t seed) override;
  void used(const ContainerView& container) override;
  double priority(const ContainerView& container) override;
  void evicted(const ContainerView& container, double priority) override;
  void ended(const ContainerView& container) override;

private:
  double& clock_of(NodeId node);
  double priority_now(const ContainerView& container);

  Frequencies frequencies_;
  std::vector<double> clocks_;     // by node
  std::vector<double> priorities_; // by container, since it was used last; negative: it never was
};

} // namespace wrench_serverless
