// Images of a node that have no room there of one degree (R18), each with what it would take. Until there is so much
// the node is not looked at for them.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace wrench_serverless::model {

class ParkedImages {
public:
  bool empty() const { return parked_.empty(); }
  // Precondition: it is not there.
  void add(ImageId image, Bytes memory, Bytes storage) {
    parked_.push_back({image, memory, storage});
    note(parked_.back());
  }
  // Precondition: it is there.
  void remove(ImageId image) {
    std::erase_if(parked_, [image](const Parked& parked) { return parked.image == image; });
  }
  // There is room for so much: gives up those that take no more, and calls woken(image) for each. One step for each
  // that is there, but O(1) where there is too little for any.
  template <class Woken> void wake(Bytes memory, Bytes storage, Woken&& woken) {
    if (memory < least_memory_ || storage < least_storage_)
      return;
    least_memory_ = least_storage_ = std::numeric_limits<Bytes>::max();
    std::erase_if(parked_, [&](const Parked& parked) {
      const bool has_room = parked.memory <= memory && parked.storage <= storage;
      if (has_room)
        woken(parked.image);
      else
        note(parked);
      return has_room;
    });
  }
  // The least that any would take: of memory, and of storage. For tests.
  bool is_awaited(ImageId image) const {
    return std::ranges::any_of(parked_, [&](const Parked& parked) {
      return parked.image == image && parked.memory >= least_memory_ && parked.storage >= least_storage_;
    });
  }

private:
  struct Parked {
    ImageId image;
    Bytes memory;
    Bytes storage;
  };
  void note(const Parked& parked) {
    least_memory_ = std::min(least_memory_, parked.memory);
    least_storage_ = std::min(least_storage_, parked.storage);
  }

  std::vector<Parked> parked_;
  // No more than what any of them takes.
  Bytes least_memory_ = std::numeric_limits<Bytes>::max();
  Bytes least_storage_ = std::numeric_limits<Bytes>::max();
};

} // namespace wrench_serverless::model
