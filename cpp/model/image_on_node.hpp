// An image on a node: its places on disk and in memory. It has none in memory without one on disk (R10).
#pragma once

#include "model/space.hpp"
#include "wrench_serverless/views.hpp"

#include <cstdint>

namespace wrench_serverless::model {

using wrench_serverless::Warmth;

struct ImageOnNode { // with its number and a map's pointer in one line of a cache
  Space::Entry* disk = nullptr;
  Space::Entry* memory = nullptr;
  Warmth warmth = Warmth::Absent;
  bool staged = false;             // on its way for no container in particular (R18b): it can't be dropped, either
  mutable std::uint8_t parked = 0; // a bit for each degree of which it has found no room (parked_images.hpp)
  std::uint32_t users = 0;         // claims, busy and kept containers: these can't be dropped to make room
  std::uint32_t containers = 0;    // all; while there are any, both places are pinned
};

} // namespace wrench_serverless::model
