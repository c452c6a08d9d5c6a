// How many invocations may be under way at once, of a provider and of a function (R31).
//
// Under way is what was admitted and has not ended: queued, starting or running.
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

namespace wrench_serverless {

void ServerlessComputeService::Parts::check_reservation(const Function& function, const FunctionLimits& limits) const {
  if (!options.max_concurrency || !limits.reserved_concurrency)
    return;
  const std::uint64_t left = *options.max_concurrency - reserved_concurrency;
  if (*limits.reserved_concurrency > left)
    throw RegistrationRefused("provider '" + name + "' can't reserve a concurrency of " +
                              std::to_string(*limits.reserved_concurrency) + " for function '" + function.name +
                              "': its max_concurrency is " + std::to_string(*options.max_concurrency) + ", of which " +
                              std::to_string(reserved_concurrency) + " are reserved already");
}

// Is one more too many?
bool ServerlessComputeService::Parts::is_over_concurrency(const FunctionParts& parts) const {
  if (parts.reserved)
    return parts.under_way >= *parts.rest->registered->limits.reserved_concurrency;
  return options.max_concurrency && unreserved_under_way + reserved_concurrency >= *options.max_concurrency;
}

// Null: one more is allowed.
Outcome ServerlessComputeService::Parts::over_concurrency(FunctionId function) const {
  const FunctionParts& parts = functions[function.value];
  if (!is_over_concurrency(parts))
    return nullptr;
  std::string why;
  if (parts.reserved) {
    why = std::to_string(parts.under_way) + " of its invocations are under way, and its reserved_concurrency is " +
          std::to_string(*parts.rest->registered->limits.reserved_concurrency);
  } else {
    why = std::to_string(unreserved_under_way) + " invocations are under way, and its max_concurrency is " +
          std::to_string(*options.max_concurrency);
    if (reserved_concurrency > 0)
      why += ", of which " + std::to_string(reserved_concurrency) + " are reserved for others";
  }
  return std::make_exception_ptr(InvocationRefused("provider '" + name + "' can't admit a call of function '" +
                                                   *parts.rest->name + "' now: " + why));
}

} // namespace wrench_serverless
