#include "model/cluster.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace wrench_serverless::model {

namespace {
// Is the whole image on the node?
int is_there(Warmth warmth) { return warmth < Warmth::ToDisk ? 1 : 0; }
} // namespace

NodeId Cluster::add_node(int slots, Bytes memory, Space& store, std::string name) {
  const NodeId id(nodes_.size());
  Node& node = nodes_.emplace_back();
  contents_.grow(memory, store, std::move(name));
  node.slots = slots;
  node.free_memory = memory;
  node.free_storage = store.capacity();
  if (!idle_lists_.empty())
    idle_lists_.emplace_back();
  open_.resize(nodes_.size());
  roomy_.resize(nodes_.size());
  if (slots > 0)
    open_.insert(id.value);
  roomy_.set(id.value, is_roomy(id));
  indexes_ = {};
  open_list_.reset();
  indexed_ = false;
  if (!parked_.empty())
    parked_.resize(nodes_.size());
  return id;
}

ImageId Cluster::add_image(Image image) {
  const ImageId id(images_.size());
  std::string entry = image.file + "#" + std::to_string(id.value);
  images_.push_back({.image = std::move(image), .entry = std::move(entry), .nodes = {}});
  return id;
}

FunctionId Cluster::add_function(Shape shape) {
  ImageState& image = images_[shape.image.value];
  const bool first = !image.least.image;
  if (first || shape.memory < image.least.memory || shape.storage < image.least.storage) {
    image.least = {.image = shape.image,
                   .memory = first ? shape.memory : std::min(shape.memory, image.least.memory),
                   .storage = first ? shape.storage : std::min(shape.storage, image.least.storage)};
    image.nodes.first([&](Warmth, NodeId node) {
      unpark(node, shape.image, contents_[node.value].images[shape.image]);
      return false;
    });
  }
  if (const Amounts all = all_of(shape); !all.within(most_)) {
    most_ = {std::max(all.memory, most_.memory), std::max(all.storage, most_.storage)};
    for (std::uint32_t node = 0; node < nodes_.size(); ++node)
      roomy_.set(node, is_roomy(NodeId(node)));
  }
  functions_.push_back({.ready = {},
                        .memory = shape.memory,
                        .storage = shape.storage,
                        .image = shape.image,
                        .concurrency = shape.concurrency});
  shapes_.push_back(std::move(shape));
  warming_.emplace_back();
  return FunctionId(functions_.size() - 1);
}

Warmth Cluster::warmth(NodeId id, ImageId image) const {
  const auto& images = contents_[id.value].images;
  const auto found = images.find(image);
  return found == images.end() ? Warmth::Absent : found->second.warmth;
}

bool Cluster::could_ever_fit(NodeId id, const Shape& shape) const {
  const NodeContents& contents = contents_[id.value];
  const Image& image = images_[shape.image.value].image;
  return nodes_[id.value].slots > 0 && shape.memory + image.memory <= contents.memory.capacity() &&
         shape.storage + image.size <= contents.store->capacity();
}

// What its node has of an image, or will have.
ImageOnNode& Cluster::image_on(NodeContents& contents, ImageId image) {
  if (contents.last_image != image) {
    contents.last_on_node = &contents.images[image];
    contents.last_image = image;
  }
  return *contents.last_on_node;
}

ContainerId Cluster::claim(NodeId id, FunctionId function) {
  NodeContents& contents = contents_[id.value];
  FunctionState& state = functions_[function.value];
  ImageOnNode& on_node = image_on(contents, state.image);
  // Pinned first, so that making room does not drop the very image that is wanted.
  if (on_node.containers++ == 0)
    for (auto [space, entry] : {std::pair{&contents.memory, on_node.memory}, std::pair{contents.store, on_node.disk}})
      if (entry != nullptr) {
        space->touch(entry);
        space->pin(entry);
      }
  const ImageState& image = images_[state.image.value];
  const bool want_memory = on_node.memory == nullptr;
  const bool want_disk = on_node.disk == nullptr; // then it is not in memory either
  make_room(id, contents.memory, state.memory + (want_memory ? image.image.memory : 0));
  make_room(id, *contents.store, state.storage + (want_disk ? image.image.size : 0));
  if (want_memory) {
    on_node.memory = contents.memory.hold(image.entry, image.image.memory);
    on_node.memory->owner = state.image.value;
    contents.memory.pin(on_node.memory);
  }
  if (want_disk) {
    on_node.disk = contents.store->hold(image.entry, image.image.size);
    on_node.disk->owner = state.image.value;
    contents.store->pin(on_node.disk);
  }
  contents.memory.take(state.memory);
  contents.store->take(state.storage);
  take_slot(id);
  ++state.containers;
  ++claims_;
  const ContainerId container = containers_.take();
  if (container.value == rests_.size())
    rests_.grow();
  rests_[container.value] = ContainerRest{};
  Container& made = containers_[container] = Container{};
  made.function = function;
  made.node = id;
  made.state = ContainerState::Claimed;
  made.generation = ++generation_;
  made.image = &on_node;
  commit(made);
  room_changed(id);
  return container;
}

