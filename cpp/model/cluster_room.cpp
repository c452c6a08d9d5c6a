// Which node has room: the searches that placement policies decide by, and the indexes that make them short.
//
// An index is built when it is first asked for, and kept up to date from then on: who never asks never pays.
#include "model/cluster.hpp"

#include <set>
#include <utility>

namespace wrench_serverless::model {

namespace {

// So many nodes are looked at one by one before an index is asked: more is only needed where memory or storage, and not
// slots, is short.
constexpr int few = 16;

template <class Index> const Index* ask(std::unique_ptr<Index>& index, std::size_t count, auto&& fill) {
  if (!index) {
    index = std::make_unique<Index>();
    index->resize(count);
    for (std::uint32_t node = 0; node < count; ++node)
      fill(*index, node);
  }
  return index.get();
}

} // namespace

RoomTree::Room Cluster::room_of(const Node& node) const {
  if (!node.up || node.used_slots >= node.slots)
    return {};
  return {node.load(), node.free_memory, node.free_storage};
}

const RoomTree& Cluster::rooms() const {
  return *ask(rooms_, nodes_.size(),
              [this](RoomTree& tree, std::uint32_t index) { tree.set(index, room_of(nodes_[index])); });
}

const FreeMemoryOrder& Cluster::by_free_memory() const {
  return *ask(by_free_memory_, nodes_.size(),
              [this](FreeMemoryOrder& order, std::uint32_t index) { order.set(index, room_of(nodes_[index]).memory); });
}

const NodeList& Cluster::open_list() const {
  return *ask(open_list_, nodes_.size(),
              [this](NodeList& list, std::uint32_t index) { list.set(index, open_.contains(index)); });
}

const LoadOrder& Cluster::by_load() const {
  if (by_load_)
    return *by_load_;
  std::vector<double> loads;
  std::set<int> slots;
  for (const Node& node : nodes_)
    if (slots.insert(node.slots).second)
      for (int used = 0; used < node.slots; ++used)
        loads.push_back(static_cast<double>(used) / node.slots);
  by_load_ = std::make_unique<LoadOrder>(nodes_.size(), std::move(loads));
  for (std::uint32_t index = 0; index < nodes_.size(); ++index)
    by_load_->set(index, room_of(nodes_[index]).load);
  return *by_load_;
}

void Cluster::changed(NodeId id) {
  roomy_.set(id.value, is_roomy(nodes_[id.value]));
  if (rooms_)
    rooms_->set(id.value, room_of(nodes_[id.value]));
  if (by_free_memory_)
    by_free_memory_->set(id.value, room_of(nodes_[id.value]).memory);
  if (open_list_)
    open_list_->set(id.value, open_.contains(id.value));
  if (by_load_)
    by_load_->set(id.value, room_of(nodes_[id.value]).load);
}

// A node that had no room for any function of an image has more of it now.
void Cluster::unpark(NodeId id) {
  Node& node = nodes_[id.value];
  if (!std::exchange(node.any_parked, false))
    return;
  std::vector<ImageId>& parked = contents_[id.value].parked;
  for (const ImageId image : parked)
    if (const Warmth warmth = this->warmth(id, image); warmth != Warmth::Absent)
      images_[image.value].nodes.insert(warmth, id);
  parked.clear();
}

NodeId Cluster::warmest_with_room(FunctionId function) const {
  const ImageId image_id = functions_[function.value].image;
  const ImageState& image = images_[image_id.value];
  return image.nodes.first_of(open_, [&](Warmth warmth, NodeId node) {
    if (fits(node, function))
      return true;
    if (!idle_stays_ && !has_room(node, image.least)) {
      contents_[node.value].parked.push_back(image_id);
      nodes_[node.value].any_parked = true;
      image.nodes.erase(warmth, node);
    }
    return false;
  });
}

NodeId Cluster::first_warm(FunctionId function) const {
  const ImageState& image = images_[functions_[function.value].image.value];
  return image.nodes.first_of(open_, [](Warmth, NodeId) { return true; });
}

NodeId Cluster::first_with_room(FunctionId function, NodeId from) const {
  auto index = open_.next(from.value);
  for (int looked = 0; index && looked < few; index = open_.next(*index + 1), ++looked)
    if (fits(NodeId(*index), function))
      return NodeId(*index);
  if (!index)
    return {};
  const Shape& shape = shapes_[function.value];
  const auto found = rooms().first(*index, shape.memory, shape.storage,
                                   [&](std::uint32_t node) { return fits(NodeId(node), function); });
  return found ? NodeId(*found) : NodeId();
}

NodeId Cluster::least_loaded_with_room(FunctionId function) const {
  int looked = 0;
  const NodeId among_few = by_load().first([&](NodeId node) { return ++looked > few || fits(node, function); });
  if (looked <= few)
    return among_few;
  const Shape& shape = shapes_[function.value];
  const auto found = rooms().least_loaded(shape.memory, shape.storage,
                                          [&](std::uint32_t node) { return fits(NodeId(node), function); });
  return found ? NodeId(*found) : NodeId();
}

// Of the nodes with less free memory than the container and its image take together, only those fit where the image is
// in use. Where they would have to be looked for among many others, they are found by the image's own list.
NodeId Cluster::tightest_with_room(FunctionId function) const {
  const Shape& shape = shapes_[function.value];
  const ImageState& image = images_[shape.image.value];
  const Bytes both = shape.memory + image.image.memory;
  const FreeMemoryOrder& order = by_free_memory();
  int looked = 0;
  bool too_many = false;
  const NodeId found = order.first(shape.memory, [&](Bytes memory, NodeId node) {
    too_many = ++looked > few && memory < both && image.nodes.size() <= std::size_t{4} * few;
    return too_many || fits(node, function);
  });
  if (!too_many)
    return found;
  std::pair<Bytes, NodeId> best{both, NodeId()};
  image.nodes.first([&](Warmth, NodeId node) {
    if (fits(node, function))
      best = std::min(best, {room_of(nodes_[node.value]).memory, node});
    return false;
  });
  return best.second ? best.second : order.first(both, [&](Bytes, NodeId node) { return fits(node, function); });
}

std::vector<NodeId> Cluster::nodes_with_room(FunctionId function) const {
  std::vector<NodeId> result;
  const auto add = [&](std::uint32_t node) {
    if (fits(NodeId(node), function))
      result.emplace_back(node);
    return false;
  };
  if (rooms_) {
    const Shape& shape = shapes_[function.value];
    rooms_->first(0, shape.memory, shape.storage, add);
  } else {
    for (auto index = open_.next(0); index; index = open_.next(*index + 1))
      add(*index);
  }
  return result;
}

} // namespace wrench_serverless::model
