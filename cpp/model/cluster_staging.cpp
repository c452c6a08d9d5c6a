// Images that come to a node though no container is there for them (R18b).
//
// An image on its way holds its place, and nothing displaces it: it counts as in use until it has arrived, or has
// failed. From then on it may be dropped like any image that nobody uses. No container of it can be there meanwhile:
// one is only made where the image is in memory.
#include "model/cluster.hpp"

#include <tuple>
#include <utility>

namespace wrench_serverless::model {

// Disk and memory of an image that is on its way hold out together: one that is being loaded is read from the disk.
void Cluster::hold_staging(NodeId id, ImageOnNode& on_node, bool hold) {
  Node& node = nodes_[id.value];
  NodeContents& contents = contents_[id.value];
  on_node.staged = hold;
  for (auto [space, entry, free] : {std::tuple{contents.store, on_node.disk, &node.free_storage},
                                    std::tuple{&contents.memory, on_node.memory, &node.free_memory}}) {
    if (entry == nullptr)
      continue;
    *free += hold ? -entry->size : entry->size;
    hold ? space->pin(entry) : space->unpin(entry);
  }
}

// There is more or less room for others, and a container of the image itself would take more or less of it.
void Cluster::staging_changed(NodeId id, ImageId image) {
  unpark(id, image, contents_[id.value].images[image]);
  room_changed(id);
}

Space::Entry* Cluster::hold_place(Space& space, ImageId image, Bytes size) {
  Space::Entry* const entry = space.hold(images_[image.value].entry, size);
  entry->owner = image.value;
  return entry;
}

bool Cluster::stage_to_disk(NodeId id, ImageId image) {
  NodeContents& contents = contents_[id.value];
  const Bytes size = images_[image.value].image.size;
  if (warmth(id, image) != Warmth::Absent || size > nodes_[id.value].free_storage)
    return false;
  make_room(id, *contents.store, size);
  ImageOnNode& on_node = contents.images[image];
  on_node.disk = hold_place(*contents.store, image, size);
  hold_staging(id, on_node, true);
  set_warmth(id, image, Warmth::ToDisk);
  staging_changed(id, image);
  return true;
}

bool Cluster::stage_to_memory(NodeId id, ImageId image) {
  NodeContents& contents = contents_[id.value];
  const Bytes footprint = images_[image.value].image.memory;
  if (warmth(id, image) != Warmth::OnDisk || footprint > nodes_[id.value].free_memory)
    return false;
  ImageOnNode& on_node = contents.images[image];
  contents.store->touch(on_node.disk);
  hold_staging(id, on_node, true); // first, so that making room does not drop it
  make_room(id, contents.memory, footprint);
  on_node.memory = hold_place(contents.memory, image, footprint);
  contents.memory.pin(on_node.memory);
  nodes_[id.value].free_memory -= footprint;
  set_warmth(id, image, Warmth::ToMemory);
  staging_changed(id, image);
  return true;
}

void Cluster::staged(NodeId id, ImageId image) {
  const bool in_memory = warmth(id, image) == Warmth::ToMemory;
  set_warmth(id, image, in_memory ? Warmth::InMemory : Warmth::OnDisk);
  hold_staging(id, contents_[id.value].images[image], false);
  staging_changed(id, image);
}

void Cluster::give_up_staging(NodeId id, ImageId image) {
  NodeContents& contents = contents_[id.value];
  ImageOnNode& on_node = contents.images[image];
  hold_staging(id, on_node, false);
  if (on_node.memory != nullptr && !on_node.memory->written)
    contents.memory.erase(std::exchange(on_node.memory, nullptr));
  if (on_node.disk != nullptr && !on_node.disk->written)
    contents.store->erase(std::exchange(on_node.disk, nullptr));
  set_warmth(id, image, on_node.disk != nullptr ? Warmth::OnDisk : Warmth::Absent);
  staging_changed(id, image);
}

} // namespace wrench_serverless::model
