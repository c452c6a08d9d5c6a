// Another attempt for an invocation that failed, timed out or was refused (R35), and what comes after the last one.
//
// Between two attempts an invocation is queued for its caller, and in no queue of the provider: it holds nothing, and
// is not under way (R31). Each attempt goes to the head again, and takes its dispatch_overhead.
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

namespace wrench_serverless {

bool ServerlessComputeService::Parts::tries_again(const LiveInvocation& live, InvocationState outcome) const {
  if (outcome == InvocationState::Completed || !live.function)
    return false;
  const auto& retries = functions[live.function.value].rest->registered->limits.retries;
  return retries && live.record.attempts <= retries->count && retries->covers(outcome) &&
         (live.asynchronous || !retries->asynchronous_only);
}

void ServerlessComputeService::Parts::try_again(LiveId id) {
  LiveInvocation& live = (*records)[id];
  const Retries& retries = *functions[live.function.value].rest->registered->limits.retries;
  const double delay = retries.delay(live.record.attempts);
  records->begin_attempt(live); // from here on, events of the attempt before come too late
  runtime->schedule(delay, *this, RetryIsDue, records->tag(id));
}

void ServerlessComputeService::Parts::retry_is_due(std::uint64_t tag) {
  if (records->find(tag) != nullptr)
    head_has_request(tag, nullptr);
}

// The provider can't admit it now (R14). True: its caller has got a handle all the same.
bool ServerlessComputeService::Parts::turn_down(LiveId id, Outcome reason) {
  LiveInvocation& live = (*records)[id];
  if (tries_again(live, InvocationState::Refused)) {
    answer_once(live);
    try_again(id);
    return true;
  }
  if (!live.answered) {
    refuse(id, std::move(reason));
    return false;
  }
  conclude(live, InvocationState::Refused, reason);
  tell(id);
  return true;
}

// The last attempt is over.
void ServerlessComputeService::Parts::conclude(LiveInvocation& live, InvocationState state, const Outcome& failure) {
  live.record.ended = runtime->now();
  live.record.failure = records->failure(failure);
  if (LiveCall* const call = live.call.get()) {
    call->data->failure = failure;
    if (state == InvocationState::Completed)
      call->data->output = std::move(call->run.output);
  }
  records->enter(live, state);
  if (state != InvocationState::Completed)
    add_dead_letter(live, failure);
}

// If its function has retries: no other attempt follows.
void ServerlessComputeService::Parts::add_dead_letter(LiveInvocation& live, const Outcome& failure) {
  if (!live.function)
    return; // it is not registered here
  const RegisteredFunction& function = *functions[live.function.value].rest->registered;
  if (!function.limits.retries)
    return;
  function.dead_letters->push_back(records->handle(live));
  live.call->data->failure = failure; // a replayed call has no handle before
}

} // namespace wrench_serverless
