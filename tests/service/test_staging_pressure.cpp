// Images where there is too little room for them: R19, R20, R21. Nothing starves, nothing moves twice without need, and
// what can't be is a typed failure.
#include "cloud.hpp"

#include <algorithm>
#include <map>

using Catch::Matchers::Contains;

namespace {

// Transfers of a file to a place.
std::ptrdiff_t moved(const ws::Results& results, const std::string& file, const std::string& to) {
  std::ptrdiff_t count = 0;
  for (std::size_t row = 0; row < results.transfers->size(); ++row)
    count += results.transfers->file[row] == file && results.transfers->destination[row] == to;
  return count;
}

// All functions are called at once, so often, and all calls end well.
std::vector<ws::Invocation> call_all(Cloud& cloud, const std::vector<Function>& functions, int rounds, double seconds) {
  std::vector<ws::Invocation> calls;
  for (int round = 0; round < rounds; ++round)
    for (const Function& function : functions)
      calls.push_back(cloud.invoke(function, seconds));
  CHECK(cloud.manager.wait_all(calls) == std::vector(calls.size(), State::Completed));
  return calls;
}

} // namespace

TEST_CASE("R19 many functions on few images: each image goes once to each place") {
  Cloud cloud(3);
  auto& provider = cloud.provider({.image_store = 200_MB, .slots = 4}, 3);
  const std::vector<std::shared_ptr<const ws::Image>> images{cloud.image("x"), cloud.image("y")};
  std::vector<Function> functions;
  for (std::size_t i = 0; i < 24; ++i)
    functions.push_back(cloud.sleeper("f" + std::to_string(i), provider, {.memory = 200_MB}, images[i % 2]));
  const auto results = cloud.run([&] { call_all(cloud, functions, 3, 0.5); });
  for (const std::string image : {"x", "y"}) {
    CHECK(moved(results, image, "provider/images") == 1);
    for (const std::string node : {"node-0", "node-1", "node-2"})
      CHECK(moved(results, image, "provider/" + node) <= 1);
  }
}

TEST_CASE("R12 an image larger than every node's memory or store is refused, with the numbers") {
  Cloud cloud;
  auto& provider = cloud.provider({.node_store = 1_GB});
  const auto fat = cloud.image("fat", 100_MB, 5_GB);
  const auto large = cloud.image("large", 1100_MB, 0);
  CHECK_THROWS_AS(cloud.sleeper("f", provider, {}, fat), ws::RegistrationRefused);
  CHECK_THROWS_AS(cloud.sleeper("g", provider, {}, large), ws::RegistrationRefused);
  CHECK_THROWS_WITH(cloud.sleeper("f", provider, {}, fat), Contains("5GB") || Contains("5.0"));
}

TEST_CASE("R12 R28 capacity exactly met: an image and a container that fill the node's memory and store") {
  Cloud cloud;
  auto& provider = cloud.provider({.node_store = 600_MB});
  const auto f = cloud.sleeper("f", provider, {.memory = 3950_MB, .ephemeral_storage = 500_MB});
  CHECK_THROWS_AS(cloud.sleeper("g", provider, {.memory = 3950_MB + 1, .ephemeral_storage = 500_MB}),
                  ws::RegistrationRefused);
  CHECK_THROWS_AS(cloud.sleeper("h", provider, {.memory = 3950_MB, .ephemeral_storage = 500_MB + 1}),
                  ws::RegistrationRefused);
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(f, 1); // after the first, in its container
    CHECK(cloud.manager.wait_all({first, second}) == std::vector(2, State::Completed));
    CHECK_FALSE(second.cold());
  });
}

TEST_CASE("R19 a head with room for one image serves many functions in turn, and moves nothing twice") {
  Cloud cloud(4);
  auto& provider = cloud.provider({.image_store = 199_MB, .slots = 2}, 4);
  std::vector<Function> functions;
  for (int i = 0; i < 8; ++i)
    functions.push_back(cloud.sleeper("f" + std::to_string(i), provider));
  const auto results = cloud.run([&] {
    const auto calls = call_all(cloud, functions, 1, 1);
    for (std::size_t i = 0; i < calls.size(); ++i) // 1 s to the head and 1 s to its node, one after the other
      CHECK(calls[i].assigned() == at(2.0 * static_cast<double>(i) + staging));
  });
  CHECK(results.transfers->size() == 16);
}

TEST_CASE("R19 a large image is not held up for ever by small ones that keep coming") {
  Cloud cloud(4);
  auto& provider = cloud.provider({.image_store = 250_MB, .slots = 4}, 4);
  std::vector<Function> small;
  for (int i = 0; i < 30; ++i)
    small.push_back(cloud.sleeper("small" + std::to_string(i), provider));
  const auto large = cloud.sleeper("large", provider, {}, cloud.image("large.img", 250_MB));
  cloud.main([&] { // one new small image every second: there are always two of them at the head
    std::vector<ws::Invocation> calls;
    for (const Function& function : small) {
      calls.push_back(cloud.invoke(function, 0.5));
      ws::sleep(1);
    }
    CHECK(cloud.manager.wait_all(calls) == std::vector(30, State::Completed));
  });
  cloud.run([&] {
    Cloud::sleep_until(3.25);
    const auto call = cloud.call(large, 1);
    CHECK(call.state() == State::Completed);
    CHECK(call.assigned() < 20); // in its turn; without turns it is 65.5 s
  });
}

