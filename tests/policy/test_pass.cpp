// R18b: what a pass decides for each call of a queue, against a reference that looks at every node and every container.
#include "policy/pass.hpp"

#include "nodes.hpp"

#include <catch.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

using ws::ContainerId;
using ws::Pass;
using Step = ws::Pass::Step;

namespace {

constexpr Step all_steps[] = {Step::Reuse, Step::Start, Step::Load, Step::Copy, Step::Wait, Step::Fetch, Step::Stay};

// All as the rule says it, with nothing remembered but what this pass has given away.
class Naive {
public:
  explicit Naive(const model::Cluster& cluster) : cluster_(cluster) {
    for (std::uint32_t n = 0; n < cluster.node_count(); ++n)
      slots_.push_back(cluster.node(NodeId(n)).up ? cluster.node(NodeId(n)).slots - cluster.node(NodeId(n)).used_slots
                                                  : 0);
  }

  Pass::Decision next(FunctionId f, bool at_head) {
    if (const auto idle = oldest_idle(f); std::get<ContainerId>(idle)) {
      const auto [node, age, container] = idle;
      taken_.insert(container);
      --slots_[node.value];
      return {Step::Reuse, node, container};
    }
    const model::Shape& shape = cluster_.shape(f);
    for (const Warmth warmth : {Warmth::InMemory, Warmth::ToMemory, Warmth::OnDisk, Warmth::ToDisk, Warmth::Absent})
      for (std::uint32_t n = 0; n < slots_.size(); ++n) {
        const NodeId node(n);
        if (slots_[n] == 0 || !cluster_.could_ever_fit(node, shape) || this->warmth(node, shape.image) != warmth)
          continue;
        if (warmth == Warmth::Absent && !at_head)
          return {Step::Fetch, {}, {}};
        --slots_[n];
        if (warmth == Warmth::OnDisk)
          started_[{node, shape.image}] = Warmth::ToMemory;
        if (warmth == Warmth::Absent)
          started_[{node, shape.image}] = Warmth::ToDisk;
        return {warmth == Warmth::InMemory ? Step::Start
                : warmth == Warmth::OnDisk ? Step::Load
                : warmth == Warmth::Absent ? Step::Copy
                                           : Step::Wait,
                node,
                {}};
      }
    return {};
  }

private:
  using Idle = std::tuple<NodeId, std::uint32_t, ContainerId>;

  Idle oldest_idle(FunctionId f) const {
    Idle best{NodeId(), 0, ContainerId()};
    for (std::uint32_t c = 0; c < cluster_.container_places(); ++c) {
      const model::Container& container = cluster_.container(ContainerId(c));
      if (container.state != model::ContainerState::Idle || container.function != f ||
          taken_.contains(ContainerId(c)) || slots_[container.node.value] == 0)
        continue;
      best = std::min(best, Idle{container.node, container.generation, ContainerId(c)});
    }
    return best;
  }
  Warmth warmth(NodeId node, ImageId image) const {
    const auto found = started_.find({node, image});
    return found == started_.end() ? cluster_.warmth(node, image) : found->second;
  }

