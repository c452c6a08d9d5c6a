// From the caller's request to the head's answer (R13 to R15).
#include "service/each_pass.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace wrench_serverless {

namespace {

Outcome not_registered(const std::string& function, const std::string& provider) {
  return std::make_exception_ptr(
      FunctionNotRegistered("function '" + function + "' is not registered at provider '" + provider + "'"));
}

} // namespace

FunctionId ServerlessComputeService::Parts::find_function(const std::string& function) const {
  const auto found = function_by_name.find(function);
  return found == function_by_name.end() ? FunctionId() : found->second;
}

bool ServerlessComputeService::Parts::request(LiveId id) {
  if (!head->is_on())
    return fail_at_head(id);
  if (options.control_message_size == 0 && options.dispatch_overhead == 0 && head_free_at <= runtime->now()) {
    // Nothing takes time, so the head has answered before the caller could look away.
    if (!(*records)[id].function) {
      refuse(id, not_registered(records->function_name((*records)[id]), name));
      return false;
    }
    return admit(id, (*records)[id].function);
  }
  const std::uint64_t tag = records->tag(id);
  if (options.control_message_size == 0)
    head_has_request(tag, nullptr);
  else
    runtime->activities().stream(runtime->now(), {(*records)[id].caller}, {head}, options.control_message_size,
                                 Continuation::of<&Parts::head_has_request>(this, tag));
  return false;
}

void ServerlessComputeService::Parts::head_has_request(std::uint64_t tag, Outcome failure) {
  const LiveId id = Records::id_of(tag);
  if (!head->is_on()) {
    fail_at_head(id);
    return;
  }
  if (failure != nullptr)
    return refuse(
        id, std::make_exception_ptr(TransferFailure("the request did not reach the head of provider '" + name + "'")));
  // One at a time, first come first served.
  head_free_at = std::max(head_free_at, runtime->now()) + options.dispatch_overhead;
  requests.push_back(tag);
  runtime->schedule(head_free_at - runtime->now(), *this, HeadIsFree, tag);
}

void ServerlessComputeService::Parts::handle_request(std::uint64_t tag) {
  if (requests.empty() || requests.front() != tag)
    return; // the head went off meanwhile
  requests.pop_front();
  const LiveId id = Records::id_of(tag);
  const FunctionId function = (*records)[id].function;
  if (!head->is_on()) {
    fail_at_head(id);
    return;
  }
  if (!function)
    return refuse(id, not_registered(records->function_name((*records)[id]), name));
  admit(id, function);
}

// R37: what it had not handled yet is lost.
void ServerlessComputeService::Parts::head_went_off() {
  head_free_at = runtime->now();
  for (const std::uint64_t tag : std::exchange(requests, {}))
    fail_at_head(Records::id_of(tag));
  if (passes)
    passes->head_went_off();
  if (options.claims != Claims::BeforeImage)
    stop_fetching();
}

Outcome ServerlessComputeService::Parts::head_is_off() const {
  return std::make_exception_ptr(HostFailure("the head of provider '" + name + "' is off"));
}

// A caller whose call will be tried again has its handle at once: there is no head whose answer could take time. True:
// it has one.
bool ServerlessComputeService::Parts::fail_at_head(LiveId id) {
  LiveInvocation& live = (*records)[id];
  if (tries_again(live, InvocationState::Refused) && !std::exchange(live.answered, true) && live.call)
    if (const Continuation answer = std::exchange(live.call->answer, {}))
      answer(nullptr);
  return turn_down(id, head_is_off());
}

// Where it goes comes first: a call that is refused leaves no trace but its record (R14).
bool ServerlessComputeService::Parts::admit(LiveId id, FunctionId function) {
  FunctionParts& parts = functions[function.value];
  if ((*records)[id].asynchronous)
    answer_once((*records)[id]);
  if (parts.reserved || options.max_concurrency)
    if (Outcome refusal = over_concurrency(function))
      return turn_down(id, std::move(refusal));
  const ContainerId container =
      first_in_queue[function.value] == nobody && !passes ? cluster.available_container(function) : ContainerId();
  // Where others wait the image may have come, and a busy head has not noticed yet (R18b).
  if (!container && (head_waiting.calls(function) > 0 || !image_is_at_hand(function)))
    return wait_at_head(id, function);
  // The first that no claim is for; any other one too where a policy may have said no for a while.
  const bool in_line = !container && !options.scaling && !passes &&
                       (parts.rest->queue->size() == parts.expected() ||
                        (parts.rest->queue->size() > parts.expected() && options.placement->may_decline()));
  const NodeId node = in_line && has_token(function) ? place_with_image(function) : NodeId();
  const bool waits = !container && !node && parts.rest->queue->size() >= parts.expected();
  if (waits && options.queue_capacity && waiting_for_room() >= *options.queue_capacity &&
      (!head_waiting.waits(function) || lacks_token(function)) && !(passes && passes->starts_at_once(function)))
    return turn_down(id, queue_is_full(function, parts.waits_for_token));
  note_admitted(id, function);
  if (container) {
    cluster.make_busy(container);
    assign(id, container, notes_of(container).starting);
    return true;
  }
  // One for which a container is claimed now may start at once, and there are never many others of that kind.
  enqueue(function, id, !node);
  const bool was_listed = parts.listed;
  if (node)
    claim(function, node);
  else
    relist(function);
  if (head_waiting.waits(function))
    take_tokens_ahead(function);
  if (options.scaling)
    start_for_call(function, was_listed);
  if (passes)
    passes->plan();
  return true;
}

