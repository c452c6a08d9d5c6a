// What a policy sees of a cluster, and the fixed keep-alive.
#include "model/cluster.hpp"
#include "wrench_serverless/policies.hpp"

#include <catch.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;
using Catch::Matchers::Contains;
using model::Warmth;
using ws::NodeId;

namespace {

struct Fixture {
  model::Space store_a{2'000}, store_b{3'000};
  model::Cluster cluster{[](ws::ContainerId) {}};
  NodeId a = cluster.add_node(2, 1'000, store_a);
  NodeId b = cluster.add_node(3, 5'000, store_b);
  ws::ImageId image = cluster.add_image({"i", 300, 100});
  ws::FunctionId function = cluster.add_function({image, 200, 400});
  ws::ClusterView view{cluster};

  ws::ContainerId busy() {
    const ws::ContainerId id = cluster.claim(a, function);
    for (const Warmth step : {Warmth::ToDisk, Warmth::OnDisk, Warmth::ToMemory, Warmth::InMemory})
      cluster.set_warmth(a, image, step);
    cluster.make_busy(id);
    return id;
  }
};

} // namespace

TEST_CASE_METHOD(Fixture, "a view shows what each node has") {
  CHECK(view.size() == 2);
  CHECK(view.image_of(function) == image);
  CHECK(view.memory_of(function) == 200);
  const ws::NodeView node = view.node(b);
  CHECK(node.id() == b);
  CHECK(node.slots() == 3);
  CHECK(node.free_slots() == 3);
  CHECK(node.memory() == 5'000);
  CHECK(node.free_memory() == 5'000);
  CHECK(node.storage() == 3'000);
  CHECK(node.free_storage() == 3'000);
  CHECK_FALSE(node.has_image(image));
  CHECK(node.fits(function));
}

TEST_CASE_METHOD(Fixture, "R18 what is free is free as it is, and what could be dropped is reclaimable") {
  const ws::ContainerId id = busy();
  const ws::NodeView node = view.node(a);
  const auto amounts = [&] {
    return std::vector{node.free_memory(), node.reclaimable_memory(), node.free_storage(), node.reclaimable_storage()};
  };
  using Amounts = std::vector<ws::Bytes>;
  CHECK(node.used_slots() == 1);
  CHECK(node.free_slots() == 1);
  CHECK(amounts() == Amounts{1'000 - 200 - 100, 0, 2'000 - 400 - 300, 0});
  CHECK(node.has_image(image));
  CHECK(node.idle_containers() == 0);
  cluster.make_idle(id); // and with it goes what only it uses
  CHECK(node.used_slots() == 0);
  CHECK(amounts() == Amounts{700, 300, 1'300, 700});
  CHECK(node.idle_containers() == 1);
  CHECK(node.has_image(image));
  cluster.end(id);
  CHECK(amounts() == Amounts{900, 100, 1'700, 300});
}

TEST_CASE_METHOD(Fixture, "R18 what a provisioned container has is not reclaimable, idle or not") {
  const ws::ContainerId id = cluster.claim(a, function);
  cluster.keep(id);
  for (const Warmth step : {Warmth::ToDisk, Warmth::OnDisk, Warmth::ToMemory, Warmth::InMemory})
    cluster.set_warmth(a, image, step);
  cluster.make_busy(id);
  cluster.make_idle(id);
  CHECK(view.node(a).idle_containers() == 1);
  CHECK(view.node(a).free_memory() == 700);
  CHECK(view.node(a).reclaimable_memory() == 0);
  CHECK(view.node(a).reclaimable_storage() == 0);
  CHECK(view.node(a).room(cluster.add_function({image, 701, 1})) == 0);
}

TEST_CASE_METHOD(Fixture, "R18 the degree of a node's room, of memory and of storage") {
  const auto of = [&](ws::Bytes memory, ws::Bytes storage) {
    return view.node(a).room(cluster.add_function({cluster.add_image({"n", 0, 0}), memory, storage}));
  };
  CHECK(of(1'000, 2'000) == 1);
  CHECK(of(1'001, 1) == 0);
  CHECK(of(1, 2'001) == 0);
  const ws::ContainerId id = busy();
  cluster.make_idle(id);
  CHECK(of(700, 1'300) == 1);
  CHECK(of(701, 1) == 3);
  CHECK(of(1, 1'301) == 3);
  CHECK(view.node(a).room(cluster.add_function({image, 700, 1'300})) == 1); // its image is there
  cluster.end(id);
  CHECK(of(900, 1'700) == 1);
  CHECK(of(901, 1) == 2);
  CHECK(of(1, 1'701) == 2);
  CHECK(of(1'000, 2'000) == 2);
  CHECK(view.node(a).room(cluster.add_function({image, 901, 1})) == 0); // its own image is no use to drop
}

TEST_CASE_METHOD(Fixture, "an image on its way counts as there") {
  cluster.claim(a, function);
  CHECK_FALSE(view.node(a).has_image(image));
  cluster.set_warmth(a, image, Warmth::ToDisk);
  CHECK(view.node(a).has_image(image));
}

TEST_CASE_METHOD(Fixture, "candidates are the nodes with room, in their order") {
  using Ids = std::vector<NodeId>;
  CHECK(view.candidates(function) == Ids{a, b});
  cluster.claim(a, function);
  cluster.claim(a, function);
  CHECK(view.candidates(function) == Ids{b});
  const auto huge = cluster.add_function({image, 5'000, 1});
  CHECK(view.candidates(huge).empty());
}

TEST_CASE("R27 a fixed keep-alive takes 0, seconds and infinity, and nothing else") {
  for (const double seconds : {0.0, 600.0, std::numeric_limits<double>::infinity()})
    CHECK(ws::FixedKeepAlive(seconds).keep_alive(ws::FunctionId(0U), 5).keep == seconds);
  CHECK_THROWS_WITH(ws::FixedKeepAlive(-1), Contains("keep_alive") && Contains("-1"));
  CHECK_THROWS_AS(ws::FixedKeepAlive(std::nan("")), std::invalid_argument);
}
