// Policies come and go with their provider; the placement policy is asked, and its answer checked (R18).
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <exception>

namespace wrench_serverless {

namespace {

void begin(Policy& policy, const char* option, const std::string& provider, Runtime& runtime) {
  policy.take(option, provider);
  try {
    policy.begin(runtime.random(std::string(option) + " of " + provider)());
  } catch (...) {
    policy.give_back();
    throw;
  }
}

} // namespace

void ServerlessComputeService::Parts::begin_policies() {
  begin(*options.placement, "placement", name, *runtime);
  if (options.eviction && !options.eviction->oldest_first()) {
    try {
      begin(*options.eviction, "eviction", name, *runtime);
    } catch (...) {
      options.placement->give_back();
      throw;
    }
    evictor = std::make_unique<Evictor>(*runtime, cluster, *options.eviction, policy_failure);
    cluster.set_idle_order(evictor.get());
  }
}

// One in Python may refer to the simulation: a circle that the garbage collector can't see.
void ServerlessComputeService::Parts::end_policies() {
  cluster.set_idle_order(nullptr);
  for (const std::shared_ptr<Policy>& policy :
       {std::shared_ptr<Policy>(std::move(options.placement)), std::shared_ptr<Policy>(std::move(options.eviction))}) {
    if (policy) {
      policy->give_back();
      policy->end();
    }
  }
}

// Asks the policy. None: the function's calls stay queued. A policy that fails ends the simulation: nothing is thrown
// from here, through whatever has asked.
NodeId ServerlessComputeService::Parts::place(FunctionId function) {
  if (cluster.open_nodes().empty() || policy_failure.happened())
    return {};
  try {
    return ask_placement(function);
  } catch (const PolicyError&) {
    policy_failure.end_simulation(std::current_exception());
  }
  return {};
}

NodeId ServerlessComputeService::Parts::ask_placement(FunctionId function) {
  PlacementPolicy& policy = *options.placement;
  const auto of = [&] { return " for function '" + *functions[function.value].name + "'"; };
  NodeId node;
  try {
    node = policy.place(function, ClusterView(cluster));
  } catch (const PolicyError&) {
    throw;
  } catch (const std::exception& failure) {
    std::throw_with_nested(PolicyError("placement policy " + policy.name() + " threw" + of() + ": " + failure.what()));
  } catch (...) {
    std::throw_with_nested(PolicyError("placement policy " + policy.name() + " threw" + of()));
  }
  if (node && node.value >= nodes.size())
    throw PolicyError("placement policy " + policy.name() + " answered node " + std::to_string(node.value) + of() +
                      ": the provider has nodes 0 to " + std::to_string(nodes.size() - 1));
  if (node && !cluster.fits(node, function))
    throw PolicyError("placement policy " + policy.name() + " answered node '" + *nodes[node.value].name + "'" + of() +
                      ": it has no room. " + why_no_room(node, function));
  return node;
}

std::string ServerlessComputeService::Parts::why_no_room(NodeId id, FunctionId function) const {
  const NodeView node = ClusterView(cluster).node(id);
  if (!cluster.node(id).up)
    return "It is off";
  if (node.free_slots() == 0)
    return "All of its " + std::to_string(node.slots()) + " slots are in use";
  const model::Shape& shape = cluster.shape(function);
  const model::Image& image = cluster.image(shape.image);
  return "It has " + format_bytes(node.free_memory()) + " of memory and " + format_bytes(node.free_storage()) +
         " of storage free; a container takes " + format_bytes(shape.memory) + " and " + format_bytes(shape.storage) +
         ", and its image, unless it is in use there, " + format_bytes(image.memory) + " and " +
         format_bytes(image.size);
}

} // namespace wrench_serverless
