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
  // Room of the third degree (R18): all but containers that are claimed, busy or kept, and their images.
  Bytes free_memory = 0;
  Bytes free_storage = 0;
  int slots = 0;
  int used_slots = 0;
  std::uint32_t idle = 0; // containers
  bool up = true;
  mutable std::uint8_t parked = 0; // a bit for each degree of which some image has found no room (parked_images.hpp)

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
};

} // namespace wrench_serverless::model
