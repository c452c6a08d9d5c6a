// Decisions of the built-in placement policies: a cluster of NODES nodes of 10 slots, 95 % of them taken at random.
//
// In turn, the cluster changes in 32 steps, each of which ends a container anywhere, asks the policy, and claims what
// it says; and the policy is asked for 256 decisions, which are what is measured. The time of a step is printed as
// well: with many nodes it is one of waiting for memory, as the container that ends is anywhere. There are ten
// functions. With many nodes each of these has more containers than the 32 nodes hold that HashAffinity tries, so that
// it tries them all and draws one; it is measured with a function for each node, too. Usage: policy_decisions NODES
// DECISIONS. Prints one line of JSON for each.
#include "arguments.hpp"
#include "model/cluster.hpp"

#include <wrench_serverless/placement.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
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

  Steps(std::size_t nodes, std::size_t different) {
    for (std::size_t node = 0; node < nodes; ++node) {
      stores.push_back(std::make_unique<model::Space>(100'000'000));
      cluster.add_node(slots, 100'000'000, *stores.back(), "node-" + std::to_string(node));
    }
    for (std::size_t number = 0; number < different; ++number)
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
  void step(ws::PlacementPolicy& policy) {
    end_one();
    const ws::FunctionId function = any();
    claim(policy.place(function, ws::ClusterView(cluster)), function);
  }
};

void measure(int nodes, int functions, int count, ws::PlacementPolicy& policy, const std::string& more = "") {
  constexpr int changes = 32, decisions = 256; // in turn
  Steps steps(static_cast<std::size_t>(nodes), static_cast<std::size_t>(functions));
  policy.begin(1);
  for (int step = 0; step < 1'000; ++step)
    steps.step(policy); // builds what is built at first
  const ws::ClusterView view(steps.cluster);
  double deciding = 0, changing = 0;
  int rounds = 0, without_room = 0;
  for (; rounds * decisions < count; ++rounds) {
    auto begin = std::chrono::steady_clock::now();
    for (int step = 0; step < changes; ++step)
      steps.step(policy);
    changing += seconds_since(begin);
    begin = std::chrono::steady_clock::now();
    for (std::size_t decision = 0; decision < decisions; ++decision)
      without_room += !policy.place(steps.functions[decision % steps.functions.size()], view);
    deciding += seconds_since(begin);
  }
  if (without_room > 0) {
    std::fprintf(stderr, "%s found no room where there is some\n", policy.name().c_str());
    std::exit(1);
  }
  std::printf("{\"policy\": \"%s\", \"nodes\": %d, \"decisions\": %d, \"seconds\": %.6f, \"steps\": %d, "
              "\"seconds_of_steps\": %.6f}\n",
              (policy.name() + more).c_str(), nodes, rounds * decisions, deciding, rounds * changes, changing);
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
    measure(arguments[0], 10, arguments[1], *policy);
  measure(arguments[0], arguments[0], arguments[1], hash, ", a function for each node");
}
