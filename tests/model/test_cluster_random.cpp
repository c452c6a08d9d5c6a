// Random claims, stagings, runs and ends on a cluster, compared after each step with a naive reference that knows only
// which containers and images there are, and adds everything up from scratch (R9, R10, R17, R18, R27, R28).
#include "model/cluster.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;
using model::ContainerState;
using model::Warmth;
using ws::ContainerId;
using ws::FunctionId;
using ws::ImageId;
using ws::NodeId;

namespace {

struct Copy { // of an image, in a node's memory or on its disk
  bool there = false;
  bool written = false;
  long last_use = 0;
};

struct Place {
  Copy memory, disk;
  Warmth warmth = Warmth::Absent;
};

struct Held {
  FunctionId function;
  NodeId node;
  ContainerState state;
  long idle_since = 0;
};

class Reference {
public:
  struct Sums {
    int slots = 0;
    ws::Bytes memory = 0, storage = 0, kept_memory = 0, kept_storage = 0;
  };
  std::vector<model::Shape> functions;
  std::vector<model::Image> images;
  std::vector<std::vector<Place>> places; // by node and image
  std::map<ContainerId, Held> containers;
  std::vector<ContainerId> evicted;
  long clock = 0;

  ImageId image_of(FunctionId f) const { return functions[f.value].image; }

  // Containers of the image on the node; only those that can't be dropped, or all.
  std::ptrdiff_t users(NodeId node, ImageId image, bool idle_too) const {
    return std::count_if(containers.begin(), containers.end(), [&](const auto& item) {
      return item.second.node == node && image_of(item.second.function) == image &&
             (idle_too || item.second.state != ContainerState::Idle);
    });
  }

  Sums sums(NodeId node) const {
    Sums result;
    for (const auto& [id, held] : containers) {
      if (held.node != node)
        continue;
      const auto& shape = functions[held.function.value];
      const bool kept = held.state != ContainerState::Idle;
      result.slots += kept;
      result.memory += shape.memory;
      result.storage += shape.storage;
      result.kept_memory += kept ? shape.memory : 0;
      result.kept_storage += kept ? shape.storage : 0;
    }
    for (std::uint32_t i = 0; i < images.size(); ++i) {
      const Place& place = places[node.value][i];
      const bool kept = users(node, ImageId(i), false) > 0;
      result.memory += place.memory.there ? images[i].memory : 0;
      result.storage += place.disk.there ? images[i].size : 0;
      result.kept_memory += kept && place.memory.there ? images[i].memory : 0;
      result.kept_storage += kept && place.disk.there ? images[i].size : 0;
    }
    return result;
  }

  bool fits(NodeId node, FunctionId f, int slots, ws::Bytes memory, ws::Bytes storage) const {
    const auto& shape = functions[f.value];
    Sums sum = sums(node);
    sum.kept_memory += shape.memory;
    sum.kept_storage += shape.storage;
    if (users(node, shape.image, false) == 0) {
      sum.kept_memory += images[shape.image.value].memory;
      sum.kept_storage += images[shape.image.value].size;
    }
    return sum.slots < slots && sum.kept_memory <= memory && sum.kept_storage <= storage;
  }

  // R18: what has to go, tried one after the other.
  int room(NodeId node, FunctionId f, int slots, ws::Bytes memory, ws::Bytes storage) const {
    const auto& shape = functions[f.value];
    const Place& own = places[node.value][shape.image.value];
    const Sums all = sums(node);
    if (all.slots >= slots)
      return 0;
    ws::Bytes more_memory = all.memory + shape.memory + (own.memory.there ? 0 : images[shape.image.value].memory);
    ws::Bytes more_storage = all.storage + shape.storage + (own.disk.there ? 0 : images[shape.image.value].size);
    if (more_memory <= memory && more_storage <= storage)
      return 1;
    for (std::uint32_t i = 0; i < images.size(); ++i) {
      const Place& place = places[node.value][i];
      if (ImageId(i) == shape.image || users(node, ImageId(i), true) > 0)
        continue;
      more_memory -= place.memory.there ? images[i].memory : 0;
      more_storage -= place.disk.there ? images[i].size : 0;
    }
    if (more_memory <= memory && more_storage <= storage)
      return 2;
    return fits(node, f, slots, memory, storage) ? 3 : 0;
  }

