// What must hold between any two events of a host that is a node of several providers (R7). Each provider's own books
// are checked by itself (checking.cpp).
#pragma once

#include "wrench_serverless/serverless_compute_service.hpp"

#include <vector>

namespace wrench_serverless {

// Throws std::logic_error.
void check_hosts(const std::vector<const ServerlessComputeService*>& providers);

} // namespace wrench_serverless
