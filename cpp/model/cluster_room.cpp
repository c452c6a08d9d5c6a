// Which node has room, and of which degree (R18): the searches that placement policies decide by, and the indexes that
// make them short.
//
// A node has room for any function that takes no more than it has, the image included: such nodes are found by the
// indexes. Where it has the image already it may need less: such nodes are looked for among those with the image. An
// index is built when it is first asked for, and kept up to date from then on: who never asks never pays.
#include "model/cluster.hpp"

#include <utility>

namespace wrench_serverless::model {

namespace {

// So many nodes are looked at one by one before an index is asked: more is only needed where memory or storage, and not
// slots, is short.
constexpr int few = 16;

constexpr Room all_degrees[] = {Room::Free, Room::Images, Room::Idle};

} // namespace

Cluster::Amounts Cluster::all_of(const Shape& shape) const {
  const Image& image = images_[shape.image.value].image;
  return {shape.memory + image.memory, shape.storage + image.size};
}

// Does a container find any place of its image here that does not count as room?
bool Cluster::has_places(const ImageOnNode& here, Room degree) {
  if (degree == Room::Free || here.staged) // what is on its way holds its places
    return here.disk != nullptr;           // none is in memory without (R10)
  // Places of its own that can be dropped count as room, and have to stay.
  return degree == Room::Images ? here.containers > 0 : here.users > 0;
}

// What a new container takes of what the degree counts as room.
Cluster::Amounts Cluster::need(NodeId id, const Shape& shape, Room degree) const {
  const auto& images = contents_[id.value].images;
  const auto found = images.find(shape.image);
  if (found == images.end())
    return all_of(shape);
  const ImageOnNode& here = found->second;
  const Amounts all = all_of(shape);
  if (!has_places(here, degree))
    return all;
  return {here.memory != nullptr ? shape.memory : all.memory, shape.storage};
}

Cluster::Amounts Cluster::amounts_at(NodeId id, Room degree) const {
  if (degree == Room::Idle)
    return {nodes_[id.value].free_memory, nodes_[id.value].free_storage};
  const NodeContents& contents = contents_[id.value];
  const bool images_go = degree == Room::Images;
  return {contents.memory.free() + (images_go ? contents.memory.evictable() : 0),
          contents.store->free() + (images_go ? contents.store->evictable() : 0)};
}

bool Cluster::is_roomy(NodeId id) const { return most_.within(amounts_at(id, Room::Free)); }

bool Cluster::has_room(NodeId id, const Shape& shape, Room most) const {
  if (!open_.contains(id.value))
    return false;
  if (roomy_.contains(id.value))
    return true;
  // Most nodes are told by what they have: enough with the image, or too little without.
  const Amounts there = amounts_at(id, most);
  if (all_of(shape).within(there))
    return true;
  return Amounts{shape.memory, shape.storage}.within(there) && need(id, shape, most).within(there);
}

Room Cluster::room(NodeId id, FunctionId function) const {
  for (const Room degree : all_degrees)
    if (degree <= worst_room() && has_room(id, function, degree))
      return degree;
  return Room::None;
}

// The indexes.

template <class Fill> void Cluster::fill_index(Fill&& fill) const {
  indexed_ = true;
  for (std::uint32_t node = 0; node < nodes_.size(); ++node)
    fill(NodeId(node));
}

const RoomTree& Cluster::in_order(Room degree) const {
  Indexes& its = indexes_[place(degree)];
  if (!its.in_order) {
    its.in_order = std::make_unique<RoomTree>();
    its.in_order->resize(nodes_.size());
    fill_index([&](NodeId id) { index(id, degree); });
  }
  return *its.in_order;
}

const OrderedRooms& Cluster::by_memory(Room degree) const {
  Indexes& its = indexes_[place(degree)];
  if (!its.by_memory) {
    its.by_memory = std::make_unique<OrderedRooms>(nodes_.size());
    fill_index([&](NodeId id) { index(id, degree); });
  }
  return *its.by_memory;
}

const OrderedRooms& Cluster::by_load(Room degree) const {
  Indexes& its = indexes_[place(degree)];
  if (!its.by_load) {
    its.by_load = std::make_unique<OrderedRooms>(nodes_.size());
    fill_index([&](NodeId id) { index(id, degree); });
  }
  return *its.by_load;
}

const NodeList& Cluster::open_list() const {
  if (!open_list_) {
    open_list_ = std::make_unique<NodeList>();
    open_list_->resize(nodes_.size());
    fill_index([&](NodeId id) { open_list_->set(id.value, open_.contains(id.value)); });
  }
  return *open_list_;
}

// In the order by memory nodes have a mark for each image that has places there: so those that have room for a function
// as its image is there already are found without a look at the others. Images share marks where there are many.
OrderedRooms::Marks Cluster::mark(ImageId image) {
  return static_cast<OrderedRooms::Marks>(1U << image.value % OrderedRooms::mark_count);
}

OrderedRooms::Marks Cluster::marks_of(NodeId id, Room degree) const {
  OrderedRooms::Marks marks = 0;
  for (const auto& [image, here] : contents_[id.value].images)
    if (has_places(here, degree))
      marks |= mark(image);
  return marks;
}

void Cluster::index(NodeId id, Room degree) const {
  const Indexes& its = indexes_[place(degree)];
  if (!open_.contains(id.value)) {
    if (its.in_order)
      its.in_order->set(id.value, {});
    if (its.by_memory)
      its.by_memory->erase(id);
    if (its.by_load)
      its.by_load->erase(id);
    return;
  }
  const auto [memory, storage] = amounts_at(id, degree);
  if (its.in_order)
    its.in_order->set(id.value, {memory, storage});
  if (its.by_memory)
    its.by_memory->set(id, {0, memory}, memory, storage, marks_of(id, degree));
  if (its.by_load)
    its.by_load->set(id, {nodes_[id.value].load(), -amounts_at(id, Room::Free).memory}, memory, storage);
}

// And perhaps its room of the last degree: a container became idle, or busy.
void Cluster::slots_changed(NodeId id) {
  if (!indexed_)
    return;
  if (open_list_)
    open_list_->set(id.value, open_.contains(id.value));
  for (const Room degree : all_degrees)
    if (const Indexes& its = indexes_[place(degree)]; its.in_order || its.by_memory || its.by_load)
      index(id, degree);
}

void Cluster::room_changed(NodeId id) {
  roomy_.set(id.value, is_roomy(id));
  if (nodes_[id.value].parked != 0)
    for (const Room degree : all_degrees)
      wake(id, degree);
  slots_changed(id);
}

// The nodes with an image. One that was found to have no room for any function of the image is parked: it is not in the
// image's list of that degree until it has room. So each is passed once each time that it has become full, and not by
// every search.

const ImageNodes& Cluster::not_parked(const ImageState& image, Room degree) const {
  const auto& nodes = image.not_parked[place(degree)];
  return nodes ? *nodes : image.nodes;
}

void Cluster::park(NodeId id, ImageId image_id, Room degree) const {
  const ImageState& image = images_[image_id.value];
  auto& nodes = image.not_parked[place(degree)];
  if (!nodes)
    nodes = std::make_unique<ImageNodes>(image.nodes);
  const ImageOnNode& on_node = contents_[id.value].images.find(image_id)->second;
  nodes->erase(on_node.warmth, id);
  on_node.parked |= bit(degree);
  nodes_[id.value].parked |= bit(degree);
  if (parked_.empty())
    parked_.resize(nodes_.size());
  const Amounts needed = need(id, image.least, degree);
  parked_[id.value][place(degree)].add(image_id, needed.memory, needed.storage);
}

void Cluster::unparked(NodeId id, ImageId image, const ImageOnNode& on_node, Room degree) {
  on_node.parked &= static_cast<std::uint8_t>(~bit(degree));
  if (on_node.warmth != Warmth::Absent)
    images_[image.value].not_parked[place(degree)]->insert(on_node.warmth, id);
}

// Whatever room there is.
void Cluster::unpark(NodeId id, ImageId image, ImageOnNode& on_node) {
  for (const Room degree : all_degrees) {
    if ((on_node.parked & bit(degree)) == 0)
      continue;
    parked_[id.value][place(degree)].remove(image);
    unparked(id, image, on_node, degree);
  }
}

// The node has more room, perhaps.
void Cluster::wake(NodeId id, Room degree) {
  Node& node = nodes_[id.value];
  if ((node.parked & bit(degree)) == 0)
    return;
  ParkedImages& parked = parked_[id.value][place(degree)];
  const Amounts there = amounts_at(id, degree);
  parked.wake(there.memory, there.storage,
              [&](ImageId image) { unparked(id, image, contents_[id.value].images.find(image)->second, degree); });
  if (parked.empty())
    node.parked &= static_cast<std::uint8_t>(~bit(degree));
}

// The searches.

NodeId Cluster::first_with_image(FunctionId function, Warmth warmth, Room most, NodeId from) const {
  const ImageId image_id = functions_[function.value].image;
  const ImageState& image = images_[image_id.value];
  return not_parked(image, most).first_of(warmth, open_, from, [&](NodeId node) {
    if (has_room(node, function, most))
      return true;
    if (!has_room(node, image.least, most))
      park(node, image_id, most);
    return false;
  });
}

bool Cluster::any_with_image(FunctionId function, Room most) const {
  for (const Warmth warmth : nearest_first)
    if (first_with_image(function, warmth, most))
      return true;
  return false;
}

NodeId Cluster::likely_warm(FunctionId function) const {
  const ImageNodes& nodes = not_parked(images_[functions_[function.value].image.value], Room::Free);
  for (const Warmth warmth : nearest_first)
    if (const NodeId node = nodes.first_of(warmth, open_, NodeId(0U), [](NodeId) { return true; }))
      return node;
  return {};
}

NodeId Cluster::first_with_room(FunctionId function, Room most, NodeId from) const {
  auto index = open_.next(from.value);
  for (int looked = 0; index && looked < few; index = open_.next(*index + 1), ++looked)
    if (has_room(NodeId(*index), function, most))
      return NodeId(*index);
  if (!index)
    return {};
  const auto [memory, storage] = all_of(shapes_[function.value]);
  const auto found = in_order(most).first(*index, memory, storage, [](std::uint32_t) { return true; });
  NodeId first = found ? NodeId(*found) : NodeId();
  for (const Warmth warmth : nearest_first)
    if (const NodeId node = first_with_image(function, warmth, most, NodeId(*index)); node && (!first || node < first))
      first = node;
  return first;
}

NodeId Cluster::least_loaded_with_room(FunctionId function, Room most) const {
  return best_with_room(by_load(most), 0, function, most);
}

NodeId Cluster::tightest_with_room(FunctionId function, Room most) const {
  return best_with_room(by_memory(most), mark(shapes_[function.value].image), function, most);
}

// The first in that order. Nodes that have room only as they have the image are looked for on the way there, among
// those with its mark; or, if too many of these have it for another image, among the nodes with the image, if these are
// few.
NodeId Cluster::best_with_room(const OrderedRooms& order, OrderedRooms::Marks marks, FunctionId function,
                               Room most) const {
  const Shape& shape = shapes_[function.value];
  const auto [memory, storage] = all_of(shape);
  const NodeId sure = order.first(memory, storage);
  if (!any_with_image(function, most))
    return sure;
  const ImageNodes& with_image = not_parked(images_[shape.image.value], most);
  int looked = 0;
  bool too_many = false;
  const NodeId found = order.first(shape.memory, shape.storage, marks, [&](NodeId node) {
    if (has_room(node, function, most) || (sure && order.before(sure, node)))
      return true;
    too_many = ++looked > few && with_image.size() <= std::size_t{4} * few;
    return too_many;
  });
  if (!too_many)
    return !sure || (found && order.before(found, sure)) ? found : sure;
  NodeId best = sure;
  with_image.first([&](Warmth, NodeId node) {
    if (has_room(node, function, most) && (!best || order.before(node, best)))
      best = node;
    return false;
  });
  return best;
}

std::vector<NodeId> Cluster::nodes_with_room(FunctionId function, Room most) const {
  std::vector<NodeId> result;
  const auto add = [&](std::uint32_t node) {
    if (has_room(NodeId(node), function, most))
      result.emplace_back(node);
    return false;
  };
  if (const auto& tree = indexes_[place(most)].in_order) {
    const Shape& shape = shapes_[function.value];
    tree->first(0, shape.memory, shape.storage, add);
  } else {
    for (auto index = open_.next(0); index; index = open_.next(*index + 1))
      add(*index);
  }
  return result;
}

Room Cluster::best_room(FunctionId function) const {
  for (const Room degree : all_degrees)
    if (degree <= worst_room() && first_with_room(function, degree))
      return degree;
  return Room::None;
}

} // namespace wrench_serverless::model
