// How fast a function may get new containers (R33): a bucket of tokens, full at first, refilled all the time.
//
// A claim for a call takes one; containers that are provisioned, or started in advance, take none.
#include "service/provider.hpp"

#include <algorithm>

namespace wrench_serverless {

namespace {

constexpr double whole = 1 - 1e-9; // a token, up to rounding

} // namespace

void ServerlessComputeService::Parts::refill(FunctionParts& parts) const {
  const double now = runtime->now();
  parts.rest->tokens = std::min(parts.rest->tokens + (now - parts.rest->refilled) * options.burst_rate,
                                static_cast<double>(*options.burst_limit));
  parts.rest->refilled = now;
}

// Without a token: there will be an event when there is one.
bool ServerlessComputeService::Parts::has_token(FunctionId function) {
  if (!options.burst_limit)
    return true;
  FunctionParts& parts = functions[function.value];
  refill(parts);
  if (parts.rest->tokens >= whole)
    return true;
  if (!parts.waits_for_token)
    runtime->schedule((1 - parts.rest->tokens) / options.burst_rate, *this, TokenIsThere, function.value);
  parts.waits_for_token = true;
  return false;
}

void ServerlessComputeService::Parts::take_token(FunctionId function) {
  if (!options.burst_limit)
    return;
  FunctionParts& parts = functions[function.value];
  parts.rest->tokens = std::max(0.0, parts.rest->tokens - 1);
}

void ServerlessComputeService::Parts::token_is_there(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  parts.waits_for_token = false;
  while (parts.listed && try_claim(function)) {
  }
}

} // namespace wrench_serverless
