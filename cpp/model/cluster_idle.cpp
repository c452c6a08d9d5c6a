// The idle containers of each node, in the order in which they became idle: for whoever has to make room there (R9,
// R10), and for a queue, when a slot is given back there (R17).
//
// Their lists are made when one is asked for, and kept up to date until for a long time nobody has asked: a provider
// with room for all its containers, where nobody waits, does not pay for them. While there are no lists, each has a
// number that says when it became idle.
#include "model/cluster.hpp"

#include <algorithm>

namespace wrench_serverless::model {

namespace {
// Lists go when as many containers as there are have become idle since they were asked for. Then to make them anew
// costs each of these about what to keep them would have. For the same reason they are made when, without them, so many
// times as many as there are were looked at.
constexpr std::uint64_t patience = 4;
} // namespace

const RecencyList& Cluster::idle_on(NodeId id) {
  idle_asked_ = idle_number_;
  if (idle_lists_.empty())
    make_idle_lists();
  return idle_lists_[id.value];
}

bool Cluster::is_cheaper_to_ask_for(std::span<const FunctionId> functions) {
  const std::uint64_t most = patience * containers_.places();
  if (!idle_lists_.empty() || looked_at_ > most)
    return false;
  std::uint64_t containers = functions.size();
  for (const FunctionId function : functions) {
    containers += functions_[function.value].ready.size();
    if (containers > most)
      return false;
  }
  looked_at_ += containers;
  return true;
}

void Cluster::make_idle_lists() {
  looked_at_ = 0;
  std::vector<ContainerId> idle;
  for (std::uint32_t index = 0; index < containers_.places(); ++index)
    if (containers_[ContainerId(index)].state == ContainerState::Idle)
      idle.emplace_back(index);
  std::ranges::sort(idle, {}, [this](ContainerId id) { return containers_[id].idle_place; });
  idle_lists_.resize(nodes_.size());
  for (const ContainerId id : idle) {
    Container& container = containers_[id];
    container.idle_place = idle_lists_[container.node.value].push(id, container.function.value);
  }
}

// Their places become their numbers: these are lower than any to come.
void Cluster::drop_idle_lists() {
  for (const RecencyList& list : idle_lists_) {
    std::uint64_t number = 0;
    list.oldest([&](const RecencyList::Entry& entry) {
      containers_[entry.id].idle_place = number++;
      return false;
    });
  }
  idle_lists_.clear();
}

void Cluster::put_in_order(ContainerId id, Container& container) {
  const std::uint64_t number = container.idle_place;
  if (number - idle_asked_ > containers_.places())
    drop_idle_lists();
  else if (!idle_lists_.empty())
    container.idle_place = idle_lists_[container.node.value].push(id, container.function.value);
  if (idle_order_ == nullptr)
    return;
  ContainerRest& rest = rests_[id.value];
  rest.priority = idle_order_->priority(id);
  rest.idle_number = number;
  contents_[container.node.value].by_priority.emplace(rest.priority, number, id);
}

void Cluster::take_out_of_order(ContainerId id, const Container& container) {
  if (!idle_lists_.empty())
    idle_lists_[container.node.value].take_out(
        id, static_cast<std::uint32_t>(container.idle_place),
        [this](ContainerId moved, std::uint32_t place) { containers_[moved].idle_place = place; });
  if (idle_order_ == nullptr)
    return;
  const ContainerRest& rest = rests_[id.value];
  contents_[container.node.value].by_priority.erase({rest.priority, rest.idle_number, id});
}

// Of its idle containers; those that are kept never go (R32).
ContainerId Cluster::first_to_go(NodeId id) {
  if (nodes_[id.value].idle == 0)
    return {};
  const auto& by_priority = contents_[id.value].by_priority;
  for (const auto& entry : by_priority)
    if (const ContainerId first = std::get<ContainerId>(entry); !containers_[first].kept)
      return first;
  if (!by_priority.empty())
    return {};
  return idle_on(id).oldest([this](const RecencyList::Entry& entry) { return !containers_[entry.id].kept; });
}

ContainerId Cluster::newest_idle_of(FunctionId function, NodeId node) const {
  const FunctionState& state = functions_[function.value];
  return state.concurrency == 1
             ? state.ready.newest_in(OneNumber{node.value})
             : state.ready.newest([this, node](const RecencyList::Entry& entry) {
                 return entry.number == node.value && containers_[entry.id].state == ContainerState::Idle;
               });
}

ContainerId Cluster::oldest_idle_of(FunctionId function) const {
  return functions_[function.value].ready.oldest([this](const RecencyList::Entry& entry) {
    return containers_[entry.id].state == ContainerState::Idle && !containers_[entry.id].kept;
  });
}

} // namespace wrench_serverless::model
