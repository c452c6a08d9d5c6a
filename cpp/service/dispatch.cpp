// From the queue to an idle container or a claim (R16 to R18).
//
// An invocation that can start does so when it is admitted. One that can't waits until a slot of some node is given
// back: what is free elsewhere has not changed since it failed there. So only that node is looked at, and nothing is
// ever scanned while nobody waits.
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <limits>

namespace wrench_serverless {

LiveId ServerlessComputeService::Parts::dequeue(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  const LiveId id = parts.queue.front();
  parts.queue.pop_front();
  --queued;
  return id;
}

// Keeps `unclaimed` true to the function's queue. To be called whenever its queue or its claims have changed.
void ServerlessComputeService::Parts::relist(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  for (; parts.spare > 0 && parts.queue.size() > parts.claimed(); --parts.spare)
    ++parts.claims;
  const std::size_t claimed = parts.claimed();
  const std::size_t unclaimed_calls = parts.queue.size() > claimed ? parts.queue.size() - claimed : 0;
  waiting_calls += unclaimed_calls - parts.waiting;
  parts.waiting = unclaimed_calls;
  const std::uint64_t oldest = unclaimed_calls > 0 ? (*records)[parts.queue[claimed]].sequence : 0;
  if (oldest == parts.listed)
    return;
  if (parts.listed != 0)
    unclaimed.erase({parts.listed, function});
  if (oldest != 0)
    unclaimed.emplace(oldest, function);
  parts.listed = oldest;
}

void ServerlessComputeService::Parts::claim(FunctionId function, NodeId node, ClaimFor purpose) {
  const ContainerId claim = cluster.claim(node, function);
  if (containers.size() <= claim.value)
    containers.resize(claim.value + 1);
  ContainerParts& parts = containers[claim.value];
  parts = ContainerParts{};
  parts.claimed = runtime->now();
  FunctionParts& of = functions[function.value];
  ++(purpose == ClaimFor::Calls ? of.claims : of.spare);
  if (purpose == ClaimFor::Calls)
    take_token(function);
  if (purpose == ClaimFor::Provision) {
    parts.provisioned = true;
    ++of.provisioned;
    ++of.provisioning;
    cluster.keep(claim);
  }
  relist(function);
  stage(claim);
}

bool ServerlessComputeService::Parts::try_claim(FunctionId function) {
  const NodeId node = has_token(function) ? place(function) : NodeId();
  if (node)
    claim(function, node);
  return static_cast<bool>(node);
}

// The container takes as many calls of its function as wait and as it has room for.
void ServerlessComputeService::Parts::fill(ContainerId container, bool cold) {
  const FunctionId function = cluster.container(container).function;
  const FunctionParts& parts = functions[function.value];
  while (!parts.queue.empty() && cluster.container(container).active < parts.concurrency) {
    const LiveId first = dequeue(function);
    relist(function);
    cluster.make_busy(container);
    assign(first, container, cold);
  }
}

void ServerlessComputeService::Parts::dispatch(NodeId node) {
  if (!unprovisioned.empty())
    provision_missing();
  while (queued > 0 && cluster.has_free_slot(node)) {
    std::uint64_t sequence = std::numeric_limits<std::uint64_t>::max();
    const ContainerId idle = waiting_idle_container(node, sequence);
    bool claimed = false;
    for (const auto& [oldest, function] : unclaimed) {
      if (oldest >= sequence)
        break;
      if (cluster.fits(node, function) && try_claim(function)) {
        claimed = true;
        break; // the list has changed
      }
    }
    if (claimed)
      continue;
    if (!idle)
      return;
    fill(idle, false);
  }
}

// After a change that is not of one node only: all that wait may try, oldest first.
void ServerlessComputeService::Parts::claim_whatever_fits() {
  for (auto oldest = unclaimed.begin(); oldest != unclaimed.end();)
    if (try_claim(oldest->second))
      oldest = unclaimed.begin(); // the list has changed
    else
      ++oldest;
}

// The idle container of the node whose function's first invocation was submitted first, and that invocation's number.
ContainerId ServerlessComputeService::Parts::waiting_idle_container(NodeId node, std::uint64_t& sequence) const {
  ContainerId best;
  for (ContainerId id = cluster.node(node).newest_idle; id; id = cluster.container(id).older_of_node) {
    const auto& queue = functions[cluster.container(id).function.value].queue;
    if (queue.empty() || (*records)[queue.front()].sequence >= sequence)
      continue;
    best = id;
    sequence = (*records)[queue.front()].sequence;
  }
  return best;
}

} // namespace wrench_serverless
