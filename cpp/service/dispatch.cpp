// From the queue to an idle container or a claim (R16 to R18).
//
// An invocation that can start does so when it is admitted. One that can't waits until a slot of some node is given
// back: what is free elsewhere has not changed since it failed there. So only that node is looked at, and nothing is
// ever scanned while nobody waits.
#include "model/prefetch.hpp"
#include "service/each_pass.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <bit>
#include <cmath>
#include <ranges>

namespace wrench_serverless {

namespace {

// A whole number for each that is not NaN, such that less stays less, and equal stays equal.
std::uint64_t in_order(double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number + 0.0); // -0 is 0
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

} // namespace

void ServerlessComputeService::Parts::enqueue(FunctionId function, LiveId id, bool may_park) {
  records->enqueue(*functions[function.value].rest->queue, id, may_park);
  queue_grew(function);
}

// By a call that is the last one in it.
void ServerlessComputeService::Parts::queue_grew(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  ++queued;
  if (parts.rest->queue->size() > 1)
    return;
  first_in_queue[function.value] = parts.rest->queue->front().sequence;
  parts.rest->place = static_cast<std::uint32_t>(with_queue.size());
  with_queue.push_back(function);
}

LiveId ServerlessComputeService::Parts::dequeue(FunctionId function) {
  CallQueue& queue = *functions[function.value].rest->queue;
  const LiveId id = records->dequeue(queue, *this, function);
  if (queue.size() > 3) // a long queue is far from any cache; each of its lines begins one of the calls
    model::prefetch(&queue[3]);
  queue_shrank(function);
  return id;
}

// By its first call.
void ServerlessComputeService::Parts::queue_shrank(FunctionId function) {
  const FunctionParts& parts = functions[function.value];
  const CallQueue& queue = *parts.rest->queue;
  --queued;
  if (!queue.empty()) {
    first_in_queue[function.value] = queue.front().sequence;
    return;
  }
  first_in_queue[function.value] = nobody;
  const FunctionId last = with_queue.back();
  with_queue[parts.rest->place] = last;
  functions[last.value].rest->place = parts.rest->place;
  with_queue.pop_back();
}

// Keeps `unclaimed` true to the function's queue. To be called whenever its queue or its claims have changed.
void ServerlessComputeService::Parts::relist(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  FunctionRest& rest = *parts.rest;
  const bool scaled = options.scaling != nullptr;
  const std::size_t calls = rest.queue->size();
  for (; !scaled && rest.spare > 0 && calls > parts.claimed(); --rest.spare)
    ++rest.claims;
  const std::size_t claimed = parts.claimed();
  const std::size_t unclaimed_calls = calls > claimed ? calls - claimed : 0;
  waiting_calls += unclaimed_calls - rest.waiting;
  rest.waiting = unclaimed_calls;
  if (limits_waiting)
    recount_waiting(function);
  if (unclaimed_calls == 0 || (scaled && cluster.containers_of(function) >= rest.desired)) {
    if (std::exchange(parts.listed, false))
      unclaimed.erase(function.value);
    return;
  }
  // A call of a long queue is far from any cache: the first one's sequence is at hand.
  const std::uint64_t sequence = claimed == 0 ? first_in_queue[function.value] : (*rest.queue)[claimed].sequence;
  const Turn turn{options.queueing ? rank(function) : 0, sequence};
  if (std::exchange(parts.listed, true) && turn == rest.turn)
    return;
  unclaimed.set(function.value, turn);
  rest.turn = turn;
}

// What the queueing policy says, as a whole number of the same order. Precondition: there is one.
std::uint64_t ServerlessComputeService::Parts::rank(FunctionId function) const {
  const FunctionParts& parts = functions[function.value];
  const double mean = parts.rest->bodies > 0 ? parts.rest->body_seconds / static_cast<double>(parts.rest->bodies) : 0;
  const double said = consult("queueing", *options.queueing, function, [&] {
    const double rank = options.queueing->rank({.function = function,
                                                .name = *parts.rest->name,
                                                .waiting = parts.rest->queue->size(),
                                                .slots = cluster.slots_of(function),
                                                .bodies = parts.rest->bodies,
                                                .mean_duration = mean});
    if (std::isnan(rank))
      throw PolicyError("queueing policy " + options.queueing->name() + " answered nan for function '" +
                        *parts.rest->name + "': a rank is a number");
    return rank;
  });
  return in_order(said);
}

void ServerlessComputeService::Parts::claim(FunctionId function, NodeId node, ClaimFor purpose) {
  if (purpose == ClaimFor::Calls || purpose == ClaimFor::Scale)
    take_token(function);
  if (options.scaling && purpose != ClaimFor::Provision)
    purpose = ClaimFor::Later;
  const ContainerId claim = cluster.claim(node, function);
  cluster.rest(claim).ready = runtime->now();
  FunctionParts& of = functions[function.value];
  ++(purpose == ClaimFor::Calls ? of.rest->claims : of.rest->spare);
  if (purpose == ClaimFor::Provision) {
    ++of.rest->provisioned;
    ++of.rest->provisioning;
    cluster.keep(claim);
    if (options.scaling) // though nobody has called it yet
      awake.insert(function);
  }
  relist(function);
  stage(claim);
}

bool ServerlessComputeService::Parts::try_claim(FunctionId function) {
  const NodeId node = has_token(function) ? place_with_image(function) : NodeId();
  if (node)
    claim(function, node);
  return static_cast<bool>(node);
}

// The container takes as many calls of its function as wait and as it has room for.
void ServerlessComputeService::Parts::fill(ContainerId container, FunctionId function, bool cold) {
  const FunctionParts& parts = functions[function.value];
  while (!parts.rest->queue->empty() && cluster.container(container).active < parts.concurrency) {
    const LiveId first = dequeue(function);
    cluster.make_busy(container);
    relist(function);
    assign(first, container, cold);
  }
}

// Has it room, and no need of a copy that is still on its way to the head?
bool ServerlessComputeService::Parts::may_claim_on(NodeId node, FunctionId function) const {
  if (!cluster.fits(node, function))
    return false;
  return !head_waiting.any() || !head_waiting.waits(function) ||
         cluster.warmth(node, cluster.shape(function).image) != Warmth::Absent;
}

void ServerlessComputeService::Parts::dispatch(NodeId node) {
  if (passes)
    return passes->plan();
  if (!unprovisioned.empty())
    provision_missing();
  while (queued > 0 && cluster.has_free_slot(node)) {
    const Idle idle = waiting_idle_container(node);
    bool claimed = false;
    unclaimed.in_order([&](const auto& first) {
      if (!(first.key < idle.turn))
        return true;
      claimed = may_claim_on(node, FunctionId(first.index)) && try_claim(FunctionId(first.index));
      return claimed;
    });
    if (claimed)
      continue;
    if (!idle.container)
      return;
    fill(idle.container, idle.function, false);
  }
}

// After a change that is not of one node only: all that wait may try, in their order.
void ServerlessComputeService::Parts::claim_whatever_fits() {
  if (passes)
    return passes->plan();
  for (bool claimed = true; claimed;) {
    claimed = false;
    unclaimed.in_order([&](const auto& first) { return claimed = try_claim(FunctionId(first.index)); });
  }
}

// Now and then a call waits for its image to come: no lists of all idle containers are made for these.
ServerlessComputeService::Parts::Idle ServerlessComputeService::Parts::idle_container_of_few(NodeId node) const {
  Idle best;
  for (const FunctionId function : with_queue)
    if (const ContainerId its = cluster.newest_idle_of(function, node)) {
      const Turn turn{options.queueing ? rank(function) : 0, first_in_queue[function.value]};
      if (turn < best.turn)
        best = {its, function, turn};
    }
  return best;
}

// The idle container of the node whose function's turn comes first.
ServerlessComputeService::Parts::Idle ServerlessComputeService::Parts::waiting_idle_container(NodeId node) {
  if (cluster.is_cheaper_to_ask_for(with_queue))
    return idle_container_of_few(node);
  const model::RecencyList& idle = cluster.idle_on(node);
  Idle best;
  if (!options.queueing) {                           // nobody has a rank
    if (cluster.claims() == 0 && !options.scaling) { // then all that wait are listed
      const auto first = unclaimed.first();
      if (const ContainerId its = idle.newest_in(model::OneNumber{first.index}))
        return {its, FunctionId(first.index), first.key}; // nobody's turn comes before
    }
    for (const model::RecencyList::Entry& entry : std::views::reverse(idle.entries()))
      if (entry.id && first_in_queue[entry.number] < best.turn.sequence)
        best = {entry.id, FunctionId(entry.number), {0, first_in_queue[entry.number]}};
    return best;
  }
  idle.newest([&](const model::RecencyList::Entry& entry) {
    if (first_in_queue[entry.number] == nobody)
      return false;
    const FunctionId function(entry.number);
    if (const Turn turn{rank(function), first_in_queue[entry.number]}; turn < best.turn)
      best = {entry.id, function, turn};
    return false;
  });
  return best;
}

} // namespace wrench_serverless
