// Draws nodes with room for a function, each as likely as the others.
#pragma once

#include "model/cluster.hpp"

#include <random>

namespace wrench_serverless {

// One that has room if no more than `most` has to go, another one than `but`; or none. O(1) draws where a fair share of
// the nodes with a free slot has room, or of those with enough memory for the container; where hardly any has, those
// that have are listed.
NodeId random_node(FunctionId function, const model::Cluster& cluster, model::Room most, std::mt19937_64& random,
                   NodeId but = {});

} // namespace wrench_serverless
