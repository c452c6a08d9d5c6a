// Between the cluster's books, which say what becomes of containers, and the eviction policy, which is told and asked.
//
// What a policy throws, or answers that is no number, ends the simulation with a PolicyError: nothing is thrown through
// the books.
#pragma once

#include "engine/runtime.hpp"
#include "model/cluster.hpp"
#include "service/policy_failure.hpp"
#include "wrench_serverless/eviction.hpp"

#include <memory>
#include <string>
#include <vector>

namespace wrench_serverless {

class Evictor final : public model::IdleOrder {
public:
  Evictor(Runtime& runtime, const model::Cluster& cluster, EvictionPolicy& policy, PolicyFailure& failure)
      : runtime_(runtime), cluster_(cluster), policy_(policy), failure_(failure) {}

  void used(ContainerId id) override;
  double priority(ContainerId id) override;
  void evicted(ContainerId id, double priority) override;
  void ended(ContainerId id) override;
  // A container of the function has started, in so many seconds from its claim.
  void started(FunctionId function, double seconds);

private:
  struct Starts {
    double seconds = 0;
    std::size_t count = 0;
  };
  ContainerView view(ContainerId id) const;
  std::string where(ContainerId id) const;
  template <class Ask> auto ask(ContainerId id, Ask&& ask) -> decltype(ask());

  Runtime& runtime_;
  const model::Cluster& cluster_;
  EvictionPolicy& policy_;
  PolicyFailure& failure_;
  std::vector<Starts> starts_; // by function
};

} // namespace wrench_serverless
