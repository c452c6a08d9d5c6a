// One pass over a queue that reserves nothing (R18b): what becomes of each call, in the order in which they are asked
// for.
//
// It works on a copy of the free slots, of which each call takes one: for an idle container, a new one, or an image
// that it waits for. Nothing in the cluster changes. A call costs O(log nodes), and for the first of each function one
// step for each of its idle containers, which are sorted.
#pragma once

#include "model/cluster.hpp"
#include "model/node_set.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

namespace wrench_serverless {

class Pass {
public:
  enum class Step : std::uint8_t {
    Reuse, // an idle container
    Start, // a new one: the image is in memory
    Load,  // the image goes from the node's disk into memory
    Copy,  // the image goes from the head to the node's disk
    Wait,  // it is on its way there: also because of an earlier call of this pass
    Fetch, // the head lacks the image: no slot is taken
    Stay,  // no node with a free slot could ever run it
  };
  struct Decision {
    Step step = Step::Stay;
    NodeId node;
    ContainerId container; // to reuse
  };

  explicit Pass(const model::Cluster& cluster) : cluster_(cluster), open_(cluster.open_nodes()) {}

  // No slot is left on the copy.
  bool full() const { return open_.empty(); }
  // The next call of the queue. `at_head`: its image can be copied from there.
  Decision next(FunctionId function, bool at_head);

private:
  // Of one function: its idle containers by node, and then by age; those before the place are taken.
  struct IdleContainers {
    std::vector<std::pair<NodeId, ContainerId>> list;
    std::size_t place = 0;
  };
  // Where images are on their way since earlier in this pass.
  struct Started {
    std::set<NodeId> loads, copies;
  };
  IdleContainers& idle_of(FunctionId function);
  Decision without_container(FunctionId function, bool at_head);
  NodeId first(model::Warmth warmth, const model::Shape& shape) const;
  NodeId first(std::set<NodeId>& nodes, const model::Shape& shape) const;
  NodeId first_open(const model::Shape& shape) const;
  void take_slot(NodeId node);

  const model::Cluster& cluster_;
  model::NodeSet open_;                                    // with a free slot on the copy
  std::unordered_map<std::uint32_t, int> taken_;           // by node
  std::unordered_map<std::uint32_t, IdleContainers> idle_; // by function
  std::unordered_map<std::uint32_t, Started> started_;     // by image
};

} // namespace wrench_serverless
