// Provisioned containers (R32): they start with the registration, never expire, and are never dropped for others.
//
// A claim for one is a spare claim: a call that comes while it is on its way waits for it, not for one of its own.
// While they are idle they hold their memory and storage, and no slot.
#include "service/provider.hpp"

#include <algorithm>

namespace wrench_serverless {

// As many as there is room for. The missing ones follow when something is given back, or a host comes back.
void ServerlessComputeService::Parts::provision(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  const std::uint32_t wanted = parts.rest->registered->limits.provisioned_concurrency;
  while (parts.rest->provisioned < wanted && !parts.rest->provisioning_failed) {
    if (!image_is_at_hand(function)) {
      if (head->is_on())
        wait_for_image(function);
      break;
    }
    const NodeId node = place_with_image(function);
    if (!node)
      break;
    claim(function, node, ClaimFor::Provision);
  }
  const bool missing = parts.rest->provisioned < wanted && !parts.rest->provisioning_failed;
  const auto listed = std::find(unprovisioned.begin(), unprovisioned.end(), function);
  if (missing && listed == unprovisioned.end())
    unprovisioned.push_back(function);
  else if (!missing && listed != unprovisioned.end())
    unprovisioned.erase(listed);
}

void ServerlessComputeService::Parts::provision_missing() {
  for (const FunctionId function : std::vector<FunctionId>(unprovisioned)) // it changes
    provision(function);
}

// One is gone, with its node, or because its image could not come: then the next call shows whether it can (R21).
void ServerlessComputeService::Parts::lost_provisioned(FunctionId function, bool no_image) {
  FunctionParts& parts = functions[function.value];
  --parts.rest->provisioned;
  if (no_image)
    parts.rest->provisioning_failed = true;
  else
    runtime->schedule(0, *this, Provision, function.value);
}

} // namespace wrench_serverless
