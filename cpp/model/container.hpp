// A container in the books of a cluster, and what its provider notes of it.
#pragma once

#include "model/image_on_node.hpp"
#include "wrench_serverless/ids.hpp"

#include <cstdint>
#include <limits>

namespace wrench_serverless::model {

// Warming: it starts for no invocation in particular, and takes the first that comes.
enum class ContainerState : std::uint8_t { Gone, Claimed, Warming, Busy, Idle };

// Nothing of this means anything to the cluster. It is beside the container because who asks for the one asks for the
// other, and in a cluster with many of them every look at another page is paid for.
struct ContainerNotes {
  double ready = 0; // when its start is over; of a claim: when it was made
  double expires = 0;
  double timer = std::numeric_limits<double>::infinity(); // date of the next check whether it has expired
  double busy_since = 0;                                  // when the first of its bodies started
  double busy_seconds = 0;                                // before that, and
  std::uint32_t invocations = 0;                          // those that have ended: for its row, in time
  std::uint32_t row = 0;
  std::uint32_t bodies = 0;             // that run
  Id<struct ContainerExtrasTag> extras; // what few containers need
  bool starting = false;                // until it is ready
  bool provisioned = false;
};

struct alignas(128) Container { // two lines of a cache
  FunctionId function;
  NodeId node;
  ContainerState state = ContainerState::Gone;
  bool listed = false;          // in its function's list
  bool retired = false;         // takes no more invocations
  bool kept = false;            // never dropped to make room, also while it is idle (R32)
  std::uint32_t generation = 0; // tells it from an earlier one in the same place
  std::uint32_t active = 0;     // invocations that it has
  // Those that can take an invocation, idle or busy, are in their function's list, those that are warming in another
  // one. Idle ones are in their node's too. Their places there, of the first the highest that it can be:
  std::uint32_t in_function = 0, in_node = 0;
  ImageOnNode* image = nullptr;  // its own, there
  double priority = 0;           // of an idle one, where there is an IdleOrder
  std::uint64_t idle_number = 0; // tells which has been idle for longer
  ContainerNotes notes = {};
};

} // namespace wrench_serverless::model
