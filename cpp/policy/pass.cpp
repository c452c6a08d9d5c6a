#include "policy/pass.hpp"

#include <algorithm>

namespace wrench_serverless {

using model::Warmth;

Pass::Decision Pass::next(FunctionId function, bool at_head) {
  if (full())
    return {};
  IdleContainers& idle = idle_of(function);
  // Nodes only ever fill up during a pass: what has no slot now has none later.
  while (idle.place < idle.list.size() && !open_.contains(idle.list[idle.place].first.value))
    ++idle.place;
  Decision decision;
  if (idle.place < idle.list.size()) {
    const auto [node, container] = idle.list[idle.place++];
    decision = {Step::Reuse, node, container};
  } else {
    decision = without_container(function, at_head);
  }
  if (decision.node)
    take_slot(decision.node);
  return decision;
}

Pass::IdleContainers& Pass::idle_of(FunctionId function) {
  const auto [found, fresh] = idle_.try_emplace(function.value);
  IdleContainers& idle = found->second;
  if (fresh) {
    cluster_.for_each_idle_of(function, [&](ContainerId id, NodeId node) { idle.list.emplace_back(node, id); });
    std::ranges::sort(idle.list, {}, [this](const auto& entry) {
      return std::pair{entry.first.value, cluster_.container(entry.second).generation};
    });
  }
  return idle;
}

Pass::Decision Pass::without_container(FunctionId function, bool at_head) {
  const model::Shape& shape = cluster_.shape(function);
  Started& started = started_[shape.image.value];

  if (const NodeId node = first(Warmth::InMemory, shape))
    return {Step::Start, node, {}};
  if (const NodeId node = std::min(first(Warmth::ToMemory, shape), first(started.loads, shape)))
    return {Step::Wait, node, {}};
  if (const NodeId node = first(Warmth::OnDisk, shape)) {
    started.loads.insert(node);
    return {Step::Load, node, {}};
  }
  if (const NodeId node = std::min(first(Warmth::ToDisk, shape), first(started.copies, shape)))
    return {Step::Wait, node, {}};
  const NodeId node = first_open(shape);
  if (!node)
    return {};
  if (!at_head)
    return {Step::Fetch, {}, {}};
  started.copies.insert(node);
  return {Step::Copy, node, {}};
}

NodeId Pass::first(Warmth warmth, const model::Shape& shape) const {
  const model::ImageNodes& nodes = cluster_.nodes_with(shape.image);
  for (auto index = nodes.next_of(warmth, open_, 0); index; index = nodes.next_of(warmth, open_, *index + 1))
    if (const NodeId node(*index); cluster_.could_ever_fit(node, shape))
      return node;
  return {};
}

// Each node that has no slot left is passed once.
NodeId Pass::first(std::set<NodeId>& nodes, const model::Shape& shape) const {
  for (auto node = nodes.begin(); node != nodes.end();) {
    if (!open_.contains(node->value))
      node = nodes.erase(node);
    else if (cluster_.could_ever_fit(*node, shape))
      return *node;
    else
      ++node;
  }
  return {};
}

NodeId Pass::first_open(const model::Shape& shape) const {
  for (auto index = open_.next(0); index; index = open_.next(*index + 1))
    if (cluster_.could_ever_fit(NodeId(*index), shape))
      return NodeId(*index);
  return {};
}

void Pass::take_slot(NodeId node) {
  const model::Node& of = cluster_.node(node);
  if (++taken_[node.value] == of.slots - of.used_slots)
    open_.erase(node.value);
}

} // namespace wrench_serverless
