// R19, R21: many images, and little room for them at the head and on the nodes, at random. Every invocation ends, and
// what is transferred is what is needed:
//
// - two transfers of a file to one place never overlap;
// - a transfer to the head is for at least one call that waits when it begins; where claims are made before the image
//   is at the head (R16), for at least one transfer to a node;
// - a file comes to the head again only if, since it was last in use there, the files in use, it included, were more
//   than the head has room for (LRU, R6);
// - where a node's store has room for all images and containers, each image comes to it once.
#include "cloud.hpp"

#include "../random.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace {

struct Pressure {
  std::vector<std::string> files; // by function: of its image
  ws::Bytes head = 0;
  bool roomy_nodes = false;
  std::map<std::string, ws::Bytes> sizes;
  ws::Results results;
};

Pressure simulate(std::uint32_t seed, ws::Claims claims) {
  Random random(seed);
  Pressure pressure;
  ws::ClusterOptions platform = round_numbers(3);
  platform.ram = random.between(600, 2'000) * 1_MB;
  Cloud cloud(platform);
  pressure.head = random.between(200, 700) * 1_MB;
  pressure.roomy_nodes = random.below(3) == 0;
  ws::ServerlessOptions options{.image_store = pressure.head, .slots = static_cast<int>(random.between(1, 4))};
  options.node_store = pressure.roomy_nodes ? 8_GB : random.between(400, 1'200) * 1_MB;
  options.keep_alive = random.coin() ? 2.0 : infinity;
  options.claims = claims;
  auto& provider = cloud.provider(options, 3);
  std::vector<std::shared_ptr<const ws::Image>> images;
  for (int i = 0; i < 10; ++i) {
    const std::string name = "image-" + std::to_string(i);
    pressure.sizes[name] = random.between(10, 300) * 1_MB;
    images.push_back(cloud.image(name, pressure.sizes[name], random.between(0, 300) * 1_MB));
  }
  std::vector<Function> functions;
  std::vector<bool> impossible;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto& image = images[i < images.size() ? i : random.below(images.size())];
    functions.push_back(cloud.sleeper(
        "f" + std::to_string(i), provider,
        {.memory = random.between(50, 300) * 1_MB, .ephemeral_storage = random.between(1, 100) * 1_MB}, image));
    impossible.push_back(image->size > pressure.head);
    pressure.files.push_back(image->file.file);
  }
  cloud.run([&] {
    std::vector<ws::Invocation> calls;
    std::vector<State> expected;
    for (int i = 0; i < 120; ++i) {
      ws::sleep(random.below(100) / 100.0);
      const std::size_t f = random.below(functions.size());
      calls.push_back(cloud.invoke(functions[f], random.below(200) / 100.0));
      expected.push_back(impossible[f] ? State::Failed : State::Completed);
    }
    CHECK(cloud.manager.wait_all(calls) == expected);
    for (std::size_t i = 0; i < calls.size(); ++i)
      if (expected[i] == State::Failed)
        CHECK_FALSE(message<ws::StorageFull>(calls[i].failure()).empty());
    ws::sleep(60);
  });
  const auto view = provider.cluster();
  for (std::uint32_t n = 0; n < 3; ++n) {
    const auto node = view.node(ws::NodeId(n));
    CHECK(node.used_slots() == 0);
    CHECK(node.free_memory() + node.reclaimable_memory() == node.memory());
    CHECK(node.free_storage() + node.reclaimable_storage() == node.storage());
  }
  CHECK(provider.queued() == 0);
  pressure.results = cloud.sim.results();
  return pressure;
}

} // namespace

TEST_CASE("R19 R21 many images and little room: every invocation ends, and nothing moves without need") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  const auto claims = GENERATE(ws::Claims::AtHead, ws::Claims::BeforeImage);
  CAPTURE(claims == ws::Claims::AtHead);
  const Pressure pressure = simulate(seed, claims);
  const ws::InvocationTable& calls = *pressure.results.invocations;
  const ws::TransferTable& table = *pressure.results.transfers;
  const std::string head = "provider/images";
  std::map<std::string, std::size_t> to_head, to_nodes;
  std::map<std::pair<std::string, std::string>, std::size_t> to;
  for (std::size_t row = 0; row < table.size(); ++row) {
    CAPTURE(row);
    REQUIRE(table.completed[row] == 1);
    ++(table.destination[row] == head ? to_head : to_nodes)[table.file[row]];
    ++to[{table.file[row], table.destination[row]}];
    // When it was last in use there before, if it was: a file is used while it comes and while it is copied on.
    double used = -1;
    for (std::size_t other = 0; other < table.size(); ++other) {
      if (other == row || table.file[other] != table.file[row])
        continue;
      if (table.destination[other] == table.destination[row])
        REQUIRE((table.ended[other] <= table.started[row] || table.ended[row] <= table.started[other]));
      if (table.ended[other] <= table.started[row])
        used = std::max(used, table.ended[other]);
    }
    if (table.destination[row] != head)
      continue;
    bool wanted = false;
    for (std::size_t call = 0; call < calls.size(); ++call)
      wanted = wanted || (pressure.files[calls.function[call]] == table.file[row] &&
                          calls.requested[call] <= table.started[row] &&
                          std::fmin(calls.assigned[call], calls.ended[call]) >= table.started[row]);
    if (claims == ws::Claims::AtHead) // else it may be a claim that waits, whose call has gone elsewhere (R20)
      REQUIRE(wanted);
    if (used < 0)
      continue;
    std::set<std::string> since;
    for (std::size_t other = 0; other < table.size(); ++other)
      if (table.started[other] <= table.started[row] && table.ended[other] >= used)
        since.insert(table.file[other]);
    ws::Bytes sum = 0;
    for (const std::string& file : since)
      sum += pressure.sizes.at(file);
    REQUIRE(sum > pressure.head);
  }
  if (claims == ws::Claims::BeforeImage)
    for (const auto& [file, count] : to_head)
      CHECK(count <= to_nodes[file]);
  if (pressure.roomy_nodes)
    for (const auto& [place, count] : to)
      if (place.second != head)
        CHECK(count == 1);
}
