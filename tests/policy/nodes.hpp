// A cluster to ask policies about.
#pragma once

#include "model/cluster.hpp"
#include "wrench_serverless/placement.hpp"

#include "../random.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ws = wrench_serverless;
namespace model = ws::model;
using model::Warmth;
using ws::FunctionId;
using ws::ImageId;
using ws::NodeId;

inline constexpr Warmth steps[] = {Warmth::ToDisk, Warmth::OnDisk, Warmth::ToMemory, Warmth::InMemory};

struct Nodes {
  std::vector<std::unique_ptr<model::Space>> stores;
  std::function<void(ws::ContainerId)> on_evict = [](ws::ContainerId) {};
  model::Cluster cluster{[this](ws::ContainerId id) { on_evict(id); }};

  explicit Nodes(std::size_t count, int slots = 2) {
    for (std::size_t i = 0; i < count; ++i) {
      stores.push_back(std::make_unique<model::Space>(1'000));
      cluster.add_node(slots, 1'000, *stores.back());
    }
  }
  // The image gets so far on the node, and nobody uses it there if it has arrived.
  void bring(NodeId node, FunctionId f, Warmth to) {
    const ImageId image = cluster.shape(f).image;
    const ws::ContainerId claim = cluster.claim(node, f);
    for (const Warmth step : steps)
      if (step >= to && step < cluster.warmth(node, image))
        cluster.set_warmth(node, image, step);
    if (to == Warmth::OnDisk || to == Warmth::InMemory)
      cluster.end(claim);
  }
  void fill(NodeId node, FunctionId f) {
    while (cluster.fits(node, f))
      cluster.claim(node, f);
  }
};

// Claims, containers and images that come and go at random: each step leaves another cluster.
class Churn {
public:
  // So many steps of 16 are claims, where there is room: with many, memory is full, and something has to go.
  Churn(Random& random, std::size_t count, int slots, std::uint32_t eager = 6)
      : nodes(count, slots), random_(random), eager_(eager) {
    nodes.on_evict = [this](ws::ContainerId id) { std::erase(live_, id); };
    for (int i = 0; i < 4; ++i) {
      const auto image = nodes.cluster.add_image({std::to_string(i), random.between(0, 300), random.between(0, 300)});
      for (int f = 0; f < 2; ++f)
        functions.push_back(
            nodes.cluster.add_function({image, random.between(1, 400) + (f == 0 ? 0 : 300), random.between(1, 400), 1,
                                        "f" + std::to_string(functions.size())}));
    }
  }
  void step() {
    model::Cluster& cluster = nodes.cluster;
    const FunctionId f = functions[random_.below(functions.size())];
    const NodeId node(random_.below(cluster.node_count()));
    const std::uint32_t dice = random_.below(16);
    if (dice >= 16 - eager_ && cluster.fits(node, f)) {
      claim(node, f);
    } else if (dice == 0) {
      cluster.set_up(node, !cluster.node(node).up || random_.below(8) > 0);
    } else if (!live_.empty()) {
      const ws::ContainerId id = live_[random_.below(live_.size())];
      const model::ContainerState state = cluster.container(id).state;
      if (dice == 1)
        end(id);
      else if (state == model::ContainerState::Busy)
        cluster.make_idle(id);
      else if (state == model::ContainerState::Idle)
        take(id);
      else if (cluster.container(id).image->warmth == Warmth::InMemory)
        cluster.make_busy(id);
    }
  }

  Nodes nodes;
  std::vector<FunctionId> functions;

private:
  void claim(NodeId node, FunctionId f) {
    model::Cluster& cluster = nodes.cluster;
    live_.push_back(cluster.claim(node, f));
    if (random_.below(10) == 0)
      cluster.keep(live_.back());
    const ImageId image = cluster.shape(f).image;
    for (std::uint32_t so_far = random_.below(8), i = 0; i <= std::min(so_far, 3U); ++i)
      if (steps[i] < cluster.warmth(node, image))
        cluster.set_warmth(node, image, steps[i]);
    if (cluster.warmth(node, image) == Warmth::InMemory && random_.coin()) { // most of the memory is that of idle ones
      cluster.make_busy(live_.back());
      cluster.make_idle(live_.back());
    }
  }
  void take(ws::ContainerId id) {
    if (nodes.cluster.has_free_slot(nodes.cluster.container(id).node))
      nodes.cluster.make_busy(id);
  }
  void end(ws::ContainerId id) {
    nodes.cluster.end(id);
    std::erase(live_, id);
  }

  Random& random_;
  std::uint32_t eager_;
  std::vector<ws::ContainerId> live_;
};
