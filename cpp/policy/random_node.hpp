// Draws nodes with room for a function, each as likely as the others.
#pragma once

#include "model/cluster.hpp"

#include <random>

namespace wrench_serverless {

// Another one than `but`, which has a free slot, or none. O(1) draws where a fair share of the nodes with a free slot
// has room; where hardly any has, those that have are listed.
NodeId random_node(FunctionId function, const model::Cluster& cluster, std::mt19937_64& random, NodeId but = {});

} // namespace wrench_serverless
