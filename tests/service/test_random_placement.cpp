// R29: what a random policy chooses is by the seed of the simulation and the name of the provider, and whoever else
// draws changes nothing.
#include "cloud.hpp"

#include <cstdint>

namespace {

std::shared_ptr<ws::PlacementPolicy> make(bool power) {
  if (power)
    return std::make_shared<ws::PowerOfTwoChoices>();
  return std::make_shared<ws::Random>();
}

// The nodes of twelve calls, one after the other, each in a new container; another provider's draw before each.
std::vector<std::string> nodes_of(bool power, std::uint64_t seed, bool other) {
  Cloud cloud(round_numbers(16), seed);
  auto& first =
      cloud.provider({.node_store = 5_GB, .node_memory = 2_GB, .keep_alive = 0, .placement = make(power)}, 16);
  const auto f = cloud.sleeper("f", first);
  auto& second = cloud.provider(
      {.image_store = 1_GB, .node_store = 5_GB, .keep_alive = 0, .placement = std::make_shared<ws::Random>()}, 16);
  const auto g = cloud.sleeper("g", second);
  std::vector<std::string> nodes;
  cloud.run([&] {
    for (int i = 0; i < 12; ++i) {
      if (other)
        cloud.invoke(g, 0.1);
      nodes.push_back(cloud.call(f, 1).node());
    }
  });
  return nodes;
}

} // namespace

TEST_CASE("R29 random choices are by the seed, and nobody else's draws change them") {
  const bool power = GENERATE(false, true);
  CAPTURE(power);
  const auto nodes = nodes_of(power, 1, false);
  CHECK(nodes_of(power, 1, false) == nodes);
  CHECK(nodes_of(power, 1, true) == nodes);
  CHECK(nodes_of(power, 2, false) != nodes);
}
