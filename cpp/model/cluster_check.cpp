// The cluster's books, added up from scratch from its containers and images (R9, R10, R17, R28).
#include "model/cluster.hpp"

#include <algorithm>
#include <stdexcept>

namespace wrench_serverless::model {

namespace {

struct Sums {
  int slots = 0;
  std::size_t idle = 0;
  Bytes memory = 0, storage = 0;                     // all containers
  Bytes committed_memory = 0, committed_storage = 0; // those that are claimed, busy or kept
};

[[noreturn]] void fail(const std::string& what, std::size_t index, const std::string& name) {
  throw std::logic_error("the books of " + what + " " + std::to_string(index) + " are wrong: " + name);
}

template <class Number>
void expect(Number booked, Number counted, const char* what, std::size_t index, const char* name) {
  if (booked != counted)
    fail(what, index,
         std::string(name) + " is " + std::to_string(booked) + ", and adds up to " + std::to_string(counted));
}

void expect(bool holds, const char* what, std::size_t index, const char* name) {
  if (!holds)
    fail(what, index, name);
}

} // namespace

// A node is in the lists of an image, of any degree, while it has it; but where the image is parked, and then it has no
// room there.
void Cluster::check_lists(NodeId id, ImageId image_id, const ImageOnNode& on_node) const {
  const ImageState& image = images_[image_id.value];
  const bool there = on_node.warmth != Warmth::Absent;
  expect(image.nodes.contains(on_node.warmth, id) == there, "node", id.value, "the list of an image's nodes");
  for (const Room degree : {Room::Free, Room::Images, Room::Idle}) {
    const bool parked = (on_node.parked & bit(degree)) != 0;
    expect(not_parked(image, degree).contains(on_node.warmth, id) == (there && !parked), "node", id.value,
           "the list of the nodes where an image is not parked");
    if (!parked)
      continue;
    expect((nodes_[id.value].parked & bit(degree)) != 0, "node", id.value, "whether any image is parked");
    expect(parked_[id.value][place(degree)].is_awaited(image_id), "node", id.value, "its parked images");
    if (open_.contains(id.value))
      expect(!there || !has_room(id, image.least, degree), "node", id.value, "room where none was found");
  }
}

void Cluster::check_indexes(NodeId id) const {
  const bool open = open_.contains(id.value);
  const OrderedRooms::Key by_load{nodes_[id.value].load(), -amounts_at(id, Room::Free).memory};
  for (const Room degree : {Room::Free, Room::Images, Room::Idle}) {
    const auto [memory, storage] = amounts_at(id, degree);
    const Indexes& its = indexes_[place(degree)];
    if (its.in_order)
      expect(its.in_order->room(id.value) == (open ? RoomTree::Room{memory, storage} : RoomTree::Room{}), "node",
             id.value, "its room in the tree");
    if (its.by_memory)
      expect(open ? its.by_memory->is(id, {0, memory}, memory, storage, marks_of(id, degree))
                  : !its.by_memory->contains(id),
             "node", id.value, "its room by memory");
    if (its.by_load)
      expect(open ? its.by_load->is(id, by_load, memory, storage) : !its.by_load->contains(id), "node", id.value,
             "its room by load");
  }
}

void Cluster::check() const {
  std::vector<Sums> sums(nodes_.size());
  std::vector<std::size_t> listed(functions_.size());
  std::vector<std::size_t> containers(functions_.size());
  std::vector<std::size_t> idle_ones(functions_.size());
  std::vector<std::map<ImageId, std::pair<std::uint32_t, std::uint32_t>>> users(nodes_.size()); // that run, and all
  for (std::uint32_t index = 0; index < containers_.places(); ++index) {
    const Container& container = containers_[ContainerId(index)];
    if (container.state == ContainerState::Gone)
      continue;
    const Shape& shape = shapes_[container.function.value];
    Sums& sum = sums[container.node.value];
    auto& [running, all] = users[container.node.value][shape.image];
    sum.memory += shape.memory;
    sum.storage += shape.storage;
    ++all;
    const bool idle = container.state == ContainerState::Idle;
    sum.idle += idle ? 1 : 0;
    sum.slots += idle ? 0 : 1;
    if (!idle || container.kept) {
      ++running;
      sum.committed_memory += shape.memory;
      sum.committed_storage += shape.storage;
    }
    const bool busy = container.state == ContainerState::Busy;
    expect((container.active > 0) == busy && container.active <= shape.concurrency, "container", index, "active");
    const bool takes_more = !container.retired && (idle || container.state == ContainerState::Warming ||
                                                   (busy && container.active < shape.concurrency));
    expect(container.listed == takes_more, "container", index, "listed");
    listed[container.function.value] += container.listed;
    ++containers[container.function.value];
    idle_ones[container.function.value] += idle;
  }
  for (std::size_t index = 0; index < functions_.size(); ++index) {
    std::size_t count = 0;
    for (const bool warming : {false, true}) {
      const RecencyList& list = warming ? warming_[index] : functions_[index].ready;
      list.oldest([&](const RecencyList::Entry& entry) {
        const Container& container = containers_[entry.id];
        expect(container.function.value == index && container.listed && container.node.value == entry.number &&
                   (container.state == ContainerState::Warming) == warming,
               "function", index, "its list");
        ++count;
        return false;
      });
    }
    expect(std::size_t{functions_[index].containers}, containers[index], "function", index, "its containers");
    expect(std::size_t{functions_[index].idle}, idle_ones[index], "function", index, "its idle containers");
    expect(count, listed[index], "function", index, "the length of its list");
  }
  std::vector<int> holders(images_.size());
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    const Node& node = nodes_[index];
    const NodeContents& contents = contents_[index];
    Sums& sum = sums[index];
    for (const auto& [image_id, on_node] : contents.images) {
      const Image& image = images_[image_id.value].image;
      const auto [running, all] = users[index][image_id];
      expect(on_node.users, running, "node", index, "an image's users");
      expect(on_node.containers, all, "node", index, "an image's containers");
      for (const Space::Entry* entry : {on_node.memory, on_node.disk}) {
        if (entry == nullptr)
          continue;
        expect(entry->owner == image_id.value && (entry->pins > 0 || all == 0), "node", index, "an image's pins");
        expect(entry->written || all > 0 || on_node.staged, "node", index, "a place that is held for nobody");
      }
      expect(on_node.memory == nullptr || on_node.disk != nullptr, "node", index, "a footprint without its image");
      expect(all == 0 || on_node.memory != nullptr, "node", index, "the image of a container");
      if (on_node.memory != nullptr)
        sum.memory += image.memory;
      if (on_node.disk != nullptr)
        sum.storage += image.size;
      expect(!on_node.staged || all == 0, "node", index, "an image on its way that has containers");
      if (on_node.staged) {
        sum.committed_memory += on_node.memory != nullptr ? image.memory : 0;
        sum.committed_storage += on_node.disk != nullptr ? image.size : 0;
      }
      if (running > 0) {
        sum.committed_memory += image.memory;
        sum.committed_storage += image.size;
      }
      holders[image_id.value] += node.up && on_node.warmth < Warmth::ToDisk;
      check_lists(NodeId(index), image_id, on_node);
      expect((on_node.warmth == Warmth::InMemory) == (on_node.memory != nullptr && on_node.memory->written), "node",
             index, "an image's warmth");
    }
    expect(node.used_slots, sum.slots, "node", index, "used_slots");
    expect(std::size_t{node.idle}, sum.idle, "node", index, "idle");
    expect(contents.memory.used(), sum.memory, "node", index, "memory in use");
    expect(contents.store->used(), sum.storage, "node", index, "storage in use");
    expect(committed_memory(NodeId(index)), sum.committed_memory, "node", index, "committed_memory");
    expect(committed_storage(NodeId(index)), sum.committed_storage, "node", index, "committed_storage");
    expect(node.used_slots <= node.slots, "node", index, "more slots are in use than it has");
    expect(contents.memory.used() <= contents.memory.capacity(), "node", index, "more memory is in use than it has");
    expect(contents.store->used() <= contents.store->capacity(), "node", index, "more storage is in use than it has");
    expect(open_.contains(static_cast<std::uint32_t>(index)) == (node.up && node.used_slots < node.slots), "node",
           index, "whether it has a free slot");
    expect(roomy_.contains(static_cast<std::uint32_t>(index)) == is_roomy(NodeId(index)), "node", index,
           "whether it is roomy");
    check_indexes(NodeId(index));
    if (idle_order_ != nullptr)
      expect(contents.by_priority.size(), sum.idle, "node", index, "its idle containers by priority");
    if (idle_lists_.empty())
      continue;
    std::size_t idle = 0;
    idle_lists_[index].oldest([&](const RecencyList::Entry& entry) {
      const Container& container = containers_[entry.id];
      expect(container.state == ContainerState::Idle && container.node.value == index &&
                 container.function.value == entry.number &&
                 container.image == &contents.images.at(shape(container.function).image),
             "node", index, "its idle containers");
      ++idle;
      return false;
    });
    expect(idle, sum.idle, "node", index, "the length of its list of idle containers");
  }
  for (std::size_t index = 0; index < images_.size(); ++index)
    expect(images_[index].holders, holders[index], "image", index, "nodes that have it");
}

} // namespace wrench_serverless::model