// R9, R10: images that nobody uses go first, least recently used first; then idle containers.
void Cluster::make_room(NodeId id, Space& space, Bytes size) {
  while (space.free() < size) {
    if (Space::Entry* image = space.oldest(); image != nullptr) {
      drop_image(id, space, image);
    } else {
      const bool ordered = !contents_[id.value].by_priority.empty();
      const ContainerId victim = first_to_go(id);
      if (!victim)
        throw std::logic_error("a node was claimed that has no room"); // fits() was false, or the ledger is wrong
      if (ordered && idle_order_ != nullptr)
        idle_order_->evicted(victim, rests_[victim.value].priority);
      on_evict_(victim);
      remove(victim);
    }
  }
}

// R10: a footprint does not outlive the copy on disk. Whoever needs memory only drops the footprint only.
void Cluster::drop_image(NodeId id, Space& space, Space::Entry* entry) {
  NodeContents& contents = contents_[id.value];
  const ImageId image(entry->owner);
  ImageOnNode& on_node = contents.images[image];
  if (on_node.memory != nullptr)
    contents.memory.erase(std::exchange(on_node.memory, nullptr));
  if (&space == contents.store)
    space.erase(std::exchange(on_node.disk, nullptr));
  set_warmth(id, image, on_node.disk != nullptr ? Warmth::OnDisk : Warmth::Absent);
}

void Cluster::set_warmth(NodeId id, ImageId image, Warmth warmth) {
  NodeContents& contents = contents_[id.value];
  ImageOnNode& on_node = contents.images[image];
  ImageState& state = images_[image.value];
  const auto move_in = [&](ImageNodes& nodes) {
    if (on_node.warmth != Warmth::Absent)
      nodes.erase(on_node.warmth, id);
    if (warmth != Warmth::Absent)
      nodes.insert(warmth, id);
  };
  move_in(state.nodes);
  for (std::size_t degree = 0; degree < degrees; ++degree)
    if (state.not_parked[degree] && (on_node.parked >> degree & 1) == 0)
      move_in(*state.not_parked[degree]);
  if (nodes_[id.value].up)
    state.holders += is_there(warmth) - is_there(on_node.warmth);
  on_node.warmth = warmth;
  if (warmth == Warmth::OnDisk && on_node.disk != nullptr && !on_node.disk->written)
    contents.store->commit(on_node.disk);
  if (warmth == Warmth::InMemory && !on_node.memory->written)
    contents.memory.commit(on_node.memory);
}

void Cluster::set_up(NodeId id, bool up) {
  Node& node = nodes_[id.value];
  if (std::exchange(node.up, up) != up)
    for (const auto& [image, on_node] : contents_[id.value].images)
      images_[image.value].holders += up ? is_there(on_node.warmth) : -is_there(on_node.warmth);
  if (up && node.used_slots < node.slots)
    open_.insert(id.value);
  else
    open_.erase(id.value);
  slots_changed(id);
}

void Cluster::forget_memory(NodeId id) {
  Space& memory = contents_[id.value].memory;
  while (Space::Entry* image = memory.oldest())
    drop_image(id, memory, image);
  room_changed(id);
}

void Cluster::take_slot(NodeId id) {
  Node& node = nodes_[id.value];
  if (++node.used_slots == node.slots)
    open_.erase(id.value);
  if (slot_meter_ != nullptr)
    slot_meter_->hold(1);
}

void Cluster::give_slot(NodeId id) {
  Node& node = nodes_[id.value];
  if (node.used_slots-- == node.slots && node.up)
    open_.insert(id.value);
  if (slot_meter_ != nullptr)
    slot_meter_->hold(-1);
}

void Cluster::commit(const Container& container) {
  Node& node = nodes_[container.node.value];
  const FunctionState& function = functions_[container.function.value];
  ImageOnNode& on_node = *container.image;
  node.free_memory -= function.memory;
  node.free_storage -= function.storage;
  if (on_node.users++ > 0)
    return;
  if (on_node.parked != 0)
    unpark(container.node, function.image, on_node); // from now on less is needed for another one
  const Image& image = images_[function.image.value].image;
  node.free_memory -= image.memory;
  node.free_storage -= image.size;
}

