// The ledger of nodes and containers: R9, R10, R17, R18, R27, R28.
#include "model/cluster.hpp"

#include <catch.hpp>

#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;
using model::ContainerState;
using model::Warmth;
using ws::ContainerId;
using ws::NodeId;

namespace {

// Two nodes with 2 slots, 1,000 bytes of memory and 2,000 of storage each; images of 300 (100 in memory).
struct Fixture {
  std::vector<ContainerId> evicted;
  model::Space store_a{2'000}, store_b{2'000};
  model::Cluster cluster{[this](ContainerId id) {
    CHECK(cluster.container(id).state == ContainerState::Idle);
    evicted.push_back(id);
  }};
  NodeId a = cluster.add_node(2, 1'000, store_a);
  NodeId b = cluster.add_node(2, 1'000, store_b);

  ws::ImageId image(const std::string& name, ws::Bytes size = 300, ws::Bytes memory = 100) {
    return cluster.add_image({name, size, memory});
  }
  ws::FunctionId function(ws::ImageId image, ws::Bytes memory = 200, ws::Bytes storage = 400) {
    return cluster.add_function({image, memory, storage});
  }
  bool on_disk(NodeId node, ws::ImageId image) const { return cluster.contents(node).images.at(image).disk != nullptr; }
  // A claim whose image has arrived, and whose body runs.
  ContainerId busy(NodeId node, ws::FunctionId function) {
    const ContainerId id = cluster.claim(node, function);
    const ws::ImageId image = cluster.shape(function).image;
    for (const Warmth step : {Warmth::ToDisk, Warmth::OnDisk, Warmth::ToMemory, Warmth::InMemory})
      if (step < cluster.warmth(node, image))
        cluster.set_warmth(node, image, step);
    cluster.make_busy(id);
    return id;
  }
  ContainerId idle(NodeId node, ws::FunctionId function) {
    const ContainerId id = busy(node, function);
    cluster.make_idle(id);
    return id;
  }
};

} // namespace

TEST_CASE_METHOD(Fixture, "R17 a claim reserves slot, memory, storage and image at once") {
  const auto f = function(image("i"));
  REQUIRE(cluster.fits(a, f));
  const ContainerId claim = cluster.claim(a, f);
  CHECK(cluster.container(claim).state == ContainerState::Claimed);
  CHECK(cluster.node(a).used_slots == 1);
  CHECK(cluster.contents(a).memory.used() == 200 + 100);
  CHECK(store_a.used() == 400 + 300);
  CHECK(store_a.names().empty()); // the image is not there yet
  CHECK(cluster.node(b).used_slots == 0);
  CHECK(store_b.used() == 0);
}

TEST_CASE_METHOD(Fixture, "R28 there are never more claims than slots") {
  const auto f = function(image("i"), 1, 1);
  cluster.claim(a, f);
  CHECK(cluster.open_nodes().contains(a.value));
  const ContainerId last = cluster.claim(a, f);
  CHECK_FALSE(cluster.fits(a, f));
  CHECK_FALSE(cluster.has_free_slot(a));
  CHECK_FALSE(cluster.open_nodes().contains(a.value));
  CHECK(cluster.open_nodes().contains(b.value));
  cluster.end(last);
  CHECK(cluster.fits(a, f));
  CHECK(cluster.open_nodes().contains(a.value));
}

TEST_CASE_METHOD(Fixture, "R10 memory for the container and its image's footprint must be there") {
  CHECK(cluster.fits(a, function(image("i"), 900)));
  CHECK_FALSE(cluster.fits(a, function(image("j"), 901)));
  const auto i = image("k");
  cluster.claim(a, function(i, 500));
  CHECK(cluster.fits(a, function(i, 400))); // the footprint is there once
  CHECK_FALSE(cluster.fits(a, function(i, 401)));
  CHECK(cluster.fits(a, function(image("l"), 300)));
  CHECK_FALSE(cluster.fits(a, function(image("m"), 301)));
}

TEST_CASE_METHOD(Fixture, "R9 storage for the container and its image must be there") {
  CHECK(cluster.fits(a, function(image("i"), 1, 1'700)));
  CHECK_FALSE(cluster.fits(a, function(image("j"), 1, 1'701)));
  const auto i = image("k");
  cluster.claim(a, function(i, 1, 700));
  CHECK(cluster.fits(a, function(i, 1, 1'000)));
  CHECK_FALSE(cluster.fits(a, function(i, 1, 1'001)));
  CHECK(cluster.fits(a, function(image("l"), 1, 700)));
  CHECK_FALSE(cluster.fits(a, function(image("m"), 1, 701)));
}

TEST_CASE_METHOD(Fixture, "R28 an idle container holds memory and storage, but no slot") {
  const auto f = function(image("i"));
  const ContainerId id = busy(a, f);
  CHECK(cluster.node(a).used_slots == 1);
  cluster.make_idle(id);
  CHECK(cluster.node(a).used_slots == 0);
  CHECK(cluster.contents(a).memory.used() == 300);
  CHECK(store_a.used() == 700);
  CHECK(cluster.node(a).idle == 1);
  cluster.make_busy(id);
  CHECK(cluster.node(a).used_slots == 1);
  CHECK(cluster.node(a).idle == 0);
}

TEST_CASE_METHOD(Fixture, "R17 the idle container that was used last comes first, wherever it is") {
  const auto i = image("i");
  const auto f = function(i);
  const auto other = function(i);
  CHECK_FALSE(cluster.available_container(f));
  const ContainerId first = idle(a, f);
  const ContainerId second = idle(b, f);
  idle(a, other);
  CHECK(cluster.available_container(f) == second);
  cluster.make_busy(first);
  cluster.make_idle(first);
  CHECK(cluster.available_container(f) == first);
  cluster.make_busy(first);
  CHECK(cluster.available_container(f) == second);
  cluster.make_busy(second);
  CHECK_FALSE(cluster.available_container(f));
}

TEST_CASE_METHOD(Fixture, "R17 an idle container on a node without a free slot can't be taken") {
  const auto i = image("i");
  const auto f = function(i, 10, 10);
  const auto other = function(i, 10, 10);
  const ContainerId on_b = idle(b, f);
  const ContainerId on_a = idle(a, f);
  busy(a, other);
  const ContainerId last = busy(a, other);
  CHECK(cluster.available_container(f) == on_b);
  cluster.make_idle(last);
  CHECK(cluster.available_container(f) == on_a);
}

TEST_CASE_METHOD(Fixture, "R9 images that nobody uses go before idle containers, the least recently used first") {
  const auto old_image = image("old", 500, 10);
  const auto new_image = image("new", 500, 10);
  for (const auto i : {old_image, new_image})
    cluster.end(idle(a, function(i, 10, 10)));
  const ContainerId kept = idle(a, function(image("idle", 300, 10), 10, 400));
  // 500 + 500 + 700 of 2,000 are used: one image has to go for 300 + 400.
  cluster.claim(a, function(image("next", 300, 10), 10, 400));
  CHECK(cluster.warmth(a, old_image) == Warmth::Absent);
  CHECK(on_disk(a, new_image));
  CHECK(evicted.empty());
  CHECK(cluster.container(kept).state == ContainerState::Idle);
}

TEST_CASE_METHOD(Fixture, "R10 footprints that nobody uses go before idle containers") {
  const auto unused = image("unused", 10, 500);
  cluster.end(idle(a, function(unused, 100, 10)));
  const ContainerId kept = idle(a, function(image("idle", 10, 100), 300, 10));
  cluster.claim(a, function(image("next", 10, 100), 200, 10));
  CHECK(cluster.warmth(a, unused) == Warmth::OnDisk); // it lost its place in memory only
  CHECK(evicted.empty());
  CHECK(cluster.container(kept).state == ContainerState::Idle);
}

TEST_CASE_METHOD(Fixture, "R9 idle containers go oldest idle first, and each one's image before the next container") {
  const auto f = function(image("f", 10, 100), 200, 10);
  const auto g = function(image("g", 10, 100), 200, 10);
  const ContainerId oldest = idle(a, f);
  const ContainerId newer = idle(a, g);
  CHECK(cluster.idle_on(a).oldest() == oldest);
  // 600 of 1,000 are used; 650 are needed: the oldest (200), then its image (100).
  cluster.claim(a, function(image("h", 10, 150), 500, 10));
  CHECK(evicted == std::vector{oldest});
  CHECK(cluster.warmth(a, cluster.shape(f).image) == Warmth::OnDisk);
  CHECK(cluster.container(newer).state == ContainerState::Idle);
  CHECK(cluster.available_container(g) == newer);
  CHECK_FALSE(cluster.available_container(f));
}

TEST_CASE_METHOD(Fixture, "R9 R10 a busy container and its image are never dropped") {
  const auto f = function(image("f", 600, 300), 300, 600);
  const ContainerId busy_one = busy(a, f);
  CHECK_FALSE(cluster.fits(a, function(image("g", 10, 100), 301, 10)));
  CHECK_FALSE(cluster.fits(a, function(image("h", 100, 10), 10, 701)));
  const auto fitting = function(image("i", 100, 100), 300, 700);
  REQUIRE(cluster.fits(a, fitting));
  cluster.claim(a, fitting);
  CHECK(evicted.empty());
  CHECK(cluster.container(busy_one).state == ContainerState::Busy);
  CHECK(cluster.warmth(a, cluster.shape(f).image) == Warmth::InMemory);
  CHECK(on_disk(a, cluster.shape(f).image));
}

TEST_CASE_METHOD(Fixture, "R10 an idle container pins its image in memory and on disk until it goes") {
  const auto f = function(image("f", 600, 300), 300, 600);
  const ContainerId id = idle(a, f);
  CHECK(store_a.evictable() == 0);
  CHECK(cluster.contents(a).memory.evictable() == 0);
  cluster.end(id);
  CHECK(store_a.evictable() == 600);
  CHECK(cluster.contents(a).memory.evictable() == 300);
}

TEST_CASE_METHOD(Fixture, "the image that is wanted is not dropped to make room for its container") {
  const auto wanted = image("wanted", 1'000, 500);
  cluster.end(idle(a, function(wanted, 1, 1)));
  cluster.end(idle(a, function(image("newer", 500, 300), 1, 1)));
  const auto f = function(wanted, 500, 600); // 1,000 + 600 of 2,000 and 500 + 500 of 1,000: "newer" has to go
  REQUIRE(cluster.fits(a, f));
  cluster.claim(a, f);
  CHECK(cluster.warmth(a, wanted) == Warmth::InMemory);
  CHECK(on_disk(a, wanted));
  CHECK(store_a.names().size() == 1);
}

TEST_CASE_METHOD(Fixture, "R10 an image that goes from the disk goes from memory too") {
  const auto i = image("i", 1'500, 100);
  cluster.end(idle(a, function(i, 10, 10)));
  const ContainerId big = cluster.claim(a, function(image("big", 1'000, 10), 10, 10)); // memory is not short
  CHECK(cluster.warmth(a, i) == Warmth::Absent);
  CHECK(cluster.contents(a).images.at(i).disk == nullptr);
  CHECK(cluster.contents(a).images.at(i).memory == nullptr);
  CHECK(cluster.contents(a).memory.used() == 20);
  CHECK_FALSE(cluster.nodes_with(i).contains(Warmth::InMemory, a));
  cluster.check();
  CHECK_FALSE(cluster.fits(a, function(i, 10, 10))); // its copy needs room again
  cluster.end(big);
  CHECK(cluster.fits(a, function(i, 10, 10)));
}

TEST_CASE_METHOD(Fixture, "R10 a footprint that goes for want of memory leaves the copy on disk") {
  const auto i = image("i", 1'500, 600);
  cluster.end(idle(a, function(i, 10, 10)));
  cluster.claim(a, function(image("next", 10, 500), 10, 10));
  CHECK(cluster.warmth(a, i) == Warmth::OnDisk);
  CHECK(on_disk(a, i));
  cluster.check();
}

TEST_CASE_METHOD(Fixture, "R10 what is on disk only goes from there, and has nothing in memory to give back") {
  const auto i = image("i", 1'500, 600);
  cluster.end(idle(a, function(i, 10, 10)));
  cluster.end(idle(a, function(image("next", 10, 500), 10, 10)));
  REQUIRE(cluster.warmth(a, i) == Warmth::OnDisk);
  const auto before = cluster.contents(a).memory.used();
  cluster.end(cluster.claim(a, function(image("big", 1'000, 10), 10, 10)));
  CHECK(cluster.warmth(a, i) == Warmth::Absent);
  CHECK(cluster.contents(a).memory.used() == before);
  cluster.check();
}

TEST_CASE_METHOD(Fixture, "R27 what a container had is given back, and its image stays cached") {
  const auto i = image("i");
  const ContainerId id = busy(a, function(i));
  cluster.end(id);
  CHECK(cluster.node(a).used_slots == 0);
  CHECK(cluster.contents(a).memory.used() == 100);
  CHECK(store_a.used() == 300);
  CHECK(cluster.committed_memory(a) == 0);
  CHECK(cluster.committed_storage(a) == 0);
  CHECK(cluster.warmth(a, i) == Warmth::InMemory);
  CHECK(cluster.container(id).state == ContainerState::Gone);
}

TEST_CASE_METHOD(Fixture, "R21 an image that never arrived gives its place back with its last claim") {
  const auto i = image("i");
  const auto f = function(i);
  const ContainerId first = cluster.claim(a, f);
  const ContainerId second = cluster.claim(a, f);
  cluster.set_warmth(a, i, Warmth::ToDisk);
  CHECK(store_a.used() == 300 + 2 * 400);
  cluster.end(first);
  CHECK(store_a.used() == 300 + 400);
  CHECK(cluster.warmth(a, i) == Warmth::ToDisk);
  cluster.end(second);
  CHECK(store_a.used() == 0);
  CHECK(cluster.contents(a).memory.used() == 0);
  CHECK(cluster.warmth(a, i) == Warmth::Absent);
  CHECK(cluster.nodes_with(i).empty());
}

TEST_CASE_METHOD(Fixture, "R21 an image that got as far as the disk stays there") {
  const auto i = image("i");
  const ContainerId claim = cluster.claim(a, function(i));
  for (const Warmth step : {Warmth::ToDisk, Warmth::OnDisk, Warmth::ToMemory})
    cluster.set_warmth(a, i, step);
  cluster.end(claim);
  CHECK(cluster.warmth(a, i) == Warmth::OnDisk);
  CHECK(store_a.used() == 300);
  CHECK(cluster.contents(a).memory.used() == 0);
}

TEST_CASE_METHOD(Fixture, "R18 the nodes of an image are listed warmest first, and then in their order") {
  const auto i = image("i");
  const auto f = function(i);
  cluster.claim(b, f);
  cluster.set_warmth(b, i, Warmth::ToDisk);
  using Pairs = std::vector<std::pair<Warmth, NodeId>>;
  CHECK(cluster.nodes_with(i).list() == Pairs{{Warmth::ToDisk, b}});
  cluster.claim(a, f);
  cluster.set_warmth(a, i, Warmth::ToDisk);
  CHECK(cluster.nodes_with(i).list().front().second == a);
  cluster.set_warmth(b, i, Warmth::OnDisk);
  CHECK(cluster.nodes_with(i).list() == Pairs{{Warmth::OnDisk, b}, {Warmth::ToDisk, a}});
}

TEST_CASE_METHOD(Fixture, "two images whose files have the same name are two images") {
  const auto one = image("same.sqsh", 300, 100);
  const auto two = image("same.sqsh", 500, 200);
  const ContainerId first = idle(a, function(one));
  const ContainerId second = idle(a, function(two));
  CHECK(store_a.used() == 300 + 500 + 2 * 400);
  CHECK(cluster.contents(a).memory.used() == 100 + 200 + 2 * 200);
  cluster.end(first);
  cluster.end(second);
  CHECK(store_a.used() == 300 + 500);
  CHECK(store_a.evictable() == 300 + 500);
  CHECK(cluster.contents(a).memory.evictable() == 100 + 200);
}

TEST_CASE_METHOD(Fixture, "a container in a place that was used before is told from the one that was there") {
  const auto f = function(image("i"));
  const ContainerId first = idle(a, f);
  const auto generation = cluster.container(first).generation;
  cluster.end(first);
  const ContainerId second = cluster.claim(a, f);
  CHECK(second == first);
  CHECK(cluster.container(second).generation != generation);
}

TEST_CASE("R12 could_ever_fit looks at what a node has, not at what is free") {
  model::Space store(1'000);
  model::Cluster cluster([](ContainerId) {});
  const NodeId node = cluster.add_node(1, 1'000, store);
  const auto image = cluster.add_image({"i", 300, 100});
  cluster.claim(node, cluster.add_function({image, 900, 700}));
  CHECK(cluster.could_ever_fit(node, {image, 900, 700}));
  CHECK_FALSE(cluster.could_ever_fit(node, {image, 901, 700}));
  CHECK_FALSE(cluster.could_ever_fit(node, {image, 900, 701}));
}

TEST_CASE_METHOD(Fixture, "R18 a node passed over for a large function is found for a smaller one registered later") {
  const auto i = image("i");
  const auto large = function(i, 700);
  busy(a, large);
  using model::Room;
  for (const Room most : {Room::Free, Room::Images, Room::Idle})
    CHECK_FALSE(cluster.first_with_image(large, Warmth::InMemory, most)); // the image is there, and no room
  const auto small = function(i, 100);
  for (const Room most : {Room::Free, Room::Images, Room::Idle})
    CHECK(cluster.first_with_image(small, Warmth::InMemory, most) == a);
  cluster.check();
}
