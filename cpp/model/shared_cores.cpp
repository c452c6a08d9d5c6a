#include "model/shared_cores.hpp"

#include <algorithm>
#include <utility>

namespace wrench_serverless::model {

std::size_t SharedCores::find(double most) const {
  const auto found = std::ranges::lower_bound(groups_, most, {}, &Group::most);
  return static_cast<std::size_t>(found - groups_.begin());
}

SharedCores::Share SharedCores::add(double now, std::uint32_t computation, double flops, double most) {
  settle(now);
  most = std::min(most, speed_);
  const std::size_t place = find(most);
  if (place == groups_.size() || groups_[place].most != most)
    groups_.insert(groups_.begin() + static_cast<std::ptrdiff_t>(place), Group{.most = most});
  Group& group = groups_[place];
  const Share share{.most = most, .end = group.done + flops};
  // Before those of the same end, so that they come first.
  const auto before = std::ranges::lower_bound(group.running, share.end, std::ranges::greater(), &Running::end);
  group.running.insert(before, Running{share.end, computation});
  share_out();
  return share;
}

void SharedCores::remove(double now, std::uint32_t computation, const Share& share) {
  settle(now);
  const std::size_t place = find(share.most);
  Group& group = groups_[place];
  const auto same_end = std::ranges::equal_range(group.running, share.end, std::ranges::greater(), &Running::end);
  group.running.erase(std::ranges::find(same_end, computation, &Running::computation));
  if (group.running.empty())
    groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(place));
  share_out();
}

double SharedCores::left(double now, const Share& share) const {
  const Group& group = groups_[find(share.most)];
  return std::max(0.0, share.end - (group.done + group.rate * (now - settled_)));
}

std::uint32_t SharedCores::end_next(double now) {
  const std::size_t place = next_group_;
  settle(now);
  Group& group = groups_[place];
  const Running ended = group.running.back();
  group.running.pop_back();
  group.done = ended.end; // exactly: rounding doesn't add up
  if (group.running.empty())
    groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(place));
  share_out();
  return ended.computation;
}

// Books what was done since.
void SharedCores::settle(double now) {
  for (Group& group : groups_)
    group.done += group.rate * (now - settled_);
  settled_ = now;
}

// The rates from now on, and who ends first then.
void SharedCores::share_out() {
  double available = cores_ * speed_;
  std::size_t others = 0;
  for (const Group& group : groups_)
    others += group.running.size();
  next_end_ = infinity;
  for (std::size_t place = 0; place < groups_.size(); ++place) { // the least limit first: what it leaves is known
    Group& group = groups_[place];
    group.rate = std::min(group.most, available / static_cast<double>(others));
    available -= group.rate * static_cast<double>(group.running.size());
    others -= group.running.size();
    const double date = settled_ + std::max(0.0, group.running.back().end - group.done) / group.rate;
    if (date < next_end_) {
      next_end_ = date;
      next_group_ = place;
    }
  }
}

} // namespace wrench_serverless::model
