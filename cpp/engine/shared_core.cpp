#include "engine/shared_core.hpp"

#include "engine/runtime.hpp"

#include <algorithm>
#include <vector>

namespace wrench_serverless {

Canceller SharedCore::compute(double flops, Continuation done) {
  settle();
  const std::uint64_t number = numbers_++;
  computations_.emplace(Key{service_ + flops, number}, done);
  ends_.emplace(number, service_ + flops);
  go_on();
  return Canceller::of<&SharedCore::cancel>(this, number);
}

// Stops the execution under way, and books what it has done.
void SharedCore::settle() {
  if (!execution_)
    return;
  const double left = runtime_.cpus().remaining(execution_.tag);
  service_ += (amount_ - left) / static_cast<double>(computations_.size());
  std::exchange(execution_, {})();
}

// Until the first one is done, if nothing else happens.
void SharedCore::go_on() {
  if (computations_.empty()) {
    service_ = 0; // no rounding error outlives a busy period
    return;
  }
  amount_ = (computations_.begin()->first.first - service_) * static_cast<double>(computations_.size());
  amount_ = std::max(amount_, 1e-9); // rounding may have it done already: SimGrid says so at once
  execution_ = runtime_.cpus().compute(host_, amount_, Continuation::of<&SharedCore::first_is_done>(this, 0), most_);
}

void SharedCore::first_is_done(std::uint64_t, Outcome failure) {
  execution_ = {};
  std::vector<Continuation> ended;
  // All of them when the host went off.
  while (!computations_.empty() &&
         (failure != nullptr || ended.empty() || computations_.begin()->first.first <= service_)) {
    const auto first = computations_.begin();
    service_ = first->first.first;
    ended.push_back(first->second);
    ends_.erase(first->first.second);
    computations_.erase(first);
  }
  go_on();
  for (const Continuation& done : ended)
    done(failure);
}

void SharedCore::cancel(std::uint64_t number) {
  const auto found = ends_.find(number);
  if (found == ends_.end())
    return; // it has ended
  settle();
  computations_.erase({found->second, number});
  ends_.erase(found);
  go_on();
}

} // namespace wrench_serverless
