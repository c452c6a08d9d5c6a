// A container in the books of a cluster, and what its provider notes of it.
#pragma once

#include "model/image_on_node.hpp"
#include "wrench_serverless/ids.hpp"

#include <bit>
#include <cstdint>
#include <limits>

namespace wrench_serverless::model {

// Warming: it starts for no invocation in particular, and takes the first that comes.
enum class ContainerState : std::uint8_t { Gone, Claimed, Warming, Busy, Idle };

// Nothing of this means anything to the cluster. It is beside the container because who asks for the one asks for the
// other, and in a cluster with many of them every look at another line of the cache is paid for.
struct ContainerNotes {
  double expires = 0;            // of an idle one, or one that was idle
  double busy_seconds = 0;       // with bodies, and
  std::uint32_t invocations = 0; // those that have ended: for its row, in time
  bool starting = false;         // until it is ready
  bool timed = false;            // a check whether it has expired is due; never later than `expires`
  bool has_extras = false;
  // The number of the replay that has a call which sleeps in it (Container::sleeper), or:
  static constexpr std::uint8_t nobody = 255;
  std::uint8_t sleeps_for = nobody;
};

// Of a call that sleeps in a container that it has to itself, for a replay: all that its end needs to know.
struct Sleeper {
  std::uint32_t call = 0; // its id
  double seconds = 0;     // that it takes
};

// All that a call and its end ask of a container.
struct alignas(64) Container { // one line of a cache
  FunctionId function;
  NodeId node;
  std::uint32_t generation = 0; // tells it from an earlier one in the same place
  std::uint32_t active = 0;     // invocations that it has
  // Those that can take an invocation, idle or busy, are in their function's list, those that are warming in another
  // one. The highest place there that it can have:
  std::uint32_t in_function = 0;
  ContainerState state = ContainerState::Gone;
  bool listed = false;  // in its function's list
  bool retired = false; // takes no more invocations
  bool kept = false;    // provisioned: never dropped to make room, also while it is idle (R32)
  // Of an idle one: the highest place that it can have in its node's list; while there are no such lists, a number that
  // is higher the later it became idle.
  std::uint64_t idle_place = 0;
  ImageOnNode* image = nullptr; // its own, there
  ContainerNotes notes = {};

  // A busy one that takes one call at a time is in no list, so what says where it is there is free for who sleeps in it
  // (service/sleepers.cpp).
  bool has_sleeper() const { return notes.sleeps_for != ContainerNotes::nobody; }
  Sleeper sleeper() const { return {in_function, std::bit_cast<double>(idle_place)}; }
  void lay_down(const Sleeper& sleeper, std::uint8_t replay) {
    in_function = sleeper.call;
    idle_place = std::bit_cast<std::uint64_t>(sleeper.seconds);
    notes.sleeps_for = replay;
  }
};
static_assert(sizeof(Container) == 64);

// What is asked when it begins and ends, or of few only.
struct ContainerRest {
  double priority = 0;           // of an idle one, where there is an IdleOrder, and
  std::uint64_t idle_number = 0; // higher the later it became idle
  // Nothing of the rest means anything to the cluster.
  double ready = 0;                                       // when its start is over; of a claim: when it was made
  double timer = std::numeric_limits<double>::infinity(); // date of the check, if it is timed
  double busy_since = 0;                // if it takes several at once: when the first of its bodies started
  std::uint32_t bodies = 0;             // likewise: those that run
  std::uint32_t row = 0;                // in the tables
  Id<struct ContainerExtrasTag> extras; // if it has any
};

} // namespace wrench_serverless::model
