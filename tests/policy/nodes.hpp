// A cluster to ask policies about.
#pragma once

#include "model/cluster.hpp"
#include "wrench_serverless/placement.hpp"

#include "../random.hpp"

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
  model::Cluster cluster{[](ws::ContainerId) {}};

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
  Churn(Random& random, std::size_t count, int slots) : nodes(count, slots), random_(random) {
    for (int i = 0; i < 4; ++i) {
      const auto image = nodes.cluster.add_image({std::to_string(i), random.between(0, 300), random.between(0, 300)});
      for (int f = 0; f < 2; ++f)
        functions.push_back(nodes.cluster.add_function(
            {image, random.between(1, 500), random.between(1, 400), 1, "f" + std::to_string(functions.size())}));
    }
  }
  void step() {
    model::Cluster& cluster = nodes.cluster;
    const FunctionId f = functions[random_.below(functions.size())];
    const NodeId node(random_.below(cluster.node_count()));
    const std::uint32_t dice = random_.below(8);
    if (dice > 2 && cluster.fits(node, f)) {
      claims_.push_back(cluster.claim(node, f));
      const ImageId image = cluster.shape(f).image;
      for (std::uint32_t so_far = random_.below(4), i = 0; i <= so_far; ++i)
        if (steps[i] < cluster.warmth(node, image))
          cluster.set_warmth(node, image, steps[i]);
    } else if (dice == 0) {
      cluster.set_up(node, !cluster.node(node).up);
    } else if (!claims_.empty()) {
      const std::size_t which = random_.below(claims_.size());
      cluster.end(claims_[which]);
      claims_.erase(claims_.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }

  Nodes nodes;
  std::vector<FunctionId> functions;

private:
  Random& random_;
  std::vector<ws::ContainerId> claims_;
};
