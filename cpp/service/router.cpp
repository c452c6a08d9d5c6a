// Where a call goes when its function has several providers.
#include "service/manager.hpp"
#include "service/replay_run.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/routing.hpp"

#include <optional>

namespace wrench_serverless {

RoutingPolicy* FunctionManager::Parts::routing_of(const RegisteredFunction& function) const {
  return function.limits.routing ? function.limits.routing.get() : routing.get();
}

// The call goes to the first provider where the policy fails.
std::size_t FunctionManager::Parts::route(RoutingPolicy& policy, const RegisteredFunction& function) {
  const auto where = [&] { return " for function '" + function.name() + "'"; };
  return function.providers.front()->parts().policy_failure.ask("routing", policy, where, [&] {
    const std::size_t index = policy.route(RouteView(function, runtime->now(), outstanding));
    if (index >= function.providers.size())
      throw PolicyError("routing policy " + policy.name() + " answered provider " + std::to_string(index) + where() +
                        ": it has " + std::to_string(function.providers.size()) + ", numbered from 0");
    return index;
  });
}

LiveId FunctionManager::Parts::begin_routed(RoutingPolicy& policy, const Target& given, simgrid::s4u::Host& caller,
                                            ReplaySource* source) {
  const std::size_t index = route(policy, *given.registered);
  const LiveId id = begin(target(given.registered, given.registered->providers[index]), caller, source);
  (*records)[id].unusual().route = index;
  return id;
}

// Those as well that no policy was asked for: who wants to know how busy a provider is means all calls.
void FunctionManager::Parts::count_call(LiveInvocation& live) {
  live.unusual().router = this;
  const std::uint32_t row = live.record.provider.value;
  if (outstanding.size() <= row)
    outstanding.resize(row + 1, 0);
  ++outstanding[row];
}

// What Python gave may refer to the simulation.
void FunctionManager::Parts::close() {
  for (const auto& replay : replays)
    replay->close();
  if (const auto policy = std::move(routing))
    policy->end();
}

void FunctionManager::Parts::call_ended(const LiveInvocation& live) {
  --outstanding[live.record.provider.value];
  const std::optional<std::size_t> route = live.what_is_unusual()->route;
  if (!route)
    return;
  const RegisteredFunction& function = *live.provider->functions[live.function.value].rest->registered;
  RoutingPolicy* const policy = routing_of(function);
  if (policy == nullptr)
    return; // the simulation is over
  live.provider->consult("routing", *policy, live.function, [&] {
    policy->ended(function, *route, runtime->now(), runtime->now() - live.record.requested,
                  live.record.state == InvocationState::Completed);
  });
}

} // namespace wrench_serverless
