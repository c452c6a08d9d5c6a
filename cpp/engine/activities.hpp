// What goes on in SimGrid: computations, disk accesses and streams, each with a continuation.
#pragma once

#include "engine/continuation.hpp"
#include "engine/disk_shares.hpp"
#include "engine/simgrid_kernel.hpp"
#include "model/slab.hpp"
#include "wrench_serverless/ids.hpp"

#include <simgrid/s4u/Disk.hpp>
#include <simgrid/s4u/Exec.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Io.hpp>

#include <limits>

namespace wrench_serverless {

class Runtime;

using ActivityId = Id<struct ActivityTag>;

// One end of a stream. Without a disk: the memory of the host.
struct StreamEnd {
  simgrid::s4u::Host* host;
  simgrid::s4u::Disk* disk = nullptr;
};

class Activities {
public:
  static constexpr double no_limit = std::numeric_limits<double>::infinity();
  explicit Activities(Runtime& runtime) : runtime_(runtime) {}

  // `now` is the present date: SimGrid is brought there first. Amounts > 0.
  // `most`: flop/s that it gets at most; infinity: as many as a core gives.
  Canceller compute(double now, simgrid::s4u::Host& host, double flops, Continuation done, double most = no_limit);
  Canceller access_disk(double now, simgrid::s4u::Disk& disk, simgrid::s4u::Io::OpType operation, Bytes size,
                        Continuation done);
  Canceller stream(double now, StreamEnd from, StreamEnd to, Bytes size, Continuation done);

  // Operations of a disk weigh 1 beside streams, whatever these weigh (disk_shares.hpp).
  void leave_disks_to_simgrid() { shares_.leave_to_simgrid(); }

  // Flops of a computation that are still to be done, by the tag of its canceller.
  double remaining(double now, std::uint64_t tag);

  // What goes on at the host, or between it and another one, has failed.
  void fail_on(const simgrid::s4u::Host& host);

  // The bandwidth or the latency of a link is another one.
  void links_changed();

  bool any() const { return under_way_ > 0; }
  // Has anything ended since, or have disks to be shared anew? Calls the continuations of what has ended, in the order
  // in which it did. True if there were any.
  bool has_news() const { return !ended_.empty() || shares_.unsettled(); }
  bool call_ended();
  // Cancels everything, without continuations.
  void cancel_all();

private:
  struct Entry {
    simgrid::s4u::ActivityPtr activity;
    Continuation done;
    const simgrid::s4u::Host* from = nullptr;
    const simgrid::s4u::Host* to = nullptr; // the same, but for a stream
    std::uint32_t generation = 0;
  };
  // Brings SimGrid to the date, and makes an entry.
  std::uint64_t enter(double now, const simgrid::s4u::Host& from, const simgrid::s4u::Host& to,
                      const Continuation& done);
  template <class ActivityPointer> Canceller start(std::uint64_t tag, ActivityPointer activity);
  Canceller fail(std::uint64_t tag);
  void ended(std::uint64_t tag, bool failed);
  void cancel(std::uint64_t tag);
  void drop(std::uint64_t tag);

  Runtime& runtime_;
  DiskShares shares_;
  model::Slab<Entry, ActivityId> entries_;
  std::uint32_t generation_ = 0;
  std::size_t under_way_ = 0;
  std::vector<std::pair<std::uint64_t, bool>> ended_; // tag, failed
  std::vector<std::pair<std::uint64_t, bool>> calling_;
};

} // namespace wrench_serverless
