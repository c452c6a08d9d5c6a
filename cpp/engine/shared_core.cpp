#include "engine/shared_core.hpp"

#include "engine/runtime.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace wrench_serverless {

Canceller SharedCore::compute(double flops, Continuation done) {
  settle();
  const std::uint32_t number = numbers_++;
  const auto share = inside_.add(done_, number, flops, std::numeric_limits<double>::infinity());
  computations_.emplace(number, Computation{share, done});
  go_on();
  return Canceller::of<&SharedCore::cancel>(this, number);
}

// Stops the execution under way, and books what it has done.
void SharedCore::settle() {
  if (!execution_)
    return;
  done_ += amount_ - runtime_.cpus().remaining(execution_.tag);
  std::exchange(execution_, {})();
}

// Until the first one is done, if nothing else happens.
void SharedCore::go_on() {
  if (inside_.empty()) { // no rounding error outlives a busy period
    inside_ = {1, 1};
    done_ = 0;
    return;
  }
  // Rounding may have it done already: SimGrid says so at once.
  amount_ = std::max(inside_.next_end() - done_, 1e-9);
  execution_ = runtime_.cpus().compute(host_, amount_, Continuation::of<&SharedCore::first_is_done>(this, 0), most_);
}

void SharedCore::first_is_done(std::uint64_t, Outcome failure) {
  execution_ = {};
  std::vector<Continuation> ended;
  done_ = inside_.next_end();
  while (inside_.next_end() <= (failure != nullptr ? std::numeric_limits<double>::max() : done_)) { // all: it went off
    done_ = std::max(done_, inside_.next_end());
    const auto found = computations_.find(inside_.end_next(done_));
    ended.push_back(found->second.done);
    computations_.erase(found);
  }
  go_on();
  for (const Continuation& done : ended)
    done(failure);
}

void SharedCore::cancel(std::uint64_t number) {
  const auto found = computations_.find(static_cast<std::uint32_t>(number));
  if (found == computations_.end())
    return; // it has ended
  settle();
  inside_.remove(done_, found->first, found->second.share);
  computations_.erase(found);
  go_on();
}

} // namespace wrench_serverless