void Cluster::uncommit(const Container& container) {
  Node& node = nodes_[container.node.value];
  const FunctionState& function = functions_[container.function.value];
  ImageOnNode& on_node = *container.image;
  node.free_memory += function.memory;
  node.free_storage += function.storage;
  if (--on_node.users > 0)
    return;
  const Image& image = images_[function.image.value].image;
  node.free_memory += image.memory;
  node.free_storage += image.size;
}

void Cluster::set_state(Container& container, ContainerState state) {
  claims_ -= container.state == ContainerState::Claimed ? 1 : 0;
  container.state = state;
}

void Cluster::make_busy(ContainerId id) {
  Container& container = containers_[id];
  unlist(id, container);
  if (container.state == ContainerState::Idle) {
    unlist_idle(id, container);
    --functions_[container.function.value].idle;
    take_slot(container.node);
    if (!container.kept)
      commit(container);
    slots_changed(container.node);
  }
  set_state(container, ContainerState::Busy);
  ++container.active;
  if (idle_order_ != nullptr)
    idle_order_->used(id);
  if (container.active < functions_[container.function.value].concurrency)
    list(id, container); // as the one used last
}

void Cluster::warm_up(ContainerId id) {
  Container& container = containers_[id];
  set_state(container, ContainerState::Warming);
  list(id, container);
}

void Cluster::release(ContainerId id) {
  Container& container = containers_[id];
  --container.active;
  unlist(id, container);
  list(id, container);
}

void Cluster::make_idle(ContainerId id) {
  Container& container = containers_[id];
  if (!container.kept)
    uncommit(container);
  give_slot(container.node);
  wake(container.node, Room::Idle);
  slots_changed(container.node);
  unlist(id, container);
  set_state(container, ContainerState::Idle);
  container.active = 0;
  ++functions_[container.function.value].idle;
  list(id, container);
  list_idle(id, container);
}

void Cluster::end(ContainerId id) { room_changed(remove(id)); }

// Gives its node, whose room has changed.
NodeId Cluster::remove(ContainerId id) {
  Container& container = containers_[id];
  const NodeId node_id = container.node;
  NodeContents& contents = contents_[node_id.value];
  ImageOnNode& on_node = *container.image;
  if (idle_order_ != nullptr)
    idle_order_->ended(id);
  unlist(id, container);
  FunctionState& function = functions_[container.function.value];
  --function.containers;
  const bool idle = container.state == ContainerState::Idle;
  function.idle -= idle;
  if (!idle || container.kept)
    uncommit(container);
  if (idle)
    unlist_idle(id, container);
  else
    give_slot(node_id);
  contents.memory.give_back(function.memory);
  contents.store->give_back(function.storage);
  if (--on_node.containers == 0)
    let_go(node_id, function.image, on_node);
  set_state(container, ContainerState::Gone);
  ++container.generation;
  containers_.remove(id);
  return node_id;
}

// Nobody there is of the image any more.
void Cluster::let_go(NodeId id, ImageId image, ImageOnNode& on_node) {
  NodeContents& contents = contents_[id.value];
  // A claim on an image that never arrived may be the last to hold its place.
  for (auto [space, place] : {std::pair{&contents.memory, &on_node.memory}, std::pair{contents.store, &on_node.disk}}) {
    Space::Entry* const entry = *place;
    if (entry == nullptr)
      continue;
    const bool last = entry->pins == 1;
    const bool written = entry->written;
    space->unpin(entry);
    if (last && !written) {
      space->erase(entry);
      *place = nullptr;
    }
  }
  if (on_node.memory == nullptr)
    set_warmth(id, image, on_node.disk != nullptr ? Warmth::OnDisk : Warmth::Absent);
}

void Cluster::retire(ContainerId id) {
  Container& container = containers_[id];
  unlist(id, container);
  container.retired = true;
}

RecencyList& Cluster::list_of(const Container& container) {
  return container.state == ContainerState::Warming ? warming_[container.function.value]
                                                    : functions_[container.function.value].ready;
}

void Cluster::list(ContainerId id, Container& container) {
  if (container.retired)
    return;
  container.listed = true;
  container.in_function = list_of(container).push(id, container.node.value);
}

// Before its state changes.
void Cluster::unlist(ContainerId id, Container& container) {
  if (!container.listed)
    return;
  container.listed = false;
  list_of(container).take_out(id, container.in_function, [this](ContainerId moved, std::uint32_t place) {
    containers_[moved].in_function = place;
  });
}

ContainerId Cluster::available_container(FunctionId function) const {
  const FunctionState& state = functions_[function.value];
  const ContainerId id =
      state.concurrency == 1 ? state.ready.newest_in(open_) : state.ready.newest([&](const RecencyList::Entry& entry) {
        return open_.contains(entry.number) || containers_[entry.id].state != ContainerState::Idle;
      });
  return id ? id : warming_[function.value].oldest();
}

} // namespace wrench_serverless::model
