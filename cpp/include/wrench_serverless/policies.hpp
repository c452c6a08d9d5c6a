// The decisions that a provider leaves to policies: small abstract classes, read-only views, answers by value.
//
// The provider checks each answer and raises PolicyError, naming policy, function and answer, if it is none.
#pragma once

#include "wrench_serverless/eviction.hpp"
#include "wrench_serverless/keep_alive.hpp"
#include "wrench_serverless/placement.hpp"
#include "wrench_serverless/policy.hpp"
#include "wrench_serverless/queueing.hpp"
#include "wrench_serverless/routing.hpp"
#include "wrench_serverless/scaling.hpp"
#include "wrench_serverless/views.hpp"
