// Containers without an invocation: how long idle ones are kept, and those that are started in advance (R27).
#include "service/each_pass.hpp"
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
    return has_too_many(function) && !cluster.container(id).kept ? end_container(id, ContainerEnd::ScaledDown)
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
                          format_number(seconds) + " s for function '" + *functions[function.value].rest->name +
                          "': it must be >= 0");
    if (passes && decision.prewarm_after < KeepAlive::never)
      throw PolicyError("keep-alive policy " + options.keep_alive_policy->name() +
                        " answered prewarm_after = " + format_number(decision.prewarm_after) + " s for function '" +
                        *functions[function.value].rest->name +
                        "': with claims=\"each_pass\" a container is only started for a call that waits (R18b)");
    return decision;
  });
}

void ServerlessComputeService::Parts::keep(ContainerId id, double seconds) {
  if (cluster.container(id).kept)
    return cluster.make_idle(id);
  if (seconds == 0)
    return end_container(id, ContainerEnd::Expired);
  cluster.make_idle(id);
  model::ContainerNotes& notes = notes_of(id);
  const double before = std::exchange(notes.expires, runtime->now() + seconds);
  if (!notes.timed || notes.expires < before) // else its timer is early enough
    set_timer(id);
}

// A timer that comes too early is set again: so a container has one at a time, unless it is kept for less than before.
void ServerlessComputeService::Parts::set_timer(ContainerId id) {
  model::ContainerNotes& notes = notes_of(id);
  model::ContainerRest& rest = cluster.rest(id);
  if (notes.expires >= (notes.timed ? rest.timer : KeepAlive::never))
    return;
  notes.timed = true;
  rest.timer = notes.expires;
  runtime->schedule_in_line(Line::KeepAlive, rest.timer, *this, KeepAliveIsOver,
                            container_tag(id, cluster.container(id).generation));
}

void ServerlessComputeService::Parts::keep_alive_is_over(std::uint64_t tag) {
  if (!passes || !passes->postpone_expiry(tag))
    expire(tag);
}

// Unless it is busy, or was used since.
void ServerlessComputeService::Parts::expire(std::uint64_t tag) {
  const ContainerId id(static_cast<std::uint32_t>(tag));
  const model::Container& container = cluster.container(id);
  if (container.generation != static_cast<std::uint32_t>(tag >> 32))
    return; // that one is gone
  model::ContainerNotes& notes = notes_of(id);
  if (cluster.rest(id).timer <= runtime->now())
    notes.timed = false;
  if (container.state != ContainerState::Idle)
    return;
  if (notes.expires > runtime->now())
    return set_timer(id);
  end_container(id, ContainerEnd::Expired);
  if (passes)
    passes->plan();
}

void ServerlessComputeService::Parts::end_container(ContainerId id, ContainerEnd reason) {
  const FunctionId function = cluster.container(id).function;
  forget_container(id, reason);
  cluster.end(id);
  if (options.scaling)
    relist(function);
}

void ServerlessComputeService::Parts::forget_container(ContainerId id, ContainerEnd reason) {
  const model::Container& container = cluster.container(id);
  if (container.kept)
    lost_provisioned(container.function, false);
  functions[container.function.value].rest->ready -= !container.notes.starting;
  to_row(id);
  records->container_ended(cluster.rest(id).row, runtime->now(), reason);
  if (const ContainerExtras* const its = extras_if_any(id); its != nullptr && its->storage)
    its->storage->parts().destroy();
  // R18: what counted as room of the last degree is free now. A call that waits for a copy, as a better node had none,
  // may do without one here.
  if (head_waiting.any() && !passes) {
    ++nodes_to_look_at;
    runtime->schedule(0, *this, NodeIsLookedAt, container.node.value);
  }
  forget_notes(id);
}

void ServerlessComputeService::Parts::container_started(ContainerId id) {
  notes_of(id).starting = false;
  ++functions[cluster.container(id).function.value].rest->ready;
  records->container_is_ready(cluster.rest(id).row, runtime->now());
}

void ServerlessComputeService::Parts::plan_prewarm(FunctionId function, double after, double keep) {
  FunctionParts& parts = functions[function.value];
  parts.prewarm_at = runtime->now() + after;
  parts.rest->prewarm_keep = keep;
  if (parts.prewarm_at >= parts.rest->prewarm_timer)
    return;
  parts.rest->prewarm_timer = parts.prewarm_at;
  runtime->schedule_at(parts.rest->prewarm_timer, *this, PrewarmIsDue, function.value);
}

void ServerlessComputeService::Parts::prewarm_is_due(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  const double now = runtime->now();
  if (parts.rest->prewarm_timer <= now)
    parts.rest->prewarm_timer = KeepAlive::never;
  if (parts.prewarm_at <= now) {
    parts.prewarm_at = KeepAlive::never;
    prewarm(function);
  } else if (parts.prewarm_at < parts.rest->prewarm_timer) {
    parts.rest->prewarm_timer = parts.prewarm_at;
    runtime->schedule_at(parts.rest->prewarm_timer, *this, PrewarmIsDue, function.value);
  }
}

// Unless a call waits, or one that comes now would find a container.
void ServerlessComputeService::Parts::prewarm(FunctionId function) {
  const FunctionRest& rest = *functions[function.value].rest;
  if (rest.queue->empty() && rest.spare == 0 && !cluster.available_container(function))
    head_waiting.prewarm(function) = !claim_spare(function, ClaimFor::Later) && head_waiting.waits(function);
}

// A claim that no call waits for. False: no node has room, or the image has to come first.
bool ServerlessComputeService::Parts::claim_spare(FunctionId function, ClaimFor purpose) {
  if (!image_is_at_hand(function)) {
    wait_for_image(function);
    return false;
  }
  const NodeId node = place_with_image(function);
  if (node)
    claim(function, node, purpose);
  return static_cast<bool>(node);
}

void ServerlessComputeService::Parts::warm_up(ContainerId id) {
  cluster.warm_up(id);
  const std::uint64_t tag = container_tag(id, cluster.container(id).generation);
  if (cluster.rest(id).ready > runtime->now())
    runtime->schedule_at(cluster.rest(id).ready, *this, WarmUpIsOver, tag);
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
    keep(id, functions[container.function.value].rest->prewarm_keep);
  dispatch(node);
}

} // namespace wrench_serverless