  const model::Cluster& cluster_;
  std::vector<int> slots_;
  std::set<ContainerId> taken_;
  std::map<std::pair<NodeId, ImageId>, Warmth> started_;
};

// Containers and images as such a provider has them: images come for nobody, containers start where one is in memory.
class World {
public:
  World(Random& random, std::size_t count) : nodes(0), random_(random) {
    for (std::size_t i = 0; i < count; ++i) {
      nodes.stores.push_back(std::make_unique<model::Space>(random.between(300, 1'000)));
      nodes.cluster.add_node(static_cast<int>(random.below(4)), random.between(300, 1'000), *nodes.stores.back());
    }
    for (int i = 0; i < 4; ++i) {
      images.push_back(nodes.cluster.add_image({std::to_string(i), random.between(0, 300), random.between(0, 300)}));
      for (int f = 0; f < 2; ++f)
        functions.push_back(nodes.cluster.add_function({images.back(), random.between(1, 500), random.between(1, 400),
                                                        1, "f" + std::to_string(functions.size())}));
    }
  }

  void step() {
    model::Cluster& cluster = nodes.cluster;
    const FunctionId f = functions[random_.below(functions.size())];
    const ImageId image = cluster.shape(f).image;
    const NodeId node(random_.below(cluster.node_count()));
    const Warmth warmth = cluster.warmth(node, image);
    switch (random_.below(6)) {
    case 0:
      cluster.stage_to_disk(node, image);
      break;
    case 1:
      cluster.stage_to_memory(node, image);
      break;
    case 2:
      if (warmth == Warmth::ToDisk || warmth == Warmth::ToMemory)
        random_.below(4) == 0 ? cluster.give_up_staging(node, image) : cluster.staged(node, image);
      break;
    case 3:
    case 4:
      if (warmth == Warmth::InMemory && cluster.fits(node, f)) {
        busy_.push_back(cluster.claim(node, f));
        cluster.make_busy(busy_.back());
      }
      break;
    default:
      if (busy_.empty())
        break;
      const std::size_t which = random_.below(busy_.size());
      random_.coin() ? cluster.make_idle(busy_[which]) : cluster.end(busy_[which]);
      busy_.erase(busy_.begin() + static_cast<std::ptrdiff_t>(which));
    }
    for (const model::Room most : {model::Room::Free, model::Room::Images, model::Room::Idle}) // check() compares these
      static_cast<void>(cluster.least_loaded_with_room(f, most)),
          static_cast<void>(cluster.tightest_with_room(f, most));
    cluster.check();
  }

  Nodes nodes;
  std::vector<FunctionId> functions;
  std::vector<ImageId> images;

private:
  Random& random_;
  std::vector<ContainerId> busy_;
};

} // namespace

TEST_CASE("R18b each decision of a pass is that of looking at every node and container") {
  std::map<Step, int> seen;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    World world(random, 1 + random.below(12));
    for (int step = 0; step < 300; ++step) {
      world.step();
      if (step % 10 != 0)
        continue;
      Pass pass(world.nodes.cluster);
      Naive naive(world.nodes.cluster);
      std::vector<bool> at_head;
      for (std::size_t i = 0; i < world.images.size(); ++i)
        at_head.push_back(random.below(5) > 0);
      for (int call = 0; call < 30; ++call) {
        const FunctionId f = world.functions[random.below(world.functions.size())];
        const bool there = at_head[world.nodes.cluster.shape(f).image.value];
        const Pass::Decision got = pass.next(f, there);
        const Pass::Decision expected = naive.next(f, there);
        REQUIRE(got.step == expected.step);
        REQUIRE(got.node == expected.node);
        REQUIRE(got.container == expected.container);
        ++seen[got.step];
      }
    }
  }
  for (const Step step : all_steps)
    CHECK(seen[step] > 50);
}

TEST_CASE("R18b a pass takes an idle container on the first node that has one, the one created first") {
  Nodes nodes(3);
  const ImageId image = nodes.cluster.add_image({"i", 10, 10});
  const FunctionId f = nodes.cluster.add_function({image, 10, 10, 1, "f"});
  std::vector<ContainerId> made;
  for (const std::uint32_t n : {2U, 1U, 1U}) {
    nodes.bring(NodeId(n), f, Warmth::InMemory);
    made.push_back(nodes.cluster.claim(NodeId(n), f));
    nodes.cluster.make_busy(made.back());
  }
  for (const std::size_t i : {0U, 2U, 1U}) // the one created first is idle last
    nodes.cluster.make_idle(made[i]);
  Pass pass(nodes.cluster);
  std::vector<ContainerId> taken;
  for (int call = 0; call < 3; ++call)
    taken.push_back(pass.next(f, true).container);
  CHECK(taken == std::vector<ContainerId>{made[1], made[2], made[0]});
  CHECK(pass.next(f, true).step == Step::Start); // on node 2, where the image is in memory
  CHECK(pass.next(f, true).step == Step::Copy);
  CHECK(pass.next(f, true).step == Step::Wait);
  CHECK(pass.full());
  CHECK(pass.next(f, true).step == Step::Stay);
}
