// What soon will be needed is asked for in time (model/prefetch.hpp). Nothing here changes anything.
//
// An event comes by in three steps, each of which finds in the cache what the step before has asked for: the
// invocation; its container and function; the node. A call of a replay likewise: its function; the list of its
// containers; the one that it will take, in all probability.
#include "model/prefetch.hpp"
#include "service/provider.hpp"

namespace wrench_serverless {

using model::prefetch;
using model::prefetch_all;

void ServerlessComputeService::Parts::foresee(std::uint32_t kind, std::uint64_t argument, Nearness nearness) const {
  if (kind != StepIsOver && kind != OverheadIsOver)
    return;
  const LiveInvocation& live = (*records)[Records::id_of(argument)];
  switch (nearness) {
  case Nearness::Far:
    prefetch_all(live);
    break;
  case Nearness::Near:
    if (live.container) {
      prefetch(&containers[live.container.value]);
      prefetch(&cluster.container(live.container));
      prefetch_all(functions[live.function.value]);
      cluster.foresee(live.function);
    }
    break;
  case Nearness::Next:
    if (live.container) {
      const model::Container& container = cluster.container(live.container);
      prefetch_all(nodes[container.node.value]);
      cluster.foresee(container);
    }
    break;
  }
}

void ServerlessComputeService::Parts::foresee_call(FunctionId function, Nearness nearness) const {
  switch (nearness) {
  case Nearness::Far:
    prefetch_all(functions[function.value]);
    cluster.foresee(function);
    break;
  case Nearness::Near:
    cluster.foresee_containers(function);
    if (const std::vector<Step>* const steps = functions[function.value].steps)
      prefetch(steps->data());
    break;
  case Nearness::Next:
    if (const ContainerId container = cluster.likely_container(function)) {
      prefetch(&cluster.container(container));
      prefetch(&containers[container.value]);
    }
    break;
  }
}

} // namespace wrench_serverless
