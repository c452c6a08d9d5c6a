// Hosts that go off and come back (R37): the head, and the nodes.
//
// The engine fails what goes on there right after: bodies are thrown out of, transfers end.
#include "service/each_pass.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace wrench_serverless {

using model::ContainerState;

void ServerlessComputeService::Parts::host_went_off(simgrid::s4u::Host& host) {
  if (&host == head)
    head_went_off();
  if (const auto node = node_by_host.find(&host); node != node_by_host.end())
    node_went_off(node->second);
}

void ServerlessComputeService::Parts::host_came_back(simgrid::s4u::Host& host) {
  if (&host == head)
    head_came_back();
  const auto found = node_by_host.find(&host);
  if (found == node_by_host.end())
    return;
  cluster.forget_memory(found->second);
  cluster.set_up(found->second, true);
  std::vector<FunctionId> waited; // for an image that is on its disk
  for (const ImageId image : std::vector<ImageId>(head_waiting.images()))
    if (cluster.is_on_a_node(image))
      std::ranges::copy(head_waiting.end(image), std::back_inserter(waited));
  join_queue(waited);
  provision_missing();
  if (options.scaling)
    keep_ticking();
  claim_whatever_fits();
  start_for_nobody(waited);
}

// Requests find it by themselves; containers for nobody do not.
void ServerlessComputeService::Parts::head_came_back() {
  if (options.claims != Claims::AtHead)
    return;
  provision_missing();
  if (options.scaling)
    keep_ticking();
}

bool ServerlessComputeService::Parts::is_on(ContainerId id, NodeId node) const {
  return cluster.container(id).state != ContainerState::Gone && cluster.container(id).node == node;
}

// In the order of their calls: where they are in memory means nothing.
std::vector<std::uint64_t> ServerlessComputeService::Parts::invocations_on(NodeId node) const {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> found;
  records->for_each_live([&](LiveId id, const LiveInvocation& live) {
    if (live.record.provider == row && live.container && !is_final(live.record.state) && is_on(live.container, node))
      found.emplace_back(live.record.id, records->tag(id));
  });
  std::ranges::sort(found);
  std::vector<std::uint64_t> tags;
  for (const auto& [call, tag] : found)
    tags.push_back(tag);
  return tags;
}

void ServerlessComputeService::Parts::node_went_off(NodeId node) {
  cluster.set_up(node, false);
  ++nodes[node.value].outages;
  const Outcome failure =
      std::make_exception_ptr(HostFailure("host '" + *nodes[node.value].name + "' of the invocation went off"));
  for (std::uint32_t index = 0; index < cluster.container_places(); ++index)
    if (const ContainerId id(index); is_on(id, node)) {
      if (cluster.container(id).has_sleeper())
        wake(id);
      cluster.retire(id);
    }
  for (const std::uint64_t tag : invocations_on(node)) {
    LiveInvocation* const live = records->find_unfinished(tag);
    if (live == nullptr)
      continue; // because of one before
    if (is_working(*live)) {
      live->unusual().lost = failure; // the body unwinds first
      if (live->working)
        stop_work(*live, failure);
    } else {
      finish(live->id, InvocationState::Failed, failure);
    }
  }
  for (std::uint32_t index = 0; index < cluster.container_places(); ++index) {
    const ContainerId id(index);
    if (!is_on(id, node))
      continue;
    const model::Container& container = cluster.container(id);
    if (container.state == ContainerState::Idle || container.state == ContainerState::Warming) {
      end_container(id, ContainerEnd::Failed);
    } else if (container.state == ContainerState::Claimed) {
      // Its invocations are still in the queue, and are placed again.
      FunctionParts& function = functions[container.function.value];
      --(function.rest->spare > 0 ? function.rest->spare : function.rest->claims);
      if (container.kept) {
        --function.rest->provisioning;
        lost_provisioned(container.function, false);
      }
      give_up_claim(id);
    }
  }
  if (passes)
    passes->node_went_off(node);
  std::erase_if(staging, [node](const auto& entry) { return entry.first.first == node; });
  cluster.forget_memory(node);
  if (options.scaling)
    keep_ticking();
  claim_whatever_fits();
}

} // namespace wrench_serverless
