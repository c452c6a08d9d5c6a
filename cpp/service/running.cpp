// From a claim whose image is there, or an idle container, to the end of the invocation, and of the container (R20 to
// R28).
#include "service/each_pass.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <cmath>
#include <optional>

namespace wrench_serverless {

ServerlessComputeService::Parts::ContainerExtras& ServerlessComputeService::Parts::extras_of(ContainerId id) {
  if (!std::exchange(notes_of(id).has_extras, true))
    cluster.rest(id).extras = extras.take();
  return extras[cluster.rest(id).extras];
}

ServerlessComputeService::Parts::ContainerExtras* ServerlessComputeService::Parts::extras_if_any(ContainerId id) {
  return notes_of(id).has_extras ? &extras[cluster.rest(id).extras] : nullptr;
}

SharedCore* ServerlessComputeService::Parts::core_of(ContainerId id) {
  const ContainerExtras* const its = extras_if_any(id);
  return its != nullptr ? its->core.get() : nullptr;
}

void ServerlessComputeService::Parts::forget_notes(ContainerId id) {
  if (ContainerExtras* const its = extras_if_any(id)) {
    *its = ContainerExtras{};
    extras.remove(cluster.rest(id).extras);
  }
  notes_of(id) = model::ContainerNotes{};
}

// Its row is far from any cache: it is written once the container ends, and when somebody looks.
void ServerlessComputeService::Parts::to_row(ContainerId id) const {
  const model::ContainerNotes& notes = cluster.container(id).notes;
  records->container_has(cluster.rest(id).row, notes.invocations, notes.busy_seconds);
}

std::shared_ptr<StorageService> ServerlessComputeService::Parts::make_storage(ContainerId id) const {
  const model::Container& container = cluster.container(id);
  StorageOptions storage{.capacity = cluster.shape(container.function).storage,
                         .name = name + "/" + *nodes[container.node.value].name + "/" +
                                 *functions[container.function.value].rest->name};
  const StorageService::Parts& store = nodes[container.node.value].store->parts();
  auto made = std::make_unique<StorageService::Parts>(runtime, storage);
  made->host = store.host;
  made->host_name = store.host_name;
  made->disk = store.disk;
  made->parent = nodes[container.node.value].store;
  made->owns_share = false; // the cluster's books have it
  return std::make_shared<StorageService>(std::move(made));
}

// At the start of every invocation that has it alone (R23).
void ServerlessComputeService::Parts::empty(std::shared_ptr<StorageService>& storage) {
  model::Space& space = storage->parts().space;
  space.clear();
  if (space.used() > 0) { // an earlier invocation carved it, or somebody still reads or writes there
    storage->parts().destroy();
    storage = nullptr;
  }
}

// Most functions never write a file: what nobody asked for is not made.
const std::shared_ptr<StorageService>& ServerlessComputeService::Parts::storage_of(ContainerId id) {
  std::shared_ptr<StorageService>& storage = extras_of(id).storage;
  if (!storage)
    storage = make_storage(id);
  return storage;
}

void ServerlessComputeService::Parts::claim_is_ready(ContainerId id) {
  const FunctionId function = cluster.container(id).function;
  FunctionParts& parts = functions[function.value];
  const bool waited_for = !parts.rest->queue->empty();
  const bool provisioned = cluster.container(id).kept;
  const bool for_a_call =
      waited_for ? parts.rest->claims > 0 : parts.rest->spare <= (provisioned ? 0 : parts.rest->provisioning);
  --(for_a_call ? parts.rest->claims : parts.rest->spare);
  parts.rest->provisioning -= provisioned ? 1 : 0;
  if (std::exchange(parts.rest->provisioning_failed, false)) // its image can come after all
    runtime->schedule(0, *this, Provision, function.value);
  if (for_a_call && !waited_for && !provisioned) { // idle containers took them
    const NodeId node = cluster.container(id).node;
    give_up_claim(id);
    dispatch(node);
    return;
  }
  const model::Container& container = cluster.container(id);
  model::ContainerRest& begun = cluster.rest(id);
  if (parts.concurrency > 1)
    extras_of(id).core = std::make_unique<SharedCore>(*runtime, *nodes[container.node.value].host,
                                                      most_flops(function, *nodes[container.node.value].host));
  if (options.scaling)
    keep_ticking();
  const double claimed = std::exchange(begun.ready, runtime->now() + options.cold_start_overhead);
  notes_of(id).starting = true;
  if (evictor)
    evictor->started(function, begun.ready - claimed);
  begun.row = records->begin_container({.function = parts.row,
                                        .provider = row,
                                        .node = node_rows[container.node.value],
                                        .claimed = claimed,
                                        .memory = parts.memory,
                                        .provisioned = provisioned});
  if (waited_for)
    fill(id, function, true);
  else
    warm_up(id);
}

// R21: the first that waits fail with their claim.
void ServerlessComputeService::Parts::claim_failed(ContainerId id, const Outcome& failure) {
  const FunctionId function = cluster.container(id).function;
  FunctionParts& parts = functions[function.value];
  const bool for_a_call = parts.rest->claims > 0 || options.scaling;
  --(parts.rest->claims > 0 ? parts.rest->claims : parts.rest->spare);
  if (cluster.container(id).kept) {
    --parts.rest->provisioning;
    lost_provisioned(function, true);
  }
  give_up_claim(id);
  if (!for_a_call)
    return;
  for (std::size_t count = std::min<std::size_t>(parts.rest->queue->size(), parts.concurrency); count > 0; --count) {
    const LiveId first = dequeue(function);
    relist(function);
    finish(first, InvocationState::Failed, failure);
  }
}

void ServerlessComputeService::Parts::give_up_claim(ContainerId id) {
  const FunctionId function = cluster.container(id).function;
  cluster.end(id);
  forget_notes(id);
  relist(function);
}

void ServerlessComputeService::Parts::assign(LiveId id, ContainerId container, bool cold) {
  LiveInvocation& live = (*records)[id];
  InvocationRecord& record = live.record;
  const NodeId node = cluster.container(container).node;
  record.assigned = runtime->now();
  record.cold = cold;
  record.node = node_rows[node.value];
  if (live.call)
    live.call->data->node = nodes[node.value].name;
  live.container = container;
  ++running;
  records->enter(live, InvocationState::Starting);
  const double over = cold ? cluster.rest(container).ready : runtime->now() + options.warm_start_overhead;
  if (over > runtime->now())
    runtime->schedule_at(over, *this, OverheadIsOver, records->tag(id));
  else
    overhead_is_over(records->tag(id));
}

void ServerlessComputeService::Parts::overhead_is_over(std::uint64_t tag) {
  LiveInvocation* live = records->find_unfinished(tag);
  if (live == nullptr)
    return; // its node went off
  if (notes_of(live->container).starting)
    container_started(live->container);
  const FunctionParts& function = functions[live->function.value];
  if (!function.brings || function.rest->ingress == 0)
    return start_body(Records::id_of(tag));
  runtime->activities().stream(runtime->now(), {live->caller},
                               {nodes[cluster.container(live->container).node.value].host}, function.rest->ingress,
                               Continuation::of<&Parts::payload_arrived>(this, tag));
}

void ServerlessComputeService::Parts::payload_arrived(std::uint64_t tag, Outcome failure) {
  if (records->find_unfinished(tag) == nullptr)
    return;
  if (failure == nullptr)
    return start_body(Records::id_of(tag));
  finish(Records::id_of(tag), InvocationState::Failed,
         std::make_exception_ptr(TransferFailure("the input did not reach the node")));
}

// A body is one thread: it never gets more than a core.
double ServerlessComputeService::Parts::most_flops(FunctionId function, const simgrid::s4u::Host& host) const {
  if (!options.cpu_per_memory)
    return Cpus::no_limit;
  const double share =
      static_cast<double>(cluster.shape(function).memory) / static_cast<double>(*options.cpu_per_memory);
  return share < 1 ? share * host.get_speed() : Cpus::no_limit;
}

void ServerlessComputeService::Parts::start_body(LiveId id) {
  LiveInvocation& live = (*records)[id];
  const FunctionParts& function = functions[live.function.value];
  const NodeParts& node = nodes[cluster.container(live.container).node.value];
  live.record.started = runtime->now();
  records->begin_row(live);
  records->enter(live, InvocationState::Running);
  if (function.concurrency == 1 || ++cluster.rest(live.container).bodies == 1) {
    records->slot_meter().run_body(1);
    if (function.concurrency > 1)
      cluster.rest(live.container).busy_since = runtime->now();
    if (ContainerExtras* const its = extras_if_any(live.container); its != nullptr && its->storage)
      empty(its->storage);
  }
  const std::uint64_t tag = records->tag(id);
  if (function.limited)
    runtime->schedule_deadline(function.rest->time_limit, *this, TimeIsOver, tag);
  if (function.declared)
    return start_work(live);
  LiveCall& call = *live.call;
  call.run.job = {.host = node.host,
                  .name = function.rest->name,
                  .role = "body",
                  .invocation = call.data,
                  .core = core_of(live.container),
                  .most_flops = most_flops(live.function, *node.host),
                  .context = nullptr,
                  .ended = Continuation::of<&Parts::body_ended>(this, tag)};
  call.run.input = &call.input;
  call.run.storage = storage_of(live.container);
  call.fibre = node.slots->start(*function.rest->registered->function->body, call.run);
}

void ServerlessComputeService::Parts::time_is_over(std::uint64_t tag) {
  LiveInvocation* live = records->find(tag);
  if (live == nullptr || !is_working(*live))
    return; // it ended before
  const Outcome timeout = live->unusual().timeout = std::make_exception_ptr(
      FunctionTimeout("function '" + *functions[live->function.value].rest->name + "' reached its time limit of " +
                      format_number(functions[live->function.value].rest->registered->limits.time_limit) + " s"));
  if (live->working)
    stop_work(*live, timeout);
  else
    runtime->fibres().interrupt(live->call->fibre, timeout);
}

bool ServerlessComputeService::Parts::is_working(const LiveInvocation& live) {
  return live.working || (live.call && live.call->fibre);
}

void ServerlessComputeService::Parts::body_ended(std::uint64_t tag, Outcome failure) {
  const LiveId id = Records::id_of(tag);
  LiveInvocation& live = (*records)[id];
  const NodeParts& node = nodes[cluster.container(live.container).node.value];
  model::ContainerNotes& container = notes_of(live.container);
  live.working = false;
  if (live.call)
    live.call->fibre = FibreId();
  const double took = runtime->now() - live.record.started;
  live.record.billed_seconds += billed(took);
  const FunctionParts& function = functions[live.function.value];
  note_body(live.function, took);
  model::ContainerRest* const shared = function.concurrency > 1 ? &cluster.rest(live.container) : nullptr;
  if (shared == nullptr || --shared->bodies == 0) {
    container.busy_seconds += shared == nullptr ? took : runtime->now() - shared->busy_since;
    records->slot_meter().run_body(-1);
  }
  if (const Unusual* const unusual = live.what_is_unusual()) {
    if (unusual->lost != nullptr)
      return finish(id, InvocationState::Failed, unusual->lost);
    if (unusual->timeout != nullptr)
      return finish(id, InvocationState::TimedOut, unusual->timeout);
  }
  if (failure != nullptr)
    return finish(id, InvocationState::Failed, failure);
  if (!function.brings || function.rest->egress == 0)
    return finish(id, InvocationState::Completed, nullptr);
  runtime->activities().stream(runtime->now(), {node.host}, {live.caller}, function.rest->egress,
                               Continuation::of<&Parts::answer_payload_arrived>(this, tag));
}

// A queueing policy may ask.
void ServerlessComputeService::Parts::note_body(FunctionId function, double took) {
  if (!options.queueing)
    return;
  FunctionRest& rest = *functions[function.value].rest;
  ++rest.bodies;
  rest.body_seconds += took;
}

void ServerlessComputeService::Parts::answer_payload_arrived(std::uint64_t tag, Outcome failure) {
  if (records->find_unfinished(tag) == nullptr)
    return;
  if (failure == nullptr)
    return finish(Records::id_of(tag), InvocationState::Completed, nullptr);
  finish(Records::id_of(tag), InvocationState::Failed,
         std::make_exception_ptr(TransferFailure("the output did not reach the caller")));
}

void ServerlessComputeService::Parts::finish(LiveId id, InvocationState state, const Outcome& failure) {
  LiveInvocation& live = (*records)[id];
  const bool again = tries_again(live, state);
  if (!again)
    conclude(live, state, failure);
  if (LiveCall* const call = live.call.get())
    call->run.storage = nullptr;
  const FunctionId function = live.function;
  note_ended(function);
  const ContainerId container = live.container;
  std::optional<Left> left; // none: it had no container
  NodeId node;
  if (container) {
    node = cluster.container(container).node;
    left = leave(container);
  }
  if (options.queueing)
    relist(function);
  if (again)
    try_again(id);
  else
    tell(id);
  if (left == Left::Shared && !cluster.container(container).retired)
    fill(container, function, notes_of(container).starting);
  else if (left && left != Left::Unnoticed)
    dispatch(node);
}

// One of the container's invocations has ended.
ServerlessComputeService::Parts::Left ServerlessComputeService::Parts::leave(ContainerId id) {
  --running;
  ++notes_of(id).invocations;
  if (passes && passes->postpone_end(id))
    return Left::Unnoticed;
  if (cluster.container(id).active == 1) {
    to_idle(id);
    return Left::Vacant;
  }
  cluster.release(id);
  return Left::Shared;
}

void ServerlessComputeService::Parts::tell(LiveId id) {
  if (options.control_message_size == 0)
    return tell_and_forget(id);
  runtime->activities().stream(runtime->now(), {head}, {(*records)[id].caller}, options.control_message_size,
                               Continuation::of<&Parts::completion_arrived>(this, records->tag(id)));
}

void ServerlessComputeService::Parts::completion_arrived(std::uint64_t tag, Outcome /*failure*/) {
  tell_and_forget(Records::id_of(tag));
}

void ServerlessComputeService::Parts::tell_and_forget(LiveId id) {
  if (LiveCall* const call = (*records)[id].call.get())
    runtime->waiters().notify(call->waiters);
  runtime->let_go();
  records->end(id);
}

} // namespace wrench_serverless