  void claim(ContainerId id, NodeId node, FunctionId f, ws::Bytes memory, ws::Bytes storage) {
    const auto& shape = functions[f.value];
    Place& place = places[node.value][shape.image.value];
    const ContainerId coming; // its id may be that of one that is evicted for it
    containers[coming] = {f, node, ContainerState::Claimed};
    place.memory.there = true;
    place.disk.there = true;
    while (sums(node).memory > memory)
      drop_one(node, &Place::memory);
    while (sums(node).storage > storage)
      drop_one(node, &Place::disk);
    containers.erase(coming);
    containers[id] = {f, node, ContainerState::Claimed};
    if (place.warmth == Warmth::Absent)
      place.warmth = Warmth::ToDisk;
    else if (place.warmth == Warmth::OnDisk)
      place.warmth = Warmth::ToMemory;
  }

  void end(ContainerId id) {
    const Held gone = containers.at(id);
    containers.erase(id);
    unpin(gone);
  }

private:
  void drop_one(NodeId node, Copy Place::* kind) {
    Copy* oldest = nullptr;
    std::uint32_t which = 0;
    for (std::uint32_t i = 0; i < images.size(); ++i) {
      Copy& copy = places[node.value][i].*kind;
      if (!copy.there || users(node, ImageId(i), true) > 0 || (oldest != nullptr && copy.last_use > oldest->last_use))
        continue;
      oldest = &copy;
      which = i;
    }
    if (oldest != nullptr) {
      *oldest = {};
      if (kind == &Place::disk)
        places[node.value][which].memory = {}; // R10
      settle(places[node.value][which]);
      return;
    }
    const auto victim = std::min_element(containers.begin(), containers.end(), [&](const auto& x, const auto& y) {
      const auto key = [&](const Held& held) {
        return std::pair(held.node != node || held.state != ContainerState::Idle, held.idle_since);
      };
      return key(x.second) < key(y.second);
    });
    REQUIRE(victim->second.state == ContainerState::Idle);
    evicted.push_back(victim->first);
    end(victim->first);
  }

  void unpin(const Held& gone) {
    const ImageId image = image_of(gone.function);
    Place& place = places[gone.node.value][image.value];
    if (users(gone.node, image, true) > 0)
      return;
    for (Copy* copy : {&place.memory, &place.disk}) {
      copy->last_use = ++clock;
      if (!copy->written)
        *copy = {};
    }
    settle(place);
  }

