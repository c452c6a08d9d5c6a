// What soon will be needed is asked for in time (model/prefetch.hpp). Nothing here changes anything.
//
// An event comes by in four steps, each of which finds in the cache what the step before has asked for: the invocation;
// its container and function; the node; what the node and the tables have of the container. A call of a replay
// likewise: its function; the list of its containers; the one that it would take now; its node.
#include "model/prefetch.hpp"
#include "service/provider.hpp"

namespace wrench_serverless {

using model::prefetch;
using model::prefetch_all;

void ServerlessComputeService::Parts::foresee(std::uint32_t kind, std::uint64_t argument, Nearness nearness) const {
  if (kind != StepIsOver && kind != OverheadIsOver)
    return;
  const LiveInvocation& live = (*records)[Records::id_of(argument)];
  if (nearness == Nearness::Distant)
    prefetch_all(live);
  else if (live.container)
    foresee_end(live, nearness);
}

void ServerlessComputeService::Parts::foresee_end(const LiveInvocation& live, Nearness nearness) const {
  const model::Container& container = cluster.container(live.container);
  const ContainerParts& parts = containers[live.container.value];
  if (nearness == Nearness::Far) {
    prefetch(&container);
    prefetch(&parts);
    prefetch_all(functions[live.function.value]);
    cluster.foresee(live.function);
  } else if (nearness == Nearness::Near) {
    prefetch_all(nodes[container.node.value]);
    cluster.foresee(container);
    records->foresee_container(parts.row);
  } else {
    prefetch(&nodes[container.node.value].slots->used);
    cluster.foresee_node(container);
  }
}

void ServerlessComputeService::Parts::foresee_call(FunctionId function, Nearness nearness) const {
  if (nearness == Nearness::Distant) {
    prefetch_all(functions[function.value]);
    cluster.foresee(function);
    return;
  }
  if (nearness == Nearness::Far) {
    cluster.foresee_containers(function);
    prefetch(functions[function.value].steps.data());
    return;
  }
  const ContainerId likely = cluster.available_container(function);
  if (!likely)
    return;
  const model::Container& container = cluster.container(likely);
  if (nearness == Nearness::Near) {
    prefetch(&container);
    prefetch(&containers[likely.value]);
  } else {
    prefetch_all(nodes[container.node.value]);
    cluster.foresee(container);
  }
}

} // namespace wrench_serverless
