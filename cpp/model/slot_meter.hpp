// Measures the slots in use over time (wrench_serverless/slot_use.hpp), in constant memory.
//
// Each change costs a few additions on one cache line, whatever is recorded of the invocations: the measure needs no
// rows, and includes what has none, such as claims that were given up and attempts that were repeated. The bins become
// twice as wide whenever all of them are full.
#pragma once

#include "wrench_serverless/slot_use.hpp"

#include <cstddef>
#include <limits>
#include <vector>

namespace wrench_serverless::model {

class SlotMeter {
public:
  static constexpr std::size_t most_bins = 1024; // even: they are merged in pairs

  // `clock`: the simulated time, as long as this lives.
  explicit SlotMeter(const double& clock) : clock_(&clock) {}
  // Another one, before anything is counted.
  void follow(const double& clock) { clock_ = &clock; }

  void hold(int slots) { change(held_, slots); }
  void run_body(int bodies) { change(body_, bodies); } // in a slot that had none, or the last one there has ended
  // A call has come: if it is the first one, the measured time begins.
  void called() {
    if (!begun_)
      begin();
  }
  // A call has ended: the measured time does, unless more comes.
  void ended() {
    advance();
    end_ = *clock_;
    end_bin_ = bin_;
    end_held_ = held_.until(edge_ - end_);
    end_body_ = body_.until(edge_ - end_);
  }
  // `goes_on`: some calls have not ended, so the measured time ends now.
  SlotUse use(bool goes_on) const;

private:
  struct Level {
    double slots = 0;
    double sum = 0; // slot-seconds of the present bin, if nothing changes before its end
    // Of the present bin up to now; `rest`: what is left of it.
    double until(double rest) const { return sum - slots * rest; }
  };

  void change(Level& level, int slots) {
    advance();
    level.slots += slots;
    level.sum += slots * (edge_ - *clock_); // means nothing before the first call
  }
  void advance() {
    if (*clock_ >= edge_)
      close_bins();
  }
  void begin();
  void close_bins();
  void merge_bins();
  double end_of_bin() const { return begin_ + width_ * static_cast<double>(bin_ + 1); }

  const double* clock_;
  double edge_ = std::numeric_limits<double>::max(); // end of the present bin; before the first call there is none
  Level held_, body_;
  // The last end, its bin, and what that one has up to there.
  double end_ = never;
  double end_held_ = 0, end_body_ = 0;
  std::size_t end_bin_ = 0;
  std::size_t bin_ = 0; // the present one
  bool begun_ = false;
  double begin_ = 0;
  double width_ = 0;
  std::vector<double> held_bins_, body_bins_; // those before it
};

} // namespace wrench_serverless::model
