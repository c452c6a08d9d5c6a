// R9, R10: which idle container goes first, by the formulas of the built-in policies and in the cluster's books.
#include "nodes.hpp"
#include "wrench_serverless/eviction.hpp"

#include <catch.hpp>

#include <memory>

namespace {

using ws::ContainerId;
using ws::ContainerView;

ContainerView container(std::uint32_t id, std::uint32_t function, ws::Bytes memory, double cold_start = 1,
                        std::uint32_t node = 0) {
  return {ContainerId(id), FunctionId(function), NodeId(node), memory, cold_start, 0};
}

// Passes on what the books ask, as a provider does.
struct Order final : model::IdleOrder {
  ws::EvictionPolicy& policy;
  const model::Cluster& cluster;
  Order(ws::EvictionPolicy& asked, const model::Cluster& of) : policy(asked), cluster(of) {}
  ContainerView view(ContainerId id) const {
    const auto& c = cluster.container(id);
    return {id, c.function, c.node, cluster.shape(c.function).memory, 1, 0};
  }
  void used(ContainerId id) override { policy.used(view(id)); }
  double priority(ContainerId id) override { return policy.priority(view(id)); }
  void evicted(ContainerId id, double priority) override { policy.evicted(view(id), priority); }
  void ended(ContainerId id) override { policy.ended(view(id)); }
};

} // namespace

TEST_CASE("GreedyDual: clock + frequency × cost / size, the clock from whom it evicts, the frequency from use") {
  ws::GreedyDual policy;
  policy.begin(0);
  const auto a = container(0, 0, 200'000'000, 4); // 4 s / 200 MB
  const auto b = container(1, 1, 100'000'000, 4);
  policy.used(a);
  policy.used(b);
  CHECK(policy.priority(a) == Approx(0.02));
  CHECK(policy.priority(b) == Approx(0.04));
  policy.used(a);
  CHECK(policy.priority(a) == Approx(0.04));
  policy.evicted(b, policy.priority(b));
  policy.ended(b);
  CHECK(policy.priority(a) == Approx(0.04)); // as it was when it was used last
  policy.used(a);
  CHECK(policy.priority(a) == Approx(0.04 + 0.06));
  policy.used(b); // a new container: it begins again with 1, and later than others
  CHECK(policy.priority(b) == Approx(0.04 + 0.04));
  const auto elsewhere = container(2, 0, 200'000'000, 4, 1);
  policy.used(elsewhere);
  CHECK(policy.priority(elsewhere) == Approx(0.02)); // each node has a clock and counts of its own
  policy.evicted(a, 0.01);
  policy.used(b);
  CHECK(policy.priority(b) == Approx(0.04 + 0.08)); // the clock never goes back
}

TEST_CASE("GreedyDual: a container that was started in advance and never used goes first") {
  ws::GreedyDual policy;
  policy.used(container(0, 0, 1'000'000));
  CHECK(policy.priority(container(7, 1, 1'000'000)) == 0);
}

TEST_CASE("LeastFrequentlyUsed counts a function's invocations on the node while it has containers there") {
  ws::LeastFrequentlyUsed policy;
  const auto first = container(0, 0, 1), second = container(1, 0, 1);
  policy.used(first);
  policy.used(second);
  policy.used(second);
  CHECK(policy.priority(first) == 3);
  policy.ended(first);
  CHECK(policy.priority(second) == 3);
  policy.ended(second);
  policy.used(first);
  CHECK(policy.priority(first) == 1);
  policy.ended(container(5, 3, 1)); // a claim: it was never used
}

TEST_CASE("SmallestFirst goes by memory") {
  ws::SmallestFirst policy;
  CHECK(policy.priority(container(0, 0, 100)) < policy.priority(container(1, 1, 200)));
}

TEST_CASE("R9 R10 the books evict the lowest priority, and of equals the oldest idle") {
  std::vector<std::uint32_t> evicted;
  model::Space store(100'000);
  model::Cluster cluster([&](ContainerId id) { evicted.push_back(cluster.container(id).function.value); });
  ws::SmallestFirst policy;
  Order order(policy, cluster);
  cluster.set_idle_order(&order);
  cluster.add_node(8, 1'000, store);
  const auto image = cluster.add_image({"i", 0, 0});
  std::vector<FunctionId> functions;
  for (const ws::Bytes memory : {300, 100, 200, 100, 900})
    functions.push_back(cluster.add_function({image, memory, 1}));
  for (int f = 0; f < 4; ++f) {
    const ContainerId id = cluster.claim(NodeId(0U), functions[static_cast<std::size_t>(f)]);
    cluster.set_warmth(NodeId(0U), image, Warmth::OnDisk);
    cluster.set_warmth(NodeId(0U), image, Warmth::InMemory);
    cluster.make_busy(id);
    cluster.make_idle(id);
    cluster.check();
  }
  cluster.claim(NodeId(0U), functions[4]);
  CHECK(evicted == std::vector<std::uint32_t>{1, 3, 2, 0});
  cluster.check();
}

TEST_CASE("R28 random lives of containers keep the books right under every eviction policy") {
  const auto kind = GENERATE(0, 1, 2);
  std::unique_ptr<ws::EvictionPolicy> policy;
  if (kind == 0)
    policy = std::make_unique<ws::GreedyDual>();
  else if (kind == 1)
    policy = std::make_unique<ws::LeastFrequentlyUsed>();
  else
    policy = std::make_unique<ws::SmallestFirst>();
  Random random(static_cast<std::uint32_t>(kind) + 3);
  model::Space store(100'000);
  std::vector<ContainerId> busy;
  std::vector<ContainerId> idle;
  std::size_t evictions = 0;
  model::Cluster cluster([&](ContainerId id) {
    ++evictions;
    std::erase(idle, id);
  });
  Order order(*policy, cluster);
  cluster.set_idle_order(&order);
  cluster.add_node(8, 1'000, store);
  const auto image = cluster.add_image({"i", 10, 10});
  for (int f = 0; f < 6; ++f)
    cluster.add_function({image, random.between(50, 400), random.between(1, 100)});
  const auto take = [&](std::vector<ContainerId>& from) {
    const std::size_t which = random.below(from.size());
    const ContainerId id = from[which];
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(which));
    return id;
  };
  for (int step = 0; step < 2'000; ++step) {
    const FunctionId f(random.below(6));
    if (const std::uint32_t dice = random.below(4); dice == 0 && cluster.fits(NodeId(0U), f)) {
      const ContainerId id = cluster.claim(NodeId(0U), f);
      for (const Warmth warmth : steps)
        if (warmth < cluster.warmth(NodeId(0U), image))
          cluster.set_warmth(NodeId(0U), image, warmth);
      cluster.make_busy(id);
      busy.push_back(id);
    } else if (dice == 1 && !busy.empty()) {
      const ContainerId id = take(busy);
      cluster.make_idle(id);
      idle.push_back(id);
    } else if (dice == 2 && !idle.empty() && cluster.has_free_slot(NodeId(0U)) && cluster.fits(NodeId(0U), f)) {
      const ContainerId id = take(idle);
      cluster.make_busy(id);
      busy.push_back(id);
    } else if (!idle.empty() && random.below(8) == 0) {
      cluster.end(take(idle));
    }
    cluster.check();
  }
  CHECK(evictions > 50);
}
