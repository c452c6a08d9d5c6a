// The cores of a machine among more computations than there are cores: max-min fairness, as SimGrid's CPU model has it.
//
// Each of n computations is given the same, as much as there is, but none more than a core gives, or than its own limit
// if it has one; what those leave goes to the others. Those of one limit always progress alike, so for each limit there
// is one number, the flops that a computation has got that was there all along, and each of its computations ends when
// that number reaches a value known from its start (processor sharing by virtual time). Whoever starts or ends changes
// a rate for each limit, and nothing for each computation.
//
// Costs: the number of different limits, and the move of an array of 16 bytes for each computation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wrench_serverless::model {

class SharedCores {
public:
  // What tells a computation's place: to be kept by whoever added it.
  struct Share {
    double most = 0; // flop/s that it gets at most
    double end = 0;  // flops: where the number of its limit is when it ends
  };

  // Speed of a core in flop/s.
  SharedCores(double speed, std::size_t cores) : speed_(speed), cores_(static_cast<double>(cores)) {}

  bool empty() const { return groups_.empty(); }
  // Flops >= 0; `most` > 0, infinity: a core's speed. Dates never go back.
  Share add(double now, std::uint32_t computation, double flops, double most);
  // Precondition: it is there.
  void remove(double now, std::uint32_t computation, const Share& share);
  // Flops that are still to be done.
  double left(double now, const Share& share) const;

  // The date of the next end, if nobody starts or is removed before; infinity: there is nobody.
  double next_end() const { return next_end_; }
  // Removes the one that ends then, and returns it. Of those that end at one date the one that was added first comes
  // first, if they have the same limit. Precondition: now is that date, or later.
  std::uint32_t end_next(double now);

private:
  struct Running {
    double end;
    std::uint32_t computation;
  };
  struct Group { // those with one limit
    double most;
    double done = 0;                   // flops
    double rate = 0;                   // flop/s
    std::vector<Running> running = {}; // the next to end is the last
  };
  std::size_t find(double most) const; // where it is, or would be
  void settle(double now);
  void share_out();

  double speed_;
  double cores_;
  double settled_ = 0;         // date
  std::vector<Group> groups_;  // none is empty; the least limit first
  double next_end_ = infinity; // date
  std::size_t next_group_ = 0;
  static constexpr double infinity = __builtin_huge_val();
};

} // namespace wrench_serverless::model
