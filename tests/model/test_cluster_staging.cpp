// R18b, R9, R10: images that come to a node for no container in particular.
#include "model/cluster.hpp"

#include <catch.hpp>

#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;
using model::Warmth;
using ws::ContainerId;
using ws::FunctionId;
using ws::ImageId;
using ws::NodeId;

namespace {

// One node with a memory and a store of 100 each, three images of 40 with a footprint of 40 and a function for each.
struct Node {
  std::vector<ContainerId> evicted;
  model::Space store{100};
  model::Cluster cluster{[this](ContainerId id) { evicted.push_back(id); }};
  NodeId node = cluster.add_node(4, 100, store);
  std::vector<ImageId> images;
  std::vector<FunctionId> functions;

  Node() {
    for (const char* name : {"a", "b", "c"}) {
      images.push_back(cluster.add_image({name, 40, 40}));
      functions.push_back(cluster.add_function({images.back(), 10, 10, 1, name}));
    }
  }
  void bring(std::size_t image) {
    REQUIRE(cluster.stage_to_disk(node, images[image]));
    cluster.staged(node, images[image]);
    REQUIRE(cluster.stage_to_memory(node, images[image]));
    cluster.staged(node, images[image]);
    cluster.check();
  }
  ContainerId start(std::size_t function) {
    const ContainerId container = cluster.claim(node, functions[function]);
    cluster.make_busy(container);
    cluster.check();
    return container;
  }
  Warmth warmth(std::size_t image) const { return cluster.warmth(node, images[image]); }
};

} // namespace

TEST_CASE("R18b an image goes to the disk and into memory with no container there, and counts as in use on its way") {
  Node world;
  CHECK(world.cluster.stage_to_disk(world.node, world.images[0]));
  CHECK(world.warmth(0) == Warmth::ToDisk);
  CHECK(world.cluster.node(world.node).free_storage == 60);
  CHECK_FALSE(world.cluster.stage_to_disk(world.node, world.images[0]));   // it is on its way
  CHECK_FALSE(world.cluster.stage_to_memory(world.node, world.images[0])); // it is not on the disk yet
  world.cluster.check();
  world.cluster.staged(world.node, world.images[0]);
  CHECK(world.warmth(0) == Warmth::OnDisk);
  CHECK(world.cluster.node(world.node).free_storage == 100); // it may be dropped
  CHECK(world.cluster.stage_to_memory(world.node, world.images[0]));
  CHECK(world.warmth(0) == Warmth::ToMemory);
  CHECK(world.cluster.node(world.node).free_storage == 60); // it is read from there
  CHECK(world.cluster.node(world.node).free_memory == 60);
  world.cluster.check();
  world.cluster.staged(world.node, world.images[0]);
  CHECK(world.warmth(0) == Warmth::InMemory);
  CHECK(world.cluster.node(world.node).free_memory == 100);
  world.cluster.check();
}

TEST_CASE("R18b R9 images nobody uses go for one that comes, least recently used first; those on their way stay") {
  Node world;
  world.bring(0);
  CHECK(world.cluster.stage_to_disk(world.node, world.images[1]));
  CHECK(world.cluster.stage_to_disk(world.node, world.images[2])); // for which a has to go, with its footprint (R10)
  CHECK(world.warmth(0) == Warmth::Absent);
  CHECK_FALSE(world.cluster.stage_to_disk(world.node, world.images[0]));
  world.cluster.check();
  world.cluster.staged(world.node, world.images[1]);
  CHECK(world.cluster.stage_to_disk(world.node, world.images[0]));
  CHECK(world.warmth(1) == Warmth::Absent);
  world.cluster.check();
}

TEST_CASE("R18b R9 R10 an idle container goes for an image that comes, a busy one never") {
  Node world;
  world.bring(0);
  const ContainerId container = world.start(0);
  world.bring(1);
  CHECK(world.cluster.stage_to_disk(world.node, world.images[2])); // b goes
  CHECK(world.warmth(1) == Warmth::Absent);
  CHECK_FALSE(world.cluster.stage_to_disk(world.node, world.images[1])); // 50 for a and its container, 40 for c
  CHECK(world.evicted.empty());
  world.cluster.make_idle(container);
  CHECK(world.cluster.stage_to_disk(world.node, world.images[1]));
  CHECK(world.evicted == std::vector{container});
  CHECK(world.warmth(0) == Warmth::Absent); // a has gone after its container
  world.cluster.check();
}

TEST_CASE("R18b an image that never arrives leaves nothing of what was held for it") {
  Node world;
  REQUIRE(world.cluster.stage_to_disk(world.node, world.images[0]));
  world.cluster.give_up_staging(world.node, world.images[0]);
  CHECK(world.warmth(0) == Warmth::Absent);
  CHECK(world.store.used() == 0);
  world.cluster.check();
  REQUIRE(world.cluster.stage_to_disk(world.node, world.images[0]));
  world.cluster.staged(world.node, world.images[0]);
  REQUIRE(world.cluster.stage_to_memory(world.node, world.images[0]));
  world.cluster.give_up_staging(world.node, world.images[0]);
  CHECK(world.warmth(0) == Warmth::OnDisk);
  CHECK(world.cluster.node(world.node).free_memory == 100);
  CHECK(world.cluster.node(world.node).free_storage == 100);
  world.cluster.check();
}