  static void settle(Place& place) {
    if (!place.memory.there)
      place.warmth = place.disk.there ? Warmth::OnDisk : Warmth::Absent;
  }
};

// The cluster and its reference, driven together.
struct Pair {
  static constexpr int slots[] = {1, 3, 8};
  static constexpr ws::Bytes memory[] = {1'000, 2'000, 3'000};
  static constexpr ws::Bytes storage[] = {1'500, 2'500, 1'500};
  Random random;
  std::vector<std::unique_ptr<model::Space>> stores;
  std::vector<ContainerId> evicted;
  model::Cluster cluster{[this](ContainerId id) { evicted.push_back(id); }};
  Reference reference;
  bool lists_asked_for = false;
  std::array<int, 4> rooms{}; // how often there was room of each degree

  explicit Pair(std::uint32_t seed) : random(seed) {
    for (std::size_t n = 0; n < std::size(slots); ++n) {
      stores.push_back(std::make_unique<model::Space>(storage[n]));
      cluster.add_node(slots[n], memory[n], *stores.back());
    }
    for (int i = 0; i < 6; ++i)
      reference.images.push_back({"image-" + std::to_string(i), random.between(0, 500), random.between(0, 300)});
    for (const auto& image : reference.images)
      cluster.add_image(image);
    for (int f = 0; f < 10; ++f) {
      reference.functions.push_back({ImageId(random.below(6)), random.between(1, 500), random.between(1, 400)});
      cluster.add_function(reference.functions.back());
    }
    reference.places.assign(std::size(slots), std::vector<Place>(6));
  }

  ContainerId any(ContainerState state) {
    std::vector<ContainerId> ids;
    for (const auto& [id, held] : reference.containers)
      if (held.state == state)
        ids.push_back(id);
    return ids.empty() ? ContainerId() : ids[random.below(ids.size())];
  }

  void claim() {
    const NodeId node(random.below(std::size(slots)));
    const FunctionId f(random.below(reference.functions.size()));
    if (!cluster.fits(node, f))
      return;
    const model::Room room = cluster.room(node, f);
    const ContainerId id = cluster.claim(node, f);
    const std::size_t before = reference.evicted.size();
    reference.claim(id, node, f, memory[node.value], storage[node.value]);
    REQUIRE((reference.evicted.size() > before) == (room == model::Room::Idle)); // R18
    const ImageId image = reference.image_of(f);
    if (const Warmth warmth = cluster.warmth(node, image); warmth == Warmth::Absent)
      cluster.set_warmth(node, image, Warmth::ToDisk);
    else if (warmth == Warmth::OnDisk)
      cluster.set_warmth(node, image, Warmth::ToMemory);
  }

  // Brings the image of a claim one step nearer, or, if that fails, ends all claims that wait for it (R21).
  void stage(bool fails) {
    const ContainerId id = any(ContainerState::Claimed);
    if (!id)
      return;
    const Held held = reference.containers.at(id);
    const ImageId image = reference.image_of(held.function);
    Place& place = reference.places[held.node.value][image.value];
    if (place.warmth == Warmth::InMemory) {
      cluster.make_busy(id);
      reference.containers.at(id).state = ContainerState::Busy;
    } else if (fails) {
      const auto all = reference.containers;
      for (const auto& [other, it] : all)
        if (it.node == held.node && it.state == ContainerState::Claimed && reference.image_of(it.function) == image)
          end(other);
    } else if (place.warmth == Warmth::ToDisk) {
      cluster.set_warmth(held.node, image, Warmth::OnDisk);
      cluster.set_warmth(held.node, image, Warmth::ToMemory);
      place.disk.written = true;
      place.warmth = Warmth::ToMemory;
    } else {
      cluster.set_warmth(held.node, image, Warmth::InMemory);
      place.memory.written = true;
      place.warmth = Warmth::InMemory;
    }
  }

  void end(ContainerId id) {
    cluster.end(id);
    reference.end(id);
  }

  void step() {
    const auto what = random.below(16);
    if (what < 6)
      return claim();
    if (what < 11)
      return stage(what == 6);
    const ContainerState from = what < 13 ? ContainerState::Busy : ContainerState::Idle;
    const ContainerId id = any(what == 15 && random.coin() ? ContainerState::Busy : from);
    if (!id)
      return;
    Held& held = reference.containers.at(id);
    if (what == 15)
      return end(id);
    if (from == ContainerState::Busy) {
      cluster.make_idle(id);
      held.state = ContainerState::Idle;
      held.idle_since = ++reference.clock;
    } else if (cluster.has_free_slot(held.node)) {
      cluster.make_busy(id);
      held.state = ContainerState::Busy;
    }
  }

  void check_node(NodeId id) {
    const model::Node& node = cluster.node(id);
    const model::NodeContents& contents = cluster.contents(id);
    const Reference::Sums sums = reference.sums(id);
    REQUIRE(node.used_slots == sums.slots);
    REQUIRE(node.used_slots <= slots[id.value]);
    REQUIRE(contents.memory.used() == sums.memory);
    REQUIRE(contents.memory.used() <= memory[id.value]);
    REQUIRE(contents.store->used() == sums.storage);
    REQUIRE(contents.store->used() <= storage[id.value]);
    REQUIRE(cluster.committed_memory(id) == sums.kept_memory);
    REQUIRE(cluster.committed_storage(id) == sums.kept_storage);
    REQUIRE(cluster.open_nodes().contains(id.value) == (sums.slots < slots[id.value]));
    for (std::uint32_t f = 0; f < reference.functions.size(); ++f) {
      const int room = reference.room(id, FunctionId(f), slots[id.value], memory[id.value], storage[id.value]);
      ++rooms[static_cast<std::size_t>(room)];
      REQUIRE(static_cast<int>(cluster.room(id, FunctionId(f))) == room);
      REQUIRE(cluster.fits(id, FunctionId(f)) == (room > 0));
      cluster.let_idle_stay(true);
      REQUIRE(cluster.fits(id, FunctionId(f)) == (room == 1 || room == 2));
      cluster.let_idle_stay(false);
    }
    for (std::uint32_t i = 0; i < reference.images.size(); ++i) {
      const Warmth warmth = reference.places[id.value][i].warmth;
      REQUIRE(cluster.warmth(id, ImageId(i)) == warmth);
      REQUIRE(cluster.nodes_with(ImageId(i)).contains(warmth, id) == (warmth != Warmth::Absent));
    }
    std::map<long, ContainerId> idle;
    for (const auto& [container, held] : reference.containers)
      if (held.node == id && held.state == ContainerState::Idle)
        idle[held.idle_since] = container;
    REQUIRE(node.idle == idle.size());
    if (!lists_asked_for) // what evicts asks too
      return;
    auto expected = idle.begin();
    const model::RecencyList& list = cluster.idle_on(id);
    list.oldest([&](const ws::model::RecencyList::Entry& entry) {
      REQUIRE(expected != idle.end());
      REQUIRE(entry.id == expected++->second);
      return false;
    });
    REQUIRE(expected == idle.end());
    REQUIRE(list.size() == idle.size());
  }

  void check() {
    REQUIRE(evicted == reference.evicted);
    for (std::size_t n = 0; n < std::size(slots); ++n)
      check_node(NodeId(n));
    for (std::uint32_t f = 0; f < reference.functions.size(); ++f) {
      ContainerId newest;
      for (const auto& [id, held] : reference.containers)
        if (held.function == FunctionId(f) && held.state == ContainerState::Idle && cluster.has_free_slot(held.node) &&
            (!newest || held.idle_since > reference.containers.at(newest).idle_since))
          newest = id;
      REQUIRE(cluster.available_container(FunctionId(f)) == newest);
    }
  }
};

} // namespace

TEST_CASE("R9 R10 R18 R28 random operations on a cluster agree with a reference that adds everything up") {
  const auto seed = GENERATE(range(0U, 30U));
  CAPTURE(seed);
  Pair pair(seed);
  for (int step = 0; step < 2'000; ++step) {
    CAPTURE(step);
    pair.lists_asked_for = pair.random.below(1 + seed * seed) == 0; // with a high seed, they come and go
    pair.step();
    pair.check();
  }
  CHECK(pair.evicted.size() > 20); // what the test is about did happen
  CHECK(std::ranges::min(pair.rooms) > 20);
  while (!pair.reference.containers.empty())
    pair.end(pair.reference.containers.begin()->first);
  pair.check();
  for (std::uint32_t n = 0; n < std::size(Pair::slots); ++n) {
    CHECK(pair.cluster.node(NodeId(n)).used_slots == 0);
    CHECK(pair.cluster.contents(NodeId(n)).memory.free() + pair.cluster.contents(NodeId(n)).memory.evictable() ==
          Pair::memory[n]);
    CHECK(pair.stores[n]->free() + pair.stores[n]->evictable() == Pair::storage[n]);
  }
}
