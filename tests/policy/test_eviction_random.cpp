// R9, R10: under random lives of containers, whoever is evicted is whom looking at every container would choose, by a
// second, plain reading of each policy's definition.
#include "nodes.hpp"
#include "wrench_serverless/eviction.hpp"

#include <catch.hpp>

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <vector>

namespace {

using ws::ContainerId;
using ws::ContainerView;

// What a policy may know of a container, and what the definitions need.
struct Life {
  FunctionId function;
  NodeId node;
  bool alive = true;
  bool idle = false;
  long idle_since = 0;
  int uses = 0;         // of this container
  double priority = -1; // GreedyDual's, from its last use
};

// All containers that ever were, and the definitions, by counting.
class Plain {
public:
  std::vector<Life> lives;
  std::vector<double> clocks = std::vector<double>(3, 0.0);
  std::vector<double> costs, megabytes; // by function

  // Invocations of the function on the node since it has used containers there.
  double frequency(const Life& of) const {
    double sum = 0;
    for (const Life& life : lives)
      if (life.function == of.function && life.node == of.node)
        sum += life.uses;
    return sum;
  }
  double greedy_dual(const Life& of) const {
    return clocks[of.node.value] + frequency(of) * costs[of.function.value] / megabytes[of.function.value];
  }
  void use(Life& life) {
    ++life.uses;
    life.idle = false;
    life.priority = greedy_dual(life);
  }
  void end(Life& gone) {
    gone.alive = gone.idle = false;
    for (const Life& life : lives)
      if (life.alive && life.uses > 0 && life.function == gone.function && life.node == gone.node)
        return;
    for (Life& life : lives) // it begins again
      if (life.function == gone.function && life.node == gone.node)
        life.uses = 0;
  }
};

struct Trial : model::IdleOrder {
  std::unique_ptr<ws::EvictionPolicy> policy;
  std::function<double(const Life&)> key; // of a container that becomes idle; the lowest goes first
  Random random;
  Plain plain;
  std::vector<std::unique_ptr<model::Space>> stores;
  std::map<ContainerId, std::size_t> now; // the lives of those that are there
  std::vector<double> keys;               // by life
  long clock = 0;
  int evictions = 0;
  model::Cluster cluster{[this](ContainerId id) { check_victim(id); }};

  explicit Trial(std::uint32_t seed) : random(seed) {
    for (int n = 0; n < 3; ++n) {
      stores.push_back(std::make_unique<model::Space>(3'000));
      cluster.add_node(8, 1'000'000'000, *stores.back());
    }
    cluster.add_image({"i", 10, 10});
    for (int f = 0; f < 8; ++f) {
      const ws::Bytes memory = 1'000'000 * random.between(5, 40) * 10;
      cluster.add_function({ImageId(0U), memory, random.between(1, 900)});
      plain.costs.push_back(static_cast<double>(random.between(1, 50)) / 10);
      plain.megabytes.push_back(static_cast<double>(memory) / 1e6);
    }
  }

  Life& life(ContainerId id) { return plain.lives[now.at(id)]; }
  ContainerView view(ContainerId id) const {
    const auto& c = cluster.container(id);
    return {id, c.function, c.node, cluster.shape(c.function).memory, plain.costs[c.function.value], 0};
  }
  void used(ContainerId id) override { policy->used(view(id)); }
  double priority(ContainerId id) override { return policy->priority(view(id)); }
  void evicted(ContainerId id, double priority) override { policy->evicted(view(id), priority); }
  void ended(ContainerId id) override { policy->ended(view(id)); }

  void check_victim(ContainerId id) {
    const std::size_t gone = now.at(id);
    std::size_t best = plain.lives.size();
    for (std::size_t i = 0; i < plain.lives.size(); ++i) {
      const Life& one = plain.lives[i];
      if (one.node != plain.lives[gone].node || !one.idle)
        continue;
      if (best == plain.lives.size() || keys[i] < keys[best] ||
          (keys[i] == keys[best] && one.idle_since < plain.lives[best].idle_since))
        best = i;
    }
    REQUIRE(gone == best);
    double& clock_of_node = plain.clocks[plain.lives[gone].node.value];
    clock_of_node = std::max(clock_of_node, keys[gone]);
    ++evictions;
    forget(id);
  }
  void forget(ContainerId id) {
    plain.end(life(id));
    now.erase(id);
  }

  void claim() {
    const NodeId node(random.below(3));
    const FunctionId f(random.below(8));
    if (!cluster.fits(node, f))
      return;
    const ContainerId id = cluster.claim(node, f);
    for (const Warmth warmth : steps)
      if (warmth < cluster.warmth(node, ImageId(0U)))
        cluster.set_warmth(node, ImageId(0U), warmth);
    REQUIRE(now.emplace(id, plain.lives.size()).second);
    plain.lives.push_back({f, node});
    keys.push_back(0);
    if (random.below(4) != 0)
      use(id);
    else
      cluster.warm_up(id); // in advance
  }
  void use(ContainerId id) {
    cluster.make_busy(id);
    plain.use(life(id));
  }
  void rest(ContainerId id) {
    cluster.make_idle(id);
    life(id).idle = true;
    life(id).idle_since = ++clock;
    keys[now.at(id)] = key(life(id));
  }
  void step() {
    const std::uint32_t dice = random.below(8);
    if (dice < 3 || now.empty())
      return claim();
    auto chosen = now.begin();
    std::advance(chosen, random.below(now.size()));
    const ContainerId id = chosen->first;
    if (dice == 3 && random.below(4) == 0) {
      cluster.end(id);
      forget(id);
    } else if (!life(id).idle) {
      rest(id);
    } else if (cluster.has_free_slot(life(id).node)) {
      use(id);
    }
  }
};

} // namespace

TEST_CASE("R9 R10 every eviction policy chooses whom looking at every container would") {
  const auto seed = GENERATE(range(0U, 12U));
  const auto kind = GENERATE(range(0, 4));
  CAPTURE(seed, kind);
  Trial trial(seed);
  Plain& plain = trial.plain;
  if (kind == 0) {
    trial.policy = std::make_unique<ws::GreedyDual>();
    trial.key = [&](const Life& life) { return life.priority >= 0 ? life.priority : plain.greedy_dual(life); };
  } else if (kind == 1) {
    trial.policy = std::make_unique<ws::LeastFrequentlyUsed>();
    trial.key = [&](const Life& life) { return plain.frequency(life); };
  } else if (kind == 2) {
    trial.policy = std::make_unique<ws::SmallestFirst>();
    trial.key = [&](const Life& life) { return plain.megabytes[life.function.value]; };
  } else {
    trial.policy = std::make_unique<ws::LeastRecentlyUsed>();
    trial.key = [](const Life&) { return 0.0; };
  }
  trial.policy->begin(0);
  if (!trial.policy->oldest_first())
    trial.cluster.set_idle_order(&trial);
  for (int step = 0; step < 1'500; ++step) {
    CAPTURE(step);
    trial.step();
    trial.cluster.check();
  }
  CHECK(trial.evictions > 50);
}
