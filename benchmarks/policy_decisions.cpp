// Decisions of the built-in placement policies: a cluster of NODES nodes of 10 slots.
//
// At first 95 % of the slots are taken, at random, and memory is plenty. In turn, the cluster changes in 32 steps, each
// of which ends a container anywhere, asks the policy, and claims what it says; and the policy is asked for 256
// decisions, which are what is measured. The time of a step is printed as well: with many nodes it is one of waiting
// for memory, as the container that ends is anywhere. There are ten functions. With many nodes each of these has more
// containers than the 32 nodes hold that HashAffinity tries, so that it tries them all and draws one; it is measured
// with a function for each node, too.
//
// Then memory is what is short: all of it is in use, half by busy containers and half by idle ones, so that nearly
// every node that has room for another one has it only once an idle container ends (R18). A step makes a busy container
// idle, and claims for another one. Once functions are of one size, and once they take from 0.5 to 5 times as much,
// with images up to as large: then small ones find room here and there. Usage: policy_decisions NODES DECISIONS. Prints
// one line of JSON for each.
#include "arguments.hpp"
#include "model/cluster.hpp"

#include <wrench_serverless/placement.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;

namespace {

constexpr int slots = 10;

// Of the processor: others on the machine do not count.
double seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

enum class Memory { Plenty, Full, FullOfDifferentSizes };

struct Steps {
  std::vector<std::unique_ptr<model::Space>> stores;
  Memory memory;
  model::Cluster cluster{[this](ws::ContainerId id) { forget(idle, id); }};
  std::vector<ws::FunctionId> functions;
  std::vector<ws::ContainerId> live; // busy ones, where memory is full
  std::vector<ws::ContainerId> idle;
  std::vector<std::size_t> places; // of each container in its list
  std::mt19937_64 random{1};

  Steps(std::size_t nodes, std::size_t different, Memory state) : memory(state) {
    const ws::Bytes all = memory == Memory::Plenty ? 100'000'000 : 10'000'000;
    for (std::size_t node = 0; node < nodes; ++node) {
      stores.push_back(std::make_unique<model::Space>(100'000'000));
      cluster.add_node(slots, all, *stores.back(), "node-" + std::to_string(node));
    }
    const bool sizes = memory == Memory::FullOfDifferentSizes;
    for (std::size_t number = 0; number < different; ++number) {
      const auto factor = static_cast<ws::Bytes>(1 + number % 10);
      functions.push_back(
          cluster.add_function({cluster.add_image({std::to_string(number), 1'000, sizes ? 50'000 * factor : 1'000}),
                                sizes ? 500'000 * factor : 1'000'000, 1'000'000, 1, std::to_string(number)}));
    }
    if (memory == Memory::Plenty)
      take_slots(nodes * slots * 95 / 100);
    else
      fill_memory();
  }
  ws::FunctionId any() { return functions[random() % functions.size()]; }
  ws::ContainerId claim(ws::NodeId node, ws::FunctionId function) {
    const ws::ContainerId id = cluster.claim(node, function);
    put(live, id);
    const ws::ImageId image = cluster.shape(function).image;
    for (const auto step : {ws::Warmth::ToDisk, ws::Warmth::OnDisk, ws::Warmth::ToMemory, ws::Warmth::InMemory})
      if (step < cluster.warmth(node, image))
        cluster.set_warmth(node, image, step);
    if (memory != Memory::Plenty)
      cluster.make_busy(id);
    return id;
  }
  void step(ws::PlacementPolicy& policy) {
    const ws::ContainerId id = live[random() % live.size()];
    forget(live, id);
    if (memory == Memory::Plenty)
      cluster.end(id);
    else
      make_idle(id);
    const ws::FunctionId function = any();
    if (const ws::NodeId node = policy.place(function, ws::ClusterView(cluster)))
      claim(node, function);
  }

private:
  void take_slots(std::size_t count) {
    while (live.size() < count)
      if (const ws::NodeId node(static_cast<std::uint32_t>(random() % cluster.node_count()));
          cluster.has_free_slot(node))
        claim(node, any());
  }
  // With as many containers as there is room for, each busy or idle as a coin falls.
  void fill_memory() {
    for (std::uint32_t node = 0; node < cluster.node_count(); ++node)
      for (int failed = 0; failed < 3;) {
        const ws::FunctionId function = any();
        if (!cluster.has_room(ws::NodeId(node), function, model::Room::Images)) {
          ++failed;
          continue;
        }
        const ws::ContainerId id = claim(ws::NodeId(node), function);
        if (random() % 2 == 0) {
          forget(live, id);
          make_idle(id);
        }
      }
  }
  void make_idle(ws::ContainerId id) {
    cluster.make_idle(id);
    put(idle, id);
  }
  void put(std::vector<ws::ContainerId>& list, ws::ContainerId id) {
    if (places.size() <= id.value)
      places.resize(id.value + 1);
    places[id.value] = list.size();
    list.push_back(id);
  }
  void forget(std::vector<ws::ContainerId>& list, ws::ContainerId id) {
    const std::size_t place = places[id.value];
    list[place] = list.back();
    places[list[place].value] = place;
    list.pop_back();
  }
};

void measure(int nodes, int functions, int count, ws::PlacementPolicy& policy, Memory memory, const std::string& more) {
  constexpr int changes = 32, decisions = 256; // in turn
  Steps steps(static_cast<std::size_t>(nodes), static_cast<std::size_t>(functions), memory);
  policy.begin(1);
  for (int step = 0; step < 1'000; ++step)
    steps.step(policy); // builds what is built at first
  const ws::ClusterView view(steps.cluster);
  double deciding = 0, changing = 0;
  int rounds = 0, without_room = 0;
  for (; rounds * decisions < count; ++rounds) {
    double begin = seconds();
    for (int step = 0; step < changes; ++step)
      steps.step(policy);
    changing += seconds() - begin;
    begin = seconds();
    for (std::size_t decision = 0; decision < decisions; ++decision)
      without_room += !policy.place(steps.functions[decision % steps.functions.size()], view);
    deciding += seconds() - begin;
  }
  if (without_room > 0 && memory != Memory::FullOfDifferentSizes) { // where a large one may find none
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
    for (const auto& [memory, more] : {std::pair{Memory::Plenty, ""},
                                       {Memory::Full, ", memory full"},
                                       {Memory::FullOfDifferentSizes, ", memory full of different sizes"}})
      measure(arguments[0], 10, arguments[1], *policy, memory, more);
  measure(arguments[0], arguments[0], arguments[1], hash, Memory::Plenty, ", a function for each node");
}
