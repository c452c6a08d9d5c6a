// What a disk gives to its operations while streams pass through it (R1).
//
// SimGrid divides what streams share by their round-trip times, as TCP does on a link. An operation of a disk has none,
// and counts as if its were one second: a stream over 50 us would take a disk nearly for itself. So an operation gets
// the mean weight of the streams on its disk: the same share as they have on average. leave_to_simgrid(): operations
// keep the weight of 1 that SimGrid gives them.
#pragma once

#include <simgrid/s4u/Disk.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Io.hpp>

#include <unordered_map>
#include <utility>
#include <vector>

namespace wrench_serverless {

class DiskShares {
public:
  // The weight that SimGrid gives to a stream: 1 / (latency + what the model adds for each link).
  static double weight_of_stream(const simgrid::s4u::Host& from, const simgrid::s4u::Host& to);

  // From now on no operation gets another weight. Precondition: nothing was added.
  void leave_to_simgrid() { simgrids_own_ = true; }

  void add_stream(const simgrid::s4u::Disk& disk, std::uint64_t tag, double weight);
  void add_operation(const simgrid::s4u::Disk& disk, std::uint64_t tag, simgrid::s4u::IoPtr operation);
  // A link of its route may have changed. Nothing happens if no such stream is there.
  void weigh_stream(std::uint64_t tag, const simgrid::s4u::Host& from, const simgrid::s4u::Host& to);
  bool any_streams() const { return streams_ > 0; }
  // A stream or an operation has ended, or was cancelled. Nothing happens if it is not there.
  void remove(std::uint64_t tag);
  void clear() { disks_.clear(), places_.clear(), changed_.clear(), streams_ = 0; }

  bool unsettled() const { return !changed_.empty(); }
  // Gives operations their weights. To be called when nothing has ended that was not removed. True if any changed.
  bool settle();

private:
  struct Operation {
    std::uint64_t tag;
    simgrid::s4u::IoPtr io;
    double weight;
  };
  struct Shares {
    std::vector<std::pair<std::uint64_t, double>> streams;
    std::vector<Operation> operations;
  };
  std::unordered_map<const simgrid::s4u::Disk*, Shares> disks_;                      // looked up only
  std::unordered_map<std::uint64_t, std::vector<const simgrid::s4u::Disk*>> places_; // looked up only
  std::vector<const simgrid::s4u::Disk*> changed_;
  std::size_t streams_ = 0; // one counts at each of its disks
  bool simgrids_own_ = false;
};

} // namespace wrench_serverless
