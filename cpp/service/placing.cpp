// Policies come and go with their provider; the placement policy is asked, and its answer checked (R18).
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <vector>

namespace wrench_serverless {

namespace {

// Takes policies, and gives them all back unless all could be taken.
class Taken {
public:
  Taken(const std::string& provider, Runtime& runtime) : provider_(provider), runtime_(runtime) {}
  ~Taken() {
    for (Policy* const policy : taken_)
      policy->give_back();
  }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;

  void take(Policy* policy, const char* option) {
    if (policy == nullptr)
      return;
    policy->take(option, provider_);
    taken_.push_back(policy);
    policy->begin(runtime_.random(std::string(option) + " of " + provider_)());
  }
  void keep() { taken_.clear(); }

private:
  const std::string& provider_;
  Runtime& runtime_;
  std::vector<Policy*> taken_;
};

class IdleStays {
public:
  IdleStays(model::Cluster& cluster, bool stays) : cluster_(cluster) { cluster.let_idle_stay(stays); }
  ~IdleStays() { cluster_.let_idle_stay(false); }
  IdleStays(const IdleStays&) = delete;
  IdleStays& operator=(const IdleStays&) = delete;

private:
  model::Cluster& cluster_;
};

} // namespace

void ServerlessComputeService::Parts::begin_policies() {
  Taken taken(name, *runtime);
  const bool evicts = options.eviction && !options.eviction->oldest_first();
  taken.take(options.placement.get(), "placement");
  taken.take(evicts ? options.eviction.get() : nullptr, "eviction");
  taken.take(options.keep_alive_policy.get(), "keep_alive");
  taken.take(options.queueing.get(), "queueing");
  taken.take(options.scaling.get(), "scaling");
  taken.keep();
  warmest_first = dynamic_cast<const WarmestFirst*>(options.placement.get()) != nullptr;
  if (evicts) {
    evictor = std::make_unique<Evictor>(*runtime, cluster, *options.eviction, policy_failure);
    cluster.set_idle_order(evictor.get());
  }
}

// One in Python may refer to the simulation: a circle that the garbage collector can't see.
void ServerlessComputeService::Parts::end_policies() {
  cluster.set_idle_order(nullptr);
  const std::shared_ptr<Policy> all[] = {std::move(options.placement), std::move(options.eviction),
                                         std::move(options.keep_alive_policy), std::move(options.queueing),
                                         std::move(options.scaling)};
  for (const std::shared_ptr<Policy>& policy : all) {
    if (policy) {
      policy->give_back();
      policy->end();
    }
  }
}

// Asks the policy. None: the function's calls stay queued.
//
// Where a scaling policy says how many containers there are, one more than a function's first makes no room for itself
// by ending idle ones: those are wanted, and would only be started again at the next tick.
NodeId ServerlessComputeService::Parts::place(FunctionId function) {
  if (cluster.open_nodes().empty())
    return {};
  const bool beside_idle = options.scaling && cluster.containers_of(function) > 0;
  return consult("placement", *options.placement, function, [&] { return ask_placement(function, beside_idle); });
}

NodeId ServerlessComputeService::Parts::ask_placement(FunctionId function, bool beside_idle) {
  PlacementPolicy& policy = *options.placement;
  const auto of = [&] { return " for function '" + *functions[function.value].rest->name + "'"; };
  const auto asked = [&] {
    const IdleStays stays(cluster, beside_idle);
    return policy.place(function, ClusterView(cluster));
  };
  const NodeId node = asked();
  if (node && node.value >= nodes.size())
    throw PolicyError("placement policy " + policy.name() + " answered node " + std::to_string(node.value) + of() +
                      ": the provider has nodes 0 to " + std::to_string(nodes.size() - 1));
  if (node && !cluster.fits(node, function))
    throw PolicyError("placement policy " + policy.name() + " answered node '" + *nodes[node.value].name + "'" + of() +
                      ": it has no room. " + why_no_room(node, function));
  const IdleStays stays(cluster, beside_idle);
  return node && cluster.fits(node, function) ? node : NodeId();
}

std::string ServerlessComputeService::Parts::why_no_room(NodeId id, FunctionId function) const {
  const NodeView node = ClusterView(cluster).node(id);
  if (!cluster.node(id).up)
    return "It is off";
  if (node.free_slots() == 0)
    return "All of its " + std::to_string(node.slots()) + " slots are in use";
  const model::Shape& shape = cluster.shape(function);
  const model::Image& image = cluster.image(shape.image);
  return "It has " + format_bytes(node.free_memory() + node.reclaimable_memory()) + " of memory and " +
         format_bytes(node.free_storage() + node.reclaimable_storage()) +
         " of storage free or reclaimable; a container takes " + format_bytes(shape.memory) + " and " +
         format_bytes(shape.storage) + ", and its image, unless it is in use there, " + format_bytes(image.memory) +
         " and " + format_bytes(image.size);
}

} // namespace wrench_serverless
