// What must hold between any two events, counted from scratch: for tests and for whoever suspects this code.
#include "service/each_pass.hpp"
#include "service/provider.hpp"

#include <cmath>
#include <stdexcept>

namespace wrench_serverless {

using model::ContainerState;

namespace {

void expect(bool holds, const std::string& what) {
  if (!holds)
    throw std::logic_error("an invariant does not hold: " + what);
}

} // namespace

void ServerlessComputeService::Parts::check() const {
  cluster.check();
  for (std::uint32_t index = 0; index < nodes.size(); ++index) // R7
    expect(cluster.contents(NodeId(index)).memory.capacity() == node_memory[index]->bytes,
           "the share of a node's memory");
  std::vector<std::size_t> claims(functions.size());
  std::vector<std::uint32_t> provisioned(functions.size());
  std::vector<std::uint32_t> provisioning(functions.size());
  std::vector<std::uint32_t> active(cluster.container_places());
  std::vector<std::size_t> under_way(functions.size());
  std::vector<std::size_t> ready(functions.size());
  std::size_t assigned = 0;
  for (std::uint32_t index = 0; index < cluster.container_places(); ++index)
    if (const model::Container& container = cluster.container(ContainerId(index));
        container.state != ContainerState::Gone) {
      const std::uint32_t claimed = container.state == ContainerState::Claimed ? 1 : 0;
      const std::uint32_t kept = container.kept ? 1 : 0;
      claims[container.function.value] += claimed;
      ready[container.function.value] += claimed == 0 && !container.notes.starting;
      provisioned[container.function.value] += kept;
      provisioning[container.function.value] += kept * claimed;
      if (container.has_sleeper()) {
        expect(container.state == ContainerState::Busy && !container.listed, "who sleeps has a container to itself");
        ++under_way[container.function.value];
        ++assigned;
        ++active[index];
      }
    }
  records->for_each_live([&](LiveId, const LiveInvocation& live) {
    if (live.record.provider != row || is_final(live.record.state))
      return;
    if (!std::isnan(live.record.admitted) && !live.between)
      ++under_way[live.function.value];
    if (!live.container)
      return;
    ++assigned;
    ++active[live.container.value];
  });
  expect(assigned == running, "running");
  for (std::uint32_t index = 0; index < active.size(); ++index) {
    const model::Container& container = cluster.container(ContainerId(index));
    if (container.state != ContainerState::Gone)
      expect(container.active == active[index] + (passes && passes->is_ending(ContainerId(index)) ? 1 : 0),
             "invocations of container " + std::to_string(index));
  }
  std::size_t all_queued = 0;
  std::size_t all_waiting = 0;
  std::size_t unreserved = 0;
  std::size_t with_queues = 0;
  for (std::uint32_t index = 0; index < functions.size(); ++index) {
    const FunctionParts& function = functions[index];
    const std::string of = " of function '" + *function.rest->name + "'";
    const CallQueue& queue = *function.rest->queue;
    const std::size_t size = queue.size();
    for (std::size_t place = 0; place < size; ++place)
      under_way[index] += queue[place].is_parked(); // the others are live
    if (const CallQueue* const at_head = head_waiting.queue(FunctionId(index)))
      for (std::size_t place = 0; place < at_head->size(); ++place)
        under_way[index] += (*at_head)[place].is_parked();
    all_queued += size;
    expect(first_in_queue[index] == (size > 0 ? queue.front().sequence : nobody), "first_in_queue" + of);
    expect(size == 0 || with_queue.at(function.rest->place) == FunctionId(index), "with_queue" + of);
    with_queues += size > 0;
    expect(unclaimed.contains(index) == function.listed, "unclaimed" + of);
    all_waiting += function.rest->waiting;
    expect(function.rest->claims + function.rest->spare == claims[index], "claims" + of);
    expect(options.scaling || function.rest->spare == 0 || size <= function.claimed(),
           "a call waits though there is a claim for nobody" + of);
    expect(function.rest->ready == ready[index], "containers that have started" + of);
    expect(function.under_way == under_way[index], "invocations under way" + of);
    const FunctionLimits& limits = function.rest->registered->limits;
    unreserved += function.reserved ? 0 : function.under_way;
    expect(function.under_way <= limits.reserved_concurrency.value_or(unlimited), "reserved_concurrency" + of); // R31
    expect(function.rest->provisioned == provisioned[index], "provisioned" + of);
    expect(function.rest->provisioning == provisioning[index], "claims for provisioned ones" + of);
    expect(function.rest->provisioned <= limits.provisioned_concurrency, "too many are provisioned" + of); // R32
    if (options.burst_limit)                                                                               // R33
      expect(function.rest->tokens >= 0 && function.rest->tokens <= *options.burst_limit, "tokens" + of);
    expect(function.rest->waiting == (size > function.claimed() ? size - function.claimed() : 0), "waiting" + of);
    const bool may_claim = !options.scaling || cluster.containers_of(FunctionId(index)) < function.rest->desired;
    expect(options.scaling ? !function.listed || (function.rest->waiting > 0 && may_claim)
                           : function.listed == (function.rest->waiting > 0),
           "listed" + of);
    if (function.listed && !options.scaling && !policy_failure.happened()) // R16
      expect(function.rest->turn.sequence == queue[function.claimed()].sequence,
             "turn of the first call without a claim" + of);
    if (function.listed && dynamic_cast<FairShare*>(options.queueing.get()) != nullptr)
      expect(function.rest->turn.rank == rank(FunctionId(index)), "turn" + of);
    if (options.scaling && function.under_way + cluster.containers_of(FunctionId(index)) > 0)
      expect(awake.contains(FunctionId(index)), "awake" + of);
    if (size > 0 && !passes) // R17
      expect(!cluster.available_container(FunctionId(index)), "a call waits though there is a container" + of);
    if (function.listed && !passes && !options.scaling && !function.waits_for_token &&
        !options.placement->may_decline() && !policy_failure.happened() &&
        !head_waiting.waits(FunctionId(index))) // R16, R18
      expect(cluster.best_room(FunctionId(index)) == model::Room::None, "a call waits though it fits" + of);
    for (std::size_t place = 1; place < size; ++place) // R16
      expect(queue[place - 1].sequence < queue[place].sequence, "order" + of);
  }
  expect(all_queued == queued, "queued");
  expect(with_queues == with_queue.size(), "with_queue");
  expect(all_waiting == waiting_calls, "waiting");
  expect(unreserved == unreserved_under_way, "invocations without a reservation");
  check_head();
  std::size_t staged = 0;
  for (const auto& [place, waiting_claims] : staging)
    staged += waiting_claims.size();
  std::size_t all_claims = 0;
  for (const std::size_t count : claims)
    all_claims += count;
  expect(cluster.claims() == all_claims, "claims");
  expect(staged == all_claims, "a claim waits for no image"); // R19, R20: nothing starves
}

// What waits at the head (R16), and how that counts (R30, R33).
void ServerlessComputeService::Parts::check_head() const {
  std::size_t calls = 0;
  std::size_t for_room = 0;
  std::size_t waiting_functions = 0;
  const bool unnoticed = passes && passes->has_unnoticed_images(); // the head is busy
  for (std::uint32_t index = 0; index < functions.size(); ++index) {
    const FunctionId id(index);
    const FunctionParts& function = functions[index];
    const std::string of = " of function '" + *function.rest->name + "'";
    const bool waits = head_waiting.waits(id);
    const std::size_t here = head_waiting.calls(id);
    const std::size_t all = function.rest->waiting + here;
    calls += here;
    waiting_functions += waits;
    if (here > 0) {
      expect(waits, "a call waits at the head for nothing" + of);
      expect(unnoticed || !image_is_at_hand(id), "a call waits at the head though its image is there" + of);
      expect(!cluster.available_container(id), "a call waits at the head though there is a container" + of);
    }
    for (std::size_t place = 1; place < here; ++place)
      expect((*head_waiting.queue(id))[place - 1].sequence < (*head_waiting.queue(id))[place].sequence,
             "order at the head" + of);
    if (waits) {
      expect(unnoticed || head_images.is_coming(cluster.shape(id).image), "nobody fetches the image" + of);
      if (warmest_first && !passes && function.listed && !function.waits_for_token && !policy_failure.happened() &&
          nodes_to_look_at == 0)
        // Where idle containers would have to end there, a better node was chosen, and its room may be taken since.
        for (const model::Warmth warmth : {model::Warmth::InMemory, model::Warmth::ToMemory, model::Warmth::OnDisk})
          expect(!cluster.first_with_image(id, warmth, model::Room::Images),
                 "a call waits for a copy though a node that has one has room" + of);
    }
    const std::size_t ahead = head_waiting.tokens(id);
    expect(ahead <= function.containers_for(all), "tokens for nobody" + of);
    const bool needs_tokens = options.burst_limit && !options.scaling;
    const std::size_t covered = needs_tokens ? ahead * function.concurrency : all;
    for_room += !waits ? function.rest->waiting : all > covered ? all - covered : 0;
  }
  expect(calls == head_waiting.calls(), "calls at the head");
  expect(!limits_waiting || for_room == waiting_for_room(), "calls that wait for room");
  for (const ImageId image : head_waiting.images()) {
    expect(head_waiting.any(image), "an image that is waited for");
    waiting_functions -= head_waiting.functions(image).size();
  }
  expect(waiting_functions == 0, "functions that wait at the head");
}

} // namespace wrench_serverless
