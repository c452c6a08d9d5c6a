// From the caller's request to the head's answer (R13 to R15).
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>

namespace wrench_serverless {

namespace {

Outcome not_registered(const std::string& function, const std::string& provider) {
  return std::make_exception_ptr(
      FunctionNotRegistered("function '" + function + "' is not registered at provider '" + provider + "'"));
}

Outcome head_is_off(const std::string& provider) {
  return std::make_exception_ptr(HostFailure("the head of provider '" + provider + "' is off"));
}

} // namespace

bool ServerlessComputeService::Parts::request(LiveId id, const std::string& function) {
  const auto found = function_by_name.find(function);
  (*records)[id].function = found == function_by_name.end() ? FunctionId() : found->second;
  if (!head->is_on()) {
    refuse(id, head_is_off(name));
    return false;
  }
  if (options.control_message_size == 0 && options.dispatch_overhead == 0 && head_free_at <= runtime->now()) {
    // Nothing takes time, so the head has answered before the caller could look away.
    if (!(*records)[id].function) {
      refuse(id, not_registered(*(*records)[id].data->name, name));
      return false;
    }
    admit(id, (*records)[id].function);
    return true;
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
  if (failure != nullptr)
    return refuse(
        id, std::make_exception_ptr(TransferFailure("the request did not reach the head of provider '" + name + "'")));
  // One at a time, first come first served.
  head_free_at = std::max(head_free_at, runtime->now()) + options.dispatch_overhead;
  runtime->schedule(head_free_at - runtime->now(), *this, HeadIsFree, tag);
}

void ServerlessComputeService::Parts::handle_request(std::uint64_t tag) {
  const LiveId id = Records::id_of(tag);
  const FunctionId function = (*records)[id].function;
  if (!head->is_on())
    return refuse(id, head_is_off(name));
  if (!function)
    return refuse(id, not_registered(*(*records)[id].data->name, name));
  send_answer(id, nullptr);
  admit(id, function);
}

void ServerlessComputeService::Parts::admit(LiveId id, FunctionId function) {
  LiveInvocation& live = (*records)[id];
  InvocationRecord& record = live.record();
  record.admitted = runtime->now();
  record.memory = static_cast<double>(functions[function.value].registered->limits.memory);
  live.sequence = ++admissions;
  records->enter(live, InvocationState::Queued);
  enqueue(id);
}

void ServerlessComputeService::Parts::refuse(LiveId id, Outcome reason) {
  LiveInvocation& live = (*records)[id];
  live.record().ended = runtime->now();
  live.data->failure = reason;
  records->enter(live, InvocationState::Refused);
  send_answer(id, std::move(reason));
  if (options.control_message_size == 0 || !live.answer) {
    runtime->let_go();
    records->end(id);
  }
}

void ServerlessComputeService::Parts::send_answer(LiveId id, Outcome outcome) {
  LiveInvocation& live = (*records)[id];
  if (options.control_message_size == 0) {
    if (const Continuation answer = std::exchange(live.answer, {}))
      answer(std::move(outcome));
    return;
  }
  runtime->activities().stream(runtime->now(), {head}, {live.caller}, options.control_message_size,
                               Continuation::of<&Parts::answer_arrived>(this, records->tag(id)));
}

void ServerlessComputeService::Parts::answer_arrived(std::uint64_t tag, Outcome failure) {
  LiveInvocation* live = records->find(tag);
  if (live == nullptr)
    return;
  const bool refused = live->record().state == InvocationState::Refused;
  const Outcome outcome = refused ? live->data->failure : std::move(failure);
  const Continuation answer = std::exchange(live->answer, {});
  if (refused) {
    runtime->let_go();
    records->end(Records::id_of(tag));
  }
  if (answer)
    answer(outcome);
}

} // namespace wrench_serverless
