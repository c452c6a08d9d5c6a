// How fast a function may get new containers (R33): a bucket of tokens, full at first, refilled all the time.
//
// A claim for a call takes one, and so does one that a scaling policy wants; containers that are provisioned, or
// started in advance, take none.
#include "service/provider.hpp"

#include <algorithm>

namespace wrench_serverless {

// Now. Precondition: there is a limit.
double ServerlessComputeService::Parts::tokens(const FunctionParts& parts) const {
  return std::min(parts.rest->tokens + (runtime->now() - parts.rest->refilled) * options.burst_rate,
                  static_cast<double>(*options.burst_limit));
}

bool ServerlessComputeService::Parts::has_token(FunctionId function) {
  return !options.burst_limit || head_waiting.tokens(function) > 0 || is_token_in_bucket(function);
}

// Without a token: there will be an event when there is one. Precondition: there is a limit.
bool ServerlessComputeService::Parts::is_token_in_bucket(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  parts.rest->tokens = tokens(parts);
  parts.rest->refilled = runtime->now();
  if (parts.rest->tokens >= whole_token)
    return true;
  if (!parts.waits_for_token)
    runtime->schedule((1 - parts.rest->tokens) / options.burst_rate, *this, TokenIsThere, function.value);
  parts.waits_for_token = true;
  return false;
}

void ServerlessComputeService::Parts::take_token(FunctionId function) {
  if (!options.burst_limit)
    return;
  if (std::size_t& ahead = head_waiting.tokens(function); ahead > 0) // taken while it waited for its image
    --ahead;
  else
    take_from_bucket(functions[function.value]);
}

void ServerlessComputeService::Parts::take_from_bucket(FunctionParts& parts) {
  parts.rest->tokens = std::max(0.0, parts.rest->tokens - 1);
}

void ServerlessComputeService::Parts::token_is_there(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  parts.waits_for_token = false;
  if (head_waiting.waits(function))
    take_tokens_ahead(function);
  while (parts.listed && try_claim(function)) {
  }
  if (options.scaling) // the policy may want more than wait
    keep_ticking();
}

} // namespace wrench_serverless