TEST_CASE("R19 an image that was dropped at the head while another node had to wait for it comes again, once") {
  Cloud cloud(3);
  auto& provider = cloud.provider({.image_store = 150_MB, .slots = 1}, 3);
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> calls{cloud.invoke(f, 20), cloud.invoke(g, 20)}; // g drops f at 2, and leaves at 4
    Cloud::sleep_until(2.5);
    calls.push_back(cloud.invoke(f, 1));
    CHECK(cloud.manager.wait_one(calls[2]) == State::Completed);
    CHECK(calls[2].node() == "node-2");
    CHECK(calls[2].assigned() == at(4 + staging));
    cloud.manager.wait_all(calls);
  });
  CHECK(moved(results, "f.img", "provider/images") == 2);
  CHECK(results.transfers->size() == 6);
}

TEST_CASE("R21 a file that goes while its image waits for room at the head fails that image's calls only") {
  Cloud cloud(3);
  auto& provider = cloud.provider({.image_store = 150_MB, .slots = 1}, 3);
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  const auto h = cloud.sleeper("h", provider);
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(g, 1);
    const auto third = cloud.invoke(h, 1);
    ws::sleep(0.5);
    cloud.registry.remove("g.img");
    CHECK(cloud.manager.wait_all({first, second, third}) ==
          std::vector{State::Completed, State::Failed, State::Completed});
    CHECK_THAT(message<ws::FileNotFound>(second.failure()), Contains("g.img"));
    CHECK(third.assigned() == at(2 + staging)); // it takes the turn of the second
  });
}

TEST_CASE("R21 images that are too big fail at once while others wait for room, and do not hold these up") {
  Cloud cloud(3);
  auto& provider = cloud.provider({.image_store = 150_MB, .slots = 1}, 3);
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  const auto huge = cloud.sleeper("huge", provider, {}, cloud.image("huge.img", 151_MB));
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(g, 1);
    const auto third = cloud.call(huge, 1);
    CHECK(third.state() == State::Failed);
    CHECK(third.ended() == 0);
    CHECK_THAT(message<ws::StorageFull>(third.failure()), Contains("huge") && Contains("151MB"));
    cloud.manager.wait_all({first, second});
    CHECK(second.assigned() == at(2 + staging));
  });
}

TEST_CASE("R10 an image that had to leave the node's disk is copied and loaded again") {
  Cloud cloud;
  auto& provider = cloud.provider({.image_store = 9_GB, .node_store = 7_GB, .keep_alive = 0});
  const auto f = cloud.sleeper("f", provider, {}, cloud.image("f.img", 4_GB));
  const auto g = cloud.sleeper("g", provider, {}, cloud.image("g.img", 4_GB));
  const auto results = cloud.run([&] {
    const auto seconds = [&](const Function& function) {
      const auto call = cloud.call(function, 1);
      return call.assigned() - call.requested();
    };
    CHECK(seconds(f) == at(40 + 40 + 0.5));
    CHECK(seconds(f) == at(0)); // both places have it
    CHECK(seconds(g) == at(40 + 40 + 0.5));
    CHECK(seconds(f) == at(40 + 0.5)); // it is still at the head
  });
  CHECK(moved(results, "f.img", "provider/node-0") == 2);
}

TEST_CASE("R10 an evicted image is paid for again, though there is memory for both") {
  ws::ClusterOptions options = round_numbers(1);
  options.ram = 100_GB;
  options.disk_bandwidth = 1e7;
  Cloud cloud(options);
  auto& provider = cloud.provider({.image_store = 10_GB, .node_store = 8_GB, .keep_alive = 0});
  std::vector<Function> functions;
  for (const std::string name : {"f", "g"}) {
    functions.push_back(cloud.sleeper(name, provider, {}, cloud.image(name + ".img", 5_GB, 5_GB)));
    provider.image_store()->create_file(name + ".img", 5_GB); // at the head from the start
  }
  cloud.run([&] {
    std::vector<double> seconds;
    for (const std::size_t which : {0U, 0U, 1U, 0U}) {
      const auto call = cloud.call(functions[which], 10);
      seconds.push_back(call.ended() - call.requested());
    }
    CHECK_THAT(seconds, all_at({1010, 10, 1010, 1010}));
  });
}

TEST_CASE("R10 R20 containers that are too big together with each other's images take turns on a node") {
  ws::ClusterOptions options = round_numbers(1);
  options.ram = 1_GB;
  Cloud cloud(options);
  auto& provider = cloud.provider();
  std::vector<Function> functions;
  for (int i = 0; i < 4; ++i) {
    const std::string name = "f" + std::to_string(i);
    functions.push_back(cloud.sleeper(name, provider, {.memory = 500_MB}, cloud.image(name + ".img", 100_MB, 300_MB)));
  }
  const auto results = cloud.run([&] {
    call_all(cloud, functions, 2, 1);
    const auto node = provider.cluster().node(ws::NodeId(0U));
    CHECK(node.used_slots() == 0);
    CHECK(node.free_memory() + node.reclaimable_memory() == node.memory());
  });
  CHECK(results.transfers->size() == 8); // what is dropped from memory is still on disk
}