void ServerlessComputeService::Parts::note_admitted(LiveId id, FunctionId function) {
  LiveInvocation& live = (*records)[id];
  answer_once(live);
  live.between = false;
  InvocationRecord& record = live.record;
  if (std::isnan(record.admitted)) // else by an earlier attempt
    record.admitted = runtime->now();
  record.memory = functions[function.value].memory;
  live.sequence = ++admissions;
  records->enter(live, InvocationState::Queued);
  note_invoked(function);
}

Outcome ServerlessComputeService::Parts::queue_is_full(FunctionId function, bool burst) const {
  return std::make_exception_ptr(InvocationRefused(
      "provider '" + name + "' can't start a call of function '" + *functions[function.value].rest->name + "' now" +
      (burst ? " (its burst_limit of new containers is used up)" : "") + ", and its queue is full (queue_capacity is " +
      std::to_string(*options.queue_capacity) + ")"));
}

// A call of a replay that comes when others of its function wait: is all that request() and admit() would do to put it
// behind them? Then that is done at once. False: no, and nothing has happened. Precondition: has_queue.
bool ServerlessComputeService::Parts::queue_at_once(FunctionId function, const ReplaySource& source, double value) {
  const FunctionParts& parts = functions[function.value];
  const bool at_once =
      options.control_message_size == 0 && options.dispatch_overhead == 0 && head_free_at <= runtime->now();
  const bool always_admitted = !options.max_concurrency && !options.queue_capacity && !parts.reserved;
  const bool may_do_more = options.scaling || parts.rest->queue->size() <= parts.expected() ||
                           options.placement->may_decline() || (passes && !cluster.open_nodes().empty());
  if (!at_once || !always_admitted || may_do_more || is_a_choice || records->on_invocation_state.observed() ||
      !head->is_on() || !image_is_at_hand(function) || (options.burst_limit && head_waiting.waits(function)))
    return false;
  runtime->hold_open();
  records->park(*parts.rest->queue, source, value, runtime->now(), ++admissions); // before a policy is asked
  note_invoked(function);
  ++queued;
  relist(function);
  return true;
}

void ServerlessComputeService::Parts::refuse(LiveId id, Outcome reason) {
  LiveInvocation& live = (*records)[id];
  live.record.ended = runtime->now();
  live.record.failure = records->failure(reason);
  if (live.call)
    live.call->data->failure = reason;
  records->enter(live, InvocationState::Refused);
  add_dead_letter(live, reason);
  send_answer(id, std::move(reason));
  if (options.control_message_size == 0 || !live.call || !live.call->answer) {
    runtime->let_go();
    records->end(id);
  }
}

// Yes: it has an invocation.
void ServerlessComputeService::Parts::answer_once(LiveInvocation& live) {
  if (!std::exchange(live.answered, true))
    send_answer(live.id, nullptr);
}

void ServerlessComputeService::Parts::send_answer(LiveId id, Outcome outcome) {
  LiveInvocation& live = (*records)[id];
  if (options.control_message_size == 0) {
    if (const Continuation answer = live.call ? std::exchange(live.call->answer, {}) : Continuation{})
      answer(std::move(outcome));
    return;
  }
  runtime->activities().stream(runtime->now(), {head}, {live.caller}, options.control_message_size,
                               Continuation::of<&Parts::answer_arrived>(this, records->call_tag(id)));
}

void ServerlessComputeService::Parts::answer_arrived(std::uint64_t tag, Outcome failure) {
  LiveInvocation* live = records->find_call(tag);
  if (live == nullptr || !live->call)
    return;
  const bool refused = live->record.state == InvocationState::Refused && !live->answered;
  const Outcome outcome = refused ? live->call->data->failure : std::move(failure);
  const Continuation answer = std::exchange(live->call->answer, {});
  if (refused) {
    runtime->let_go();
    records->end(Records::id_of(tag));
  }
  if (answer)
    answer(outcome);
}

} // namespace wrench_serverless
