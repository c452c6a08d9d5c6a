#include "wrench_serverless/eviction.hpp"

#include <algorithm>

namespace wrench_serverless {

void Frequencies::used(const ContainerView& container) {
  Count& count = counts_[key(container)];
  ++count.used;
  if (known_.size() <= container.id.value)
    known_.resize(container.id.value + 1);
  if (!known_[container.id.value])
    ++count.containers;
  known_[container.id.value] = true;
}

void Frequencies::ended(const ContainerView& container) {
  if (known_.size() <= container.id.value || !known_[container.id.value])
    return; // it was never used
  known_[container.id.value] = false;
  const auto found = counts_.find(key(container));
  if (--found->second.containers == 0)
    counts_.erase(found);
}

std::uint64_t Frequencies::of(const ContainerView& container) const {
  const auto found = counts_.find(key(container));
  return found == counts_.end() ? 0 : found->second.used;
}

void Frequencies::clear() {
  counts_.clear();
  known_.clear();
}

double LeastFrequentlyUsed::priority(const ContainerView& container) {
  return static_cast<double>(frequencies_.of(container));
}

void GreedyDual::begin(std::uint64_t) {
  frequencies_.clear();
  clocks_.clear();
  priorities_.clear();
}

// A policy that derives from it may never have told it of the node.
double& GreedyDual::clock_of(NodeId node) {
  if (clocks_.size() <= node.value)
    clocks_.resize(node.value + 1);
  return clocks_[node.value];
}

double GreedyDual::priority_now(const ContainerView& container) {
  const double megabytes = std::max(static_cast<double>(container.memory) / 1e6, 1e-6);
  return clock_of(container.node) + static_cast<double>(frequencies_.of(container)) * container.cold_start / megabytes;
}

void GreedyDual::used(const ContainerView& container) {
  frequencies_.used(container);
  if (priorities_.size() <= container.id.value)
    priorities_.resize(container.id.value + 1, -1);
  priorities_[container.id.value] = priority_now(container);
}

double GreedyDual::priority(const ContainerView& container) {
  if (container.id.value < priorities_.size() && priorities_[container.id.value] >= 0)
    return priorities_[container.id.value];
  return priority_now(container); // it was started in advance
}

void GreedyDual::ended(const ContainerView& container) {
  frequencies_.ended(container);
  if (container.id.value < priorities_.size())
    priorities_[container.id.value] = -1;
}

void GreedyDual::evicted(const ContainerView& container, double priority) {
  double& clock = clock_of(container.node);
  clock = std::max(clock, priority);
}

} // namespace wrench_serverless
