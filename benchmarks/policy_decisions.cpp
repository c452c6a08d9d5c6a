// Decisions of the built-in placement policies: a cluster of NODES nodes of 10 slots, 95 % of them taken at random.
// Each step ends a container anywhere, asks the policy, and claims what it says. Then the same steps are done without
// asking: the difference is what the decision costs, with the upkeep of the indexes that it needs. Usage:
// policy_decisions NODES DECISIONS. Prints one line of JSON for each policy.
#include "arguments.hpp"
#include "model/cluster.hpp"

#include <wrench_serverless/placement.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;

namespace {

constexpr int slots = 10;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct Steps {
  std::vector<std::unique_ptr<model::Space>> stores;
  model::Cluster cluster{[](ws::ContainerId) {}};
  std::vector<ws::FunctionId> functions;
  std::vector<ws::ContainerId> live;
  std::mt19937_64 random{1};

  explicit Steps(std::size_t nodes) {
    for (std::size_t node = 0; node < nodes; ++node) {
      stores.push_back(std::make_unique<model::Space>(100'000'000));
      cluster.add_node(slots, 100'000'000, *stores.back(), "node-" + std::to_string(node));
    }
    for (int number = 0; number < 10; ++number)
      functions.push_back(cluster.add_function({cluster.add_image({std::to_string(number), 1'000, 1'000}), 1'000'000,
                                                1'000'000, 1, std::to_string(number)}));
    while (live.size() < nodes * slots * 95 / 100)
      if (const ws::NodeId node(static_cast<std::uint32_t>(random() % nodes)); cluster.has_free_slot(node))
        claim(node, any());
  }
  ws::FunctionId any() { return functions[random() % functions.size()]; }
  void claim(ws::NodeId node, ws::FunctionId function) {
    live.push_back(cluster.claim(node, function));
    const ws::ImageId image = cluster.shape(function).image;
    for (const auto step : {ws::Warmth::ToDisk, ws::Warmth::OnDisk, ws::Warmth::ToMemory, ws::Warmth::InMemory})
      if (step < cluster.warmth(node, image))
        cluster.set_warmth(node, image, step);
  }
  void end_one() {
    const std::size_t which = random() % live.size();
    cluster.end(live[which]);
    live[which] = live.back();
    live.pop_back();
  }
  // With the decisions, or taking them from the policy and noting them down.
  double run(int count, ws::PlacementPolicy* policy, std::vector<ws::NodeId>& decisions) {
    const ws::ClusterView view(cluster);
    const auto begin = std::chrono::steady_clock::now();
    for (int step = 0; step < count; ++step) {
      end_one();
      const ws::FunctionId function = any();
      if (policy != nullptr)
        decisions[static_cast<std::size_t>(step)] = policy->place(function, view);
      claim(decisions[static_cast<std::size_t>(step)], function);
    }
    return seconds_since(begin);
  }
};

void measure(int nodes, int count, ws::PlacementPolicy& policy) {
  std::vector<ws::NodeId> decisions(static_cast<std::size_t>(count));
  std::vector<ws::NodeId> warm_up(1'000);
  const auto once = [&](ws::PlacementPolicy* asked) {
    Steps steps(static_cast<std::size_t>(nodes));
    policy.begin(1);
    steps.run(static_cast<int>(warm_up.size()), asked, warm_up); // builds what is built at first
    return steps.run(count, asked, decisions);
  };
  const double with = once(&policy);
  const double without = once(nullptr);
  std::printf("{\"policy\": \"%s\", \"nodes\": %d, \"decisions\": %d, \"seconds\": %.6f, \"seconds_without\": %.6f}\n",
              policy.name().c_str(), nodes, count, with, without);
}

} // namespace

int main(int argc, char** argv) {
  const auto arguments = arguments_of(argc, argv, 2, "NODES DECISIONS");
  ws::WarmestFirst warmest;
  ws::LeastLoaded least_loaded;
  ws::MostPacked most_packed;
  ws::RoundRobin round_robin;
  ws::Random random;
  ws::PowerOfTwoChoices two;
  ws::HashAffinity hash;
  for (ws::PlacementPolicy* policy : std::initializer_list<ws::PlacementPolicy*>{&warmest, &least_loaded, &most_packed,
                                                                                 &round_robin, &random, &two, &hash})
    measure(arguments[0], arguments[1], *policy);
}
