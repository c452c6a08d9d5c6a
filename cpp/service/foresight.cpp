// What soon will be needed is asked for in time (model/prefetch.hpp). Nothing here changes anything.
//
// An event comes by in four steps, each of which finds in the cache what the step before has asked for: the invocation;
// its container and function; the node; what the node and the tables have of the container. One that sleeps in its
// container needs a step less. A call of a replay likewise, in five: its function; the list of its containers; the one
// that it would take now; its node; the node's list.
#include "model/prefetch.hpp"
#include "service/provider.hpp"

namespace wrench_serverless {

using model::prefetch;
using model::prefetch_all;

namespace {

constexpr std::size_t few_running = 4096; // all that they need stays in the cache

// All that an invocation has but for what is unusual. Its end asks for less, but after that the next one that begins
// gets its place, and writes to all of it.
void prefetch_most(const LiveInvocation& live) {
  constexpr std::size_t line = 64;
  static_assert(offsetof(LiveInvocation, in_case) <= 3 * line);
  for (std::size_t offset = 0; offset < 3 * line; offset += line)
    prefetch(reinterpret_cast<const char*>(&live) + offset);
}

} // namespace

void ServerlessComputeService::Parts::foresee_function(FunctionId function) const {
  prefetch(&functions[function.value]);
  prefetch(&first_in_queue[function.value]);
  cluster.foresee(function);
}

void ServerlessComputeService::Parts::foresee(std::uint32_t kind, std::uint64_t argument, Nearness nearness) const {
  if (running < few_running)
    return;
  if (kind == SleeperWakes) {
    const model::Container& container = cluster.container(ContainerId(static_cast<std::uint32_t>(argument >> 32)));
    return nearness == Nearness::Distant ? prefetch_all(container) : foresee_end(container, nearness);
  }
  if (kind != StepIsOver && kind != OverheadIsOver)
    return;
  const LiveInvocation& live = (*records)[Records::id_of(argument)];
  if (nearness == Nearness::Distant)
    prefetch_most(live);
  else if (live.container)
    foresee_end(live, nearness);
}

void ServerlessComputeService::Parts::foresee_end(const LiveInvocation& live, Nearness nearness) const {
  const model::Container& container = cluster.container(live.container);
  if (nearness == Nearness::Far) {
    prefetch_all(container);
    foresee_function(live.function);
  } else if (nearness == Nearness::Near) {
    cluster.foresee(container);
  } else {
    cluster.foresee_idle(container);
  }
}

// The same, where the container tells all.
void ServerlessComputeService::Parts::foresee_end(const model::Container& container, Nearness nearness) const {
  if (nearness == Nearness::Far) {
    foresee_function(container.function);
    cluster.foresee(container);
  } else if (nearness == Nearness::Near) {
    cluster.foresee_idle(container);
  }
}

ServerlessComputeService::Parts::Likely
ServerlessComputeService::Parts::foresee_call(FunctionId function, Likely likely, std::size_t ahead) const {
  if (ahead == calls_ahead) {
    foresee_function(function);
  } else if (ahead == calls_ahead - 1) {
    cluster.foresee_containers(function);
  } else if (ahead == calls_ahead - 2) {
    return foresee_start(function);
  } else if (likely.container && likely.container.value < cluster.container_places()) { // else it is another provider's
    const model::Container& container = cluster.container(likely.container);
    if (container.state == model::ContainerState::Gone)
      return likely;
    if (ahead == 1)
      cluster.foresee_busy(container);
    else
      cluster.foresee(container);
  } else if (likely.node && likely.node.value < nodes.size()) {
    const CallQueue& queue = *functions[function.value].rest->queue;
    if (ahead == 1) {
      queue.foresee();
    } else {
      cluster.foresee_claim(likely.node);
      prefetch_all(queue);
    }
  }
  return likely;
}

ServerlessComputeService::Parts::Likely ServerlessComputeService::Parts::foresee_start(FunctionId function) const {
  if (const ContainerId container = cluster.available_container(function)) {
    prefetch_all(cluster.container(container));
    return {container, {}};
  }
  // A cold call is queued, if only for a moment.
  prefetch(&functions[function.value].rest->waiting); // beside the queue
  prefetch(&functions[function.value].rest->turn);
  const NodeId node = warmest_first ? cluster.likely_warm(function) : NodeId();
  if (node)
    cluster.foresee(node);
  return {{}, node};
}

} // namespace wrench_serverless
