// A node in the books of a cluster, in two parts: with thousands of nodes, what every call asks fits the caches, and
// the processor's table of pages, only where nothing else is in between.
#pragma once

#include "model/image_on_node.hpp"
#include "model/packed_memory.hpp"
#include "model/prefetch.hpp"
#include "model/space.hpp"
#include "wrench_serverless/ids.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

struct alignas(32) Node { // all that every call asks: half a line of a cache
  // All but what can't be dropped: containers that are claimed, busy or kept, and their images.
  Bytes free_memory = 0;
  Bytes free_storage = 0;
  int slots = 0;
  int used_slots = 0;
  std::uint32_t idle = 0; // containers
  bool up = true;
  mutable bool any_parked = false;

  double load() const { return static_cast<double>(used_slots) / slots; }
};

struct NodeContents {
  NodeContents(Bytes memory_capacity, Space& its_store, std::string its_name)
      : store(&its_store), memory(memory_capacity), name(std::move(its_name)) {}
  // All that a claim asks for where its image is that of the last one (prefetch.hpp).
  void foresee() const {
    prefetch(this);
    prefetch(&memory);
  }
  // The image of the last claim: where one is used again and again, nothing has to be looked up.
  ImageId last_image;
  ImageOnNode* last_on_node = nullptr;
  Space* store;
  Space memory;
  // Looked up only, or walked where the order does not matter; nothing is ever taken out.
  std::unordered_map<ImageId, ImageOnNode, std::hash<ImageId>, std::equal_to<>,
                     PackedMemory<std::pair<const ImageId, ImageOnNode>>>
      images;
  std::set<std::tuple<double, std::uint64_t, ContainerId>> by_priority; // the idle ones, where there is an IdleOrder
  std::string name;
  // Images of which it was found to have no room for any function: it is not in their lists until it has more room.
  mutable std::vector<ImageId> parked;
};

} // namespace wrench_serverless::model
