// Everything that a C++ program needs: #include <wrench_serverless/wrench_serverless.hpp>
#pragma once

#include "wrench_serverless/bare_metal_service.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/function.hpp"
#include "wrench_serverless/function_manager.hpp"
#include "wrench_serverless/host.hpp"
#include "wrench_serverless/invocation.hpp"
#include "wrench_serverless/platform.hpp"
#include "wrench_serverless/policies.hpp"
#include "wrench_serverless/profile.hpp"
#include "wrench_serverless/replay.hpp"
#include "wrench_serverless/results.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"
#include "wrench_serverless/signals.hpp"
#include "wrench_serverless/simulation.hpp"
#include "wrench_serverless/storage_service.hpp"
#include "wrench_serverless/units.hpp"
