// The nodes of a provider and what is on them: slots, memory and storage in use, images, containers idle and busy.
//
// The ledger behind R9, R10, R17, R18, R27 and R28: nothing here knows of time or of SimGrid. A claim makes a
// container: it holds a slot, its memory, its storage and its image from then on. All calls cost O(1) or O(log n), on
// average, plus one step for each image or idle container that has to go.
#pragma once

#include "model/blocks.hpp"
#include "model/container.hpp"
#include "model/image_nodes.hpp"
#include "model/large_pages.hpp"
#include "model/node.hpp"
#include "model/node_list.hpp"
#include "model/node_set.hpp"
#include "model/ordered_rooms.hpp"
#include "model/parked_images.hpp"
#include "model/prefetch.hpp"
#include "model/recency_list.hpp"
#include "model/room_tree.hpp"
#include "model/slab.hpp"
#include "model/slot_meter.hpp"
#include "model/space.hpp"
#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/views.hpp"

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wrench_serverless::model {

struct Image {
  std::string file;
  Bytes size = 0;   // on disk
  Bytes memory = 0; // its footprint
};

// What a container of a function needs.
struct Shape {
  ImageId image;
  Bytes memory = 0;
  Bytes storage = 0;
  std::uint32_t concurrency = 1; // invocations that a container takes at once (R34)
  std::string name = {};         // of the function
};

// How much has to go for a new container on a node: the degrees of room (R18). A higher one includes those before it.
enum class Room : std::uint8_t {
  None,   // it has no room at all
  Free,   // nothing has to go
  Images, // images that nobody uses
  Idle,   // and idle containers, but for those that are kept
};

// Is told what becomes of containers, and says which idle ones go first where room is needed: the lowest priority, and
// of equals the one that has been idle for longest. It must not throw.
class IdleOrder {
public:
  virtual ~IdleOrder() = default;
  virtual void used(ContainerId id) = 0;
  virtual double priority(ContainerId id) = 0; // of one that has just become idle
  virtual void evicted(ContainerId id, double priority) = 0;
  virtual void ended(ContainerId id) = 0; // evicted or not; also a claim
};

class Cluster {
public:
  // What happens to a container that has to go for another one; it is still idle when this is called.
  using OnEvict = std::function<void(ContainerId)>;
  explicit Cluster(OnEvict on_evict) : on_evict_(std::move(on_evict)) {}

  // nullptr: the oldest idle container goes first, and nobody is told. Given before there are containers.
  void set_idle_order(IdleOrder* order) { idle_order_ = order; }
  // nullptr: nobody measures the slots in use.
  void set_slot_meter(SlotMeter* meter) { slot_meter_ = meter; }

  // Set-up. Nodes are preferred in the order in which they are added. The store outlives the cluster.
  NodeId add_node(int slots, Bytes memory, Space& store, std::string name = {});
  ImageId add_image(Image image);
  FunctionId add_function(Shape shape);

  std::size_t node_count() const { return nodes_.size(); }
  const Node& node(NodeId id) const { return nodes_[id.value]; }
  const NodeContents& contents(NodeId id) const { return contents_[id.value]; }
  Bytes committed_memory(NodeId id) const { return contents(id).memory.capacity() - node(id).free_memory; }
  Bytes committed_storage(NodeId id) const { return contents(id).store->capacity() - node(id).free_storage; }
  const Image& image(ImageId id) const { return images_[id.value].image; }
  const Shape& shape(FunctionId id) const { return shapes_[id.value]; }
  Container& container(ContainerId id) { return containers_[id]; }
  const Container& container(ContainerId id) const { return containers_[id]; }
  ContainerRest& rest(ContainerId id) { return rests_[id.value]; }
  const ContainerRest& rest(ContainerId id) const { return rests_[id.value]; }
  std::size_t claims() const { return claims_; } // containers that have not started yet
  std::size_t container_places() const { return containers_.places(); }
  Warmth warmth(NodeId node, ImageId image) const;
  bool has_free_slot(NodeId id) const { return open_.contains(id.value); }
  const NodeSet& open_nodes() const { return open_; } // those with a free slot
  // The nodes that have the image or are getting it, warmest first and then in their order.
  const ImageNodes& nodes_with(ImageId image) const { return images_[image.value].nodes; }

  // The least that has to go on the node for a new container of the function; and is it no more than that?
  Room room(NodeId node, FunctionId function) const;
  bool has_room(NodeId node, FunctionId function, Room most) const {
    return has_room(node, shapes_[function.value], most);
  }
  bool fits(NodeId node, FunctionId function) const { return has_room(node, function, worst_room()); }
  // Is the image that a function needs on a node that is up? O(1).
  bool image_is_on_a_node(FunctionId id) const { return is_on_a_node(functions_[id.value].image); }
  bool is_on_a_node(ImageId id) const { return images_[id.value].holders > 0; }

  // While this is set, idle containers count as in use: only images are dropped to make room.
  void let_idle_stay(bool stay) { idle_stays_ = stay; }
  Room worst_room() const { return idle_stays_ ? Room::Images : Room::Idle; } // that counts
  bool could_ever_fit(NodeId node, const Shape& shape) const;                 // R12

  // Searches among the nodes that have room for a new container of the function if no more than `most` has to go
  // (cluster_room.cpp). None: there is no such node. O(log n) on average over many, and one step more for each node
  // that has a free slot, and room for part of what is needed only: for the container and not for its image, for the
  // memory and not for the storage, or for another function of the image.
  NodeId first_with_image(FunctionId function, Warmth warmth, Room most, NodeId from = NodeId(0U)) const;
  NodeId first_with_room(FunctionId function, Room most, NodeId from = NodeId(0U)) const; // in their order
  // The smallest share of its slots in use, then the most memory free as it is, then their order.
  NodeId least_loaded_with_room(FunctionId function, Room most) const;
  NodeId tightest_with_room(FunctionId function, Room most) const; // the least memory, as that degree counts it
  std::vector<NodeId> nodes_with_room(FunctionId function, Room most) const; // all, in their order
  Room best_room(FunctionId function) const;                                 // of all nodes
  const NodeList& open_list() const;                                         // those with a free slot, to draw from
  const OrderedRooms& by_memory(Room most) const; // the same by memory as that degree counts it
  NodeId likely_warm(FunctionId function) const;  // where the next claim is likely to be made

  // Precondition: fits. Drops what has to go, reserves everything, and pins the image.
  ContainerId claim(NodeId node, FunctionId function);
  // The image moved on: ToDisk when its transfer starts, OnDisk, ToMemory, InMemory.
  void set_warmth(NodeId node, ImageId image, Warmth warmth);
  // Images that come for no container in particular (cluster_staging.cpp, R18b): a transfer to the node's disk starts,
  // or a read into its memory. What nobody uses is dropped for them, then idle containers (R9, R10). False, and nothing
  // has changed: there is no room even so, or the image is not where the step begins.
  bool stage_to_disk(NodeId node, ImageId image);
  bool stage_to_memory(NodeId node, ImageId image);
  // It has arrived, and may be dropped from now on; or it never will.
  void staged(NodeId node, ImageId image);
  void give_up_staging(NodeId node, ImageId image);
  // The container takes an invocation: a claimed one its first, an idle one, or a busy one that has room for it.
  void make_busy(ContainerId id);
  // A claimed container starts though there is no invocation for it; make_busy or make_idle comes next.
  void warm_up(ContainerId id);
  // One of several invocations has ended; when the last one has, the container becomes idle, or ends.
  void release(ContainerId id);
  void make_idle(ContainerId id);
  // From now on it is never dropped to make room. Precondition: it is not idle.
  void keep(ContainerId id) { containers_[id].kept = true; }
  // It takes no more invocations, and ends when those that it has do: its node went off.
  void retire(ContainerId id);
  // Gives everything back. The image stays, unless it never arrived.
  void end(ContainerId id);

  // The node went off: it takes nothing any more, and forgets what it had in memory as soon as nobody uses it. The
  // caller ends its containers and claims. Or it came back (R37).
  void set_up(NodeId id, bool up);
  void forget_memory(NodeId id);

  // The most recently used container that can take an invocation of the function: an idle one on a node with a free
  // slot, or a busy one with room. Else the one that has been warming up for longest. None: there is none.
  ContainerId available_container(FunctionId function) const;

  // How many containers a function has, in any state; and how many of these hold a slot.
  std::size_t containers_of(FunctionId id) const { return functions_[id.value].containers; }
  std::size_t slots_of(FunctionId id) const { return functions_[id.value].containers - functions_[id.value].idle; }
  // The idle one that was used least recently, but for those that are kept. None: there is none. O(1), but for busy
  // ones that have room for more.
  ContainerId oldest_idle_of(FunctionId id) const;
  // The idle containers of a node, with their functions, the newest last. If nobody has asked for long, all containers
  // are looked at.
  const RecencyList& idle_on(NodeId id);
  // The newest of a function on a node. None: there is none. Looks at all that the function has, if need be.
  ContainerId newest_idle_of(FunctionId function, NodeId node) const;
  // All idle ones of a function with their nodes, in no order that means anything.
  template <class Visit> void for_each_idle_of(FunctionId function, Visit&& visit) const {
    functions_[function.value].ready.oldest([&](const RecencyList::Entry& entry) {
      if (containers_[entry.id].state == ContainerState::Idle)
        visit(entry.id, NodeId(entry.number));
      return false;
    });
  }
  // Who wants to know of some functions only may ask for each of these instead of idle_on: is that cheaper, in the long
  // run? Counts it, if so.
  bool is_cheaper_to_ask_for(std::span<const FunctionId> functions);

  // Asks for the memory that will be needed when something becomes of a function, or of a container (prefetch.hpp). The
  // second step of each wants the first to be over.
  void foresee(FunctionId id) const { prefetch(&functions_[id.value]); }
  void foresee_containers(FunctionId id) const { functions_[id.value].ready.foresee_newest(4); }
  void foresee(const Container& container) const {
    prefetch(&nodes_[container.node.value]);
    prefetch(container.image);
  }
  // Where it will be in the lists once it is idle; where it is, while it is.
  void foresee_idle(const Container& container) const {
    functions_[container.function.value].ready.foresee_push();
    if (!idle_lists_.empty())
      idle_lists_[container.node.value].foresee_push();
  }
  void foresee_busy(const Container& container) const {
    if (!idle_lists_.empty() && container.state == ContainerState::Idle) // else it has no place
      idle_lists_[container.node.value].foresee(static_cast<std::uint32_t>(container.idle_place));
  }
  // The same for a claim on a node.
  void foresee(NodeId id) const {
    prefetch(&nodes_[id.value]);
    contents(id).foresee();
  }
  void foresee_claim(NodeId id) const {
    prefetch(contents(id).store);
    prefetch(contents(id).last_on_node);
  }

  // Adds everything up from scratch, and throws std::logic_error where the books differ (R28). For tests.
  void check() const;

private:
  static constexpr std::size_t degrees = 3; // of room
  static std::size_t place(Room degree) { return static_cast<std::size_t>(degree) - 1; }
  static std::uint8_t bit(Room degree) { return static_cast<std::uint8_t>(1U << place(degree)); }

  struct ImageState {
    Image image;
    std::string entry; // its name in the nodes' spaces: several images may have files of one name
    ImageNodes nodes;  // that have it or are getting it
    // By degree of room: the same without those where it is parked. Made when it first is.
    mutable std::array<std::unique_ptr<ImageNodes>, degrees> not_parked = {};
    Shape least = {}; // no function of the image needs less
    int holders = 0;  // nodes that are up and have all of it
  };
  struct alignas(64) FunctionState { // all that a warm start and its end ask of a function: one line of a cache
    RecencyList ready;               // those that can take an invocation, with their nodes
    Bytes memory, storage;           // and more of its shape
    ImageId image;
    std::uint32_t concurrency;
    std::uint32_t idle = 0;
    std::uint32_t containers = 0; // idle or not
  };
  struct Amounts {
    Bytes memory = 0;
    Bytes storage = 0;
    bool within(const Amounts& others) const { return memory <= others.memory && storage <= others.storage; }
  };
  // Of the nodes with a free slot. Each is built when it is first asked for, and kept up to date from then on.
  struct Indexes {
    std::unique_ptr<RoomTree> in_order;
    std::unique_ptr<OrderedRooms> by_memory;
    std::unique_ptr<OrderedRooms> by_load;
  };
  Amounts all_of(const Shape& shape) const; // with its image
  Amounts need(NodeId id, const Shape& shape, Room degree) const;
  Amounts amounts_at(NodeId id, Room degree) const;
  static bool has_places(const ImageOnNode& here, Room degree);
  static OrderedRooms::Marks mark(ImageId image);
  OrderedRooms::Marks marks_of(NodeId id, Room degree) const;
  ImageOnNode& image_on(NodeContents& contents, ImageId image);
  bool has_room(NodeId id, const Shape& shape, Room most) const;
  bool is_roomy(NodeId id) const;
  const RoomTree& in_order(Room degree) const;
  const OrderedRooms& by_load(Room degree) const;
  void index(NodeId id, Room degree) const;
  void check_lists(NodeId id, ImageId image, const ImageOnNode& on_node) const;
  void check_indexes(NodeId id) const;
  template <class Fill> void fill_index(Fill&& fill) const;
  NodeId best_with_room(const OrderedRooms& order, OrderedRooms::Marks marks, FunctionId function, Room most) const;
  bool any_with_image(FunctionId function, Room most) const;
  void slots_changed(NodeId id);
  void room_changed(NodeId id);
  const ImageNodes& not_parked(const ImageState& image, Room degree) const;
  void park(NodeId id, ImageId image, Room degree) const;
  void unpark(NodeId id, ImageId image, ImageOnNode& on_node);
  void unparked(NodeId id, ImageId image, const ImageOnNode& on_node, Room degree);
  void wake(NodeId id, Room degree);
  ContainerId first_to_go(NodeId id);
  void make_room(NodeId id, Space& space, Bytes size);
  NodeId remove(ContainerId id);
  void drop_image(NodeId id, Space& space, Space::Entry* entry);
  void let_go(NodeId id, ImageId image, ImageOnNode& on_node);
  void hold_staging(NodeId id, ImageOnNode& on_node, bool hold);
  void staging_changed(NodeId id, ImageId image);
  Space::Entry* hold_place(Space& space, ImageId image, Bytes size);
  void take_slot(NodeId id);
  void give_slot(NodeId id);
  void commit(const Container& container);
  void uncommit(const Container& container);
  RecencyList& list_of(const Container& container);
  void set_state(Container& container, ContainerState state);
  void list(ContainerId id, Container& container);
  void unlist(ContainerId id, Container& container);
  void list_idle(ContainerId id, Container& container) {
    ++nodes_[container.node.value].idle;
    container.idle_place = ++idle_number_;
    if (!idle_lists_.empty() || idle_order_ != nullptr)
      put_in_order(id, container);
  }
  void unlist_idle(ContainerId id, const Container& container) {
    --nodes_[container.node.value].idle;
    if (!idle_lists_.empty() || idle_order_ != nullptr)
      take_out_of_order(id, container);
  }
  void put_in_order(ContainerId id, Container& container);
  void take_out_of_order(ContainerId id, const Container& container);
  void make_idle_lists();
  void drop_idle_lists();

  OnEvict on_evict_;
  IdleOrder* idle_order_ = nullptr;
  SlotMeter* slot_meter_ = nullptr;
  std::uint64_t idle_number_ = 0; // of the container that became idle last
  std::uint64_t idle_asked_ = 0;  // what it was when somebody asked for an idle list
  std::uint64_t looked_at_ = 0;   // containers of functions, for want of such lists
  LargeVector<Node> nodes_;
  Blocks<NodeContents> contents_; // by node
  std::vector<ImageState> images_;
  LargeVector<FunctionState> functions_;
  std::vector<Shape> shapes_;        // by function
  std::vector<RecencyList> warming_; // by function: those that soon can take an invocation, with their nodes
  Slab<Container, ContainerId> containers_;
  Blocks<ContainerRest> rests_;         // of these
  std::vector<RecencyList> idle_lists_; // by node; none while nobody asks for them
  NodeSet open_;
  NodeSet roomy_; // with as much free as it is as any function takes: asked for a bit, not for the node
  Amounts most_;  // what no function needs more of, with its image
  mutable std::array<Indexes, degrees> indexes_;
  mutable std::unique_ptr<NodeList> open_list_;
  mutable bool indexed_ = false;                                  // any of these is there
  mutable std::vector<std::array<ParkedImages, degrees>> parked_; // by node; none before the first
  std::size_t claims_ = 0;
  bool idle_stays_ = false;
  std::uint32_t generation_ = 0;
};

} // namespace wrench_serverless::model
