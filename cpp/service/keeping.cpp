// Containers without an invocation: how long idle ones are kept, and those that are started in advance (R27).
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <cmath>

namespace wrench_serverless {

using model::ContainerState;

// An invocation was admitted: what was planned for its function is out of date.
void ServerlessComputeService::Parts::note_invoked(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  const double now = runtime->now();
  const double idle = parts.under_way++ > 0 ? 0 : now - parts.idle_since;
  parts.prewarm_at = KeepAlive::never;
  unreserved_under_way += parts.reserved ? 0 : 1;
  consult("keep-alive", *options.keep_alive_policy, function,
          [&] { options.keep_alive_policy->invoked(function, now, idle); });
  if (options.scaling)
    note_load(function);
}

void ServerlessComputeService::Parts::note_ended(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  unreserved_under_way -= parts.reserved ? 0 : 1;
  if (--parts.under_way == 0)
    parts.idle_since = runtime->now();
  if (options.scaling)
    note_load(function);
}

void ServerlessComputeService::Parts::to_idle(ContainerId id) {
  const FunctionId function = cluster.container(id).function;
  const NodeId node = cluster.container(id).node;
  if (cluster.container(id).retired) {
    end_container(id, ContainerEnd::Failed);
    return cluster.forget_memory(node);
  }
  if (options.scaling)
    return has_too_many(function) && !parts_of(id).provisioned ? end_container(id, ContainerEnd::ScaledDown)
                                                               : keep(id, KeepAlive::never);
  const KeepAlive decision = ask_keep_alive(function);
  if (decision.prewarm_after < KeepAlive::never)
    plan_prewarm(function, decision.prewarm_after, decision.prewarm_keep);
  else
    functions[function.value].prewarm_at = KeepAlive::never;
  keep(id, decision.keep);
}

KeepAlive ServerlessComputeService::Parts::ask_keep_alive(FunctionId function) {
  return consult("keep-alive", *options.keep_alive_policy, function, [&] {
    const KeepAlive decision = options.keep_alive_policy->keep_alive(function, runtime->now());
    for (const auto& [seconds, what] : {std::pair{decision.keep, "keep"},
                                        {decision.prewarm_after, "prewarm_after"},
                                        {decision.prewarm_keep, "prewarm_keep"}})
      if (!(seconds >= 0))
        throw PolicyError("keep-alive policy " + options.keep_alive_policy->name() + " answered " + what + " = " +
                          format_number(seconds) + " s for function '" + *functions[function.value].name +
                          "': it must be >= 0");
    return decision;
  });
}

void ServerlessComputeService::Parts::keep(ContainerId id, double seconds) {
  if (parts_of(id).provisioned)
    return cluster.make_idle(id);
  if (seconds == 0)
    return end_container(id, ContainerEnd::Expired);
  cluster.make_idle(id);
  ContainerParts& parts = parts_of(id);
  parts.expires = runtime->now() + seconds;
  // A timer that comes too early is set again: so a container has one at a time, unless it is kept for less than
  // before.
  if (parts.expires >= parts.timer)
    return;
  parts.timer = parts.expires;
  runtime->schedule_in_line(Line::KeepAlive, parts.timer, *this, KeepAliveIsOver,
                            container_tag(id, cluster.container(id).generation));
}

void ServerlessComputeService::Parts::keep_alive_is_over(std::uint64_t tag) {
  const ContainerId id(static_cast<std::uint32_t>(tag));
  const model::Container& container = cluster.container(id);
  if (container.generation != static_cast<std::uint32_t>(tag >> 32))
    return; // that one is gone
  ContainerParts& parts = parts_of(id);
  if (parts.timer <= runtime->now())
    parts.timer = KeepAlive::never;
  if (container.state != ContainerState::Idle)
    return;
  if (parts.expires <= runtime->now())
    return end_container(id, ContainerEnd::Expired);
  if (parts.expires >= parts.timer)
    return;
  parts.timer = parts.expires;
  runtime->schedule_in_line(Line::KeepAlive, parts.timer, *this, KeepAliveIsOver, tag);
}

void ServerlessComputeService::Parts::end_container(ContainerId id, ContainerEnd reason) {
  const FunctionId function = cluster.container(id).function;
  forget_container(id, reason);
  cluster.end(id);
  if (options.scaling)
    relist(function);
}

void ServerlessComputeService::Parts::forget_container(ContainerId id, ContainerEnd reason) {
  ContainerParts& parts = parts_of(id);
  if (parts.provisioned)
    lost_provisioned(cluster.container(id).function, false);
  functions[cluster.container(id).function.value].ready -= !parts.starting;
  to_row(parts);
  records->container_ended(parts.row, runtime->now(), reason);
  if (parts.extras && parts.extras->storage)
    parts.extras->storage->destroy();
  parts = ContainerParts{};
}

void ServerlessComputeService::Parts::container_started(ContainerId id) {
  ContainerParts& parts = parts_of(id);
  parts.starting = false;
  ++functions[cluster.container(id).function.value].ready;
  records->container_is_ready(parts.row, runtime->now());
}

void ServerlessComputeService::Parts::plan_prewarm(FunctionId function, double after, double keep) {
  FunctionParts& parts = functions[function.value];
  parts.prewarm_at = runtime->now() + after;
  parts.prewarm_keep = keep;
  if (parts.prewarm_at >= parts.prewarm_timer)
    return;
  parts.prewarm_timer = parts.prewarm_at;
  runtime->schedule_at(parts.prewarm_timer, *this, PrewarmIsDue, function.value);
}

void ServerlessComputeService::Parts::prewarm_is_due(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  const double now = runtime->now();
  if (parts.prewarm_timer <= now)
    parts.prewarm_timer = KeepAlive::never;
  if (parts.prewarm_at <= now) {
    parts.prewarm_at = KeepAlive::never;
    if (parts.queue.empty() && parts.spare == 0 && !cluster.available_container(function))
      claim_spare(function);
  } else if (parts.prewarm_at < parts.prewarm_timer) {
    parts.prewarm_timer = parts.prewarm_at;
    runtime->schedule_at(parts.prewarm_timer, *this, PrewarmIsDue, function.value);
  }
}

// A claim that no call waits for. False: no node has room.
bool ServerlessComputeService::Parts::claim_spare(FunctionId function) {
  const NodeId node = place(function);
  if (node)
    claim(function, node, ClaimFor::Later);
  return static_cast<bool>(node);
}

void ServerlessComputeService::Parts::warm_up(ContainerId id) {
  cluster.warm_up(id);
  const std::uint64_t tag = container_tag(id, cluster.container(id).generation);
  if (parts_of(id).ready > runtime->now())
    runtime->schedule_at(parts_of(id).ready, *this, WarmUpIsOver, tag);
  else
    warm_up_is_over(tag);
}

void ServerlessComputeService::Parts::warm_up_is_over(std::uint64_t tag) {
  const ContainerId id(static_cast<std::uint32_t>(tag));
  const model::Container& container = cluster.container(id);
  if (container.generation != static_cast<std::uint32_t>(tag >> 32) || container.state != ContainerState::Warming)
    return; // it is gone, or has got an invocation
  const NodeId node = container.node;
  container_started(id);
  if (options.scaling)
    to_idle(id);
  else
    keep(id, functions[container.function.value].prewarm_keep);
  dispatch(node);
}

} // namespace wrench_serverless
