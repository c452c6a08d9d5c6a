#include "policy/random_node.hpp"
#include "wrench_serverless/placement.hpp"

#include <limits>
#include <stdexcept>
#include <string_view>

namespace wrench_serverless {

using model::Room;

namespace {

// FNV-1a, 64 bits: the same everywhere, as std::hash is not.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char letter : text) {
    value ^= static_cast<unsigned char>(letter);
    value *= 1099511628211ULL;
  }
  return value;
}

// Numbers up to `count` that are coprime to it and to each other, as OpenWhisk picks them: 1, and the primes that do
// not divide it (any other number shares a factor with it or with one of these).
std::vector<std::uint32_t> coprime_strides(std::uint32_t count) {
  std::vector<std::uint32_t> strides{1};
  std::vector<bool> composite(count + 1);
  for (std::uint32_t number = 2; number <= count; ++number) {
    if (composite[number])
      continue;
    for (std::uint64_t multiple = std::uint64_t{number} * number; multiple <= count; multiple += number)
      composite[multiple] = true;
    if (count % number != 0)
      strides.push_back(number);
  }
  return strides;
}

} // namespace

HashAffinity::HashAffinity(std::optional<std::size_t> steps)
    : steps_(steps.value_or(std::numeric_limits<std::size_t>::max())) {
  if (steps_ == 0)
    throw std::invalid_argument("steps is 0: at least the home node has to be tried");
}

void HashAffinity::begin(std::uint64_t seed) {
  random_.seed(seed);
  count_ = 0;
}

HashAffinity::Walk HashAffinity::walk_of(FunctionId function, const ClusterView& view) {
  const auto count = static_cast<std::uint32_t>(view.size());
  if (count_ != count) {
    count_ = count;
    walks_.clear();
    strides_ = coprime_strides(count);
  }
  if (walks_.size() <= function.value)
    walks_.resize(function.value + 1);
  Walk& walk = walks_[function.value];
  if (walk.step == 0) {
    const std::uint64_t value = hash(view.name_of(function));
    walk = {static_cast<std::uint32_t>(value % count), strides_[value % strides_.size()]};
  }
  return walk;
}

NodeId HashAffinity::place(FunctionId function, const ClusterView& view) {
  const model::Cluster& cluster = view.cluster();
  const auto count = static_cast<std::uint32_t>(view.size());
  const Walk walk = walk_of(function, view);
  const model::NodeSet& open = cluster.open_nodes();
  NodeId found[2]; // the first with room of the second degree, and of the third
  std::uint64_t at = walk.home;
  for (std::size_t left = std::min<std::size_t>(steps_, count); left > 0; --left) {
    if (const NodeId node(static_cast<std::uint32_t>(at)); open.contains(node.value)) {
      const Room room = cluster.room(node, function);
      if (room == Room::Free)
        return node; // no degree is better
      if (room != Room::None)
        if (NodeId& first = found[room == Room::Images ? 0 : 1]; !first)
          first = node;
    }
    at += walk.step;
    at -= at >= count ? count : 0; // a division takes longer than all the rest
  }
  if (steps_ >= count) // all were tried
    return found[0] ? found[0] : found[1];
  const Room best = cluster.best_room(function);
  if (best == Room::None)
    return {};
  if (best != Room::Free)
    if (const NodeId first = found[best == Room::Images ? 0 : 1])
      return first;
  return random_node(function, cluster, best, random_);
}

} // namespace wrench_serverless
