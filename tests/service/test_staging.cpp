// Images on their way to the nodes: R19, R20, R21, R22.
#include "cloud.hpp"

#include <algorithm>

using Catch::Matchers::Contains;

TEST_CASE("R19 an image goes to the head, to the node and into memory, and stays there") {
  Cloud cloud;
  auto& provider = cloud.provider({.cold_start_overhead = 0.25, .keep_alive = 0});
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    const auto first = cloud.call(f, 1);
    CHECK(first.assigned() == at(1 + 1 + 0.5));
    CHECK(first.started() == at(2.75)); // R20
    CHECK(first.ended() == at(3.75));
    CHECK(first.cold());
    const auto second = cloud.call(f, 1);
    CHECK(second.assigned() == second.requested());
    CHECK(second.started() == at(second.requested() + 0.25));
    CHECK(second.cold()); // R27: the container is gone, the image is in memory
  });
  const auto& moved = *results.transfers;
  REQUIRE(moved.size() == 2);
  CHECK(moved.file == std::vector<std::string>{"f.img", "f.img"});
  CHECK(moved.source == std::vector<std::string>{"user:/", "provider/images"});
  CHECK(moved.destination == std::vector<std::string>{"provider/images", "provider/node-0"});
  CHECK_THAT(moved.started, all_at({0, 1}));
  CHECK_THAT(moved.ended, all_at({1, 2}));
}

TEST_CASE("R19 each step is made once, however many wait for it") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 2}, 2);
  const auto image = cloud.image("shared");
  const auto f = cloud.sleeper("f", provider, {}, image);
  const auto g = cloud.sleeper("g", provider, {}, image);
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (const auto& function : {f, g, f, g})
      all.push_back(cloud.invoke(function, 1));
    cloud.manager.wait_all(all);
    // Two nodes at once: the head reads for both, 50 MB/s each.
    for (const auto& invocation : all)
      CHECK(invocation.assigned() == at(1 + 2 + 0.5));
    CHECK(all[0].node() == "node-0");
    CHECK(all[1].node() == "node-0");
    CHECK(all[2].node() == "node-1");
  });
  CHECK(results.transfers->size() == 3); // one to the head, one to each node
}

TEST_CASE("R19 an image that is at the head, or on the node's disk, starts from there") {
  ws::ClusterOptions options = round_numbers(2);
  options.ram = 300_MB;
  Cloud cloud(options);
  auto& provider = cloud.provider({.slots = 1, .keep_alive = 0}, 2);
  const auto f = cloud.sleeper("f", provider, {.memory = 100_MB});
  const auto hog = cloud.sleeper("hog", provider, {.memory = 250_MB}, cloud.image("hog", 1_MB, 50_MB));
  cloud.run([&] {
    cloud.call(f, 1);
    const auto blocker = cloud.invoke(f, 20);
    const auto other = cloud.call(f, 1);
    CHECK(other.node() == "node-1");
    CHECK(other.assigned() - other.requested() == at(1 + 0.5)); // from the head
    const auto full = cloud.call(hog, 1);                       // takes all of node-1's memory
    CHECK(full.node() == "node-1");
    const auto again = cloud.call(f, 1);
    CHECK(again.node() == "node-1");
    CHECK(again.assigned() - again.requested() == at(0.5)); // from its disk
    cloud.manager.wait_one(blocker);
  });
}

TEST_CASE("R19 an image that is in the given image store is not fetched") {
  Cloud cloud;
  auto& images = cloud.sim.create_storage_service("head", {.capacity = 1_GB});
  auto& provider = cloud.provider({.image_store = images.shared_from_this()});
  const auto image = cloud.manager.create_image("i", images.create_file("i", 100_MB), 50_MB);
  const auto f = cloud.sleeper("f", provider, {}, image);
  cloud.run([&] { CHECK(cloud.call(f, 1).assigned() == at(1.5)); });
}

TEST_CASE("R19 an image without a footprint, or without bytes, takes no time where there is nothing to move") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto bare = cloud.sleeper("bare", provider, {}, cloud.image("bare", 100_MB, 0));
  const auto empty = cloud.sleeper("empty", provider, {}, cloud.image("empty", 0, 0));
  cloud.run([&] {
    CHECK(cloud.call(bare, 1).assigned() == at(2));
    const auto invocation = cloud.call(empty, 1);
    CHECK(invocation.assigned() == at(invocation.requested()));
  });
}

TEST_CASE("R20 a claim whose invocations were taken by idle containers ends, and its image stays cached") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 1}, 2);
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    const auto first = cloud.invoke(f, 1); // on node-0, from 2.5 to 3.5
    ws::sleep(2.5);
    const auto second = cloud.invoke(f, 5); // claims node-1, where the image would be at 4
    CHECK(provider.cluster().node(ws::NodeId(1U)).used_slots() == 1);
    cloud.sleep_until(3.75);
    CHECK(second.node() == "node-0");
    CHECK(second.assigned() == at(3.5));
    CHECK_FALSE(second.cold());
    CHECK(provider.cluster().node(ws::NodeId(1U)).used_slots() == 1); // the claim is still on its way
    cloud.sleep_until(4.25);
    const auto node = provider.cluster().node(ws::NodeId(1U));
    CHECK(node.used_slots() == 0);
    CHECK(node.free_memory() + node.reclaimable_memory() == node.memory());
    CHECK(node.has_image(ws::ImageId(0U)));
    const auto third = cloud.call(f, 1);
    CHECK(third.node() == "node-1");
    CHECK(third.assigned() == third.requested());
    CHECK(third.cold());
    cloud.manager.wait_all({first, second});
  });
  CHECK(results.containers->size() == 2); // the claim never became one
}

TEST_CASE("R20 a claim takes the first that is queued then, not the one that it was made for") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 1}, 2);
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    cloud.invoke(f, 1);
    ws::sleep(2.5);
    const auto second = cloud.invoke(f, 5); // claims node-1
    cloud.sleep_until(3.6);                 // node-0's container has taken it
    const auto third = cloud.invoke(f, 1);
    CHECK(cloud.manager.wait_one(third) == State::Completed);
    CHECK(third.node() == "node-1");
    CHECK(third.assigned() == at(4)); // the claim's image arrives
    CHECK(second.node() == "node-0");
  });
}

TEST_CASE("R22 an idle container adds the warm start overhead") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider({.cold_start_overhead = 2, .warm_start_overhead = 0.125}));
  cloud.run([&] {
    const auto first = cloud.call(f, 1);
    CHECK(first.started() - first.assigned() == at(2));
    const auto second = cloud.call(f, 1);
    CHECK_FALSE(second.cold());
    CHECK(second.assigned() == second.requested());
    CHECK(second.started() - second.assigned() == at(0.125));
  });
}

TEST_CASE("R21 an image too big for the head's image store fails its invocations, and nothing else") {
  Cloud cloud;
  auto& provider = cloud.provider({.image_store = 150_MB});
  const auto big = cloud.sleeper("big", provider, {}, cloud.image("big", 151_MB));
  const auto small = cloud.sleeper("small", provider);
  cloud.run([&] {
    const auto first = cloud.invoke(big, 1);
    const auto second = cloud.invoke(big, 1);
    const auto fine = cloud.invoke(small, 1);
    const auto states = cloud.manager.wait_all({first, second, fine});
    CHECK(states == std::vector{State::Failed, State::Failed, State::Completed});
    CHECK(first.ended() == 0);
    CHECK_THAT(message<ws::StorageFull>(first.failure()), Contains("big") && Contains("151MB") && Contains("150MB"));
    CHECK(std::isnan(first.assigned()));
    CHECK(std::isnan(first.started()));
    CHECK(first.node().empty());
    const auto third = cloud.call(big, 1); // tries again, in vain
    CHECK(third.state() == State::Failed);
    const auto node = provider.cluster().node(ws::NodeId(0U));
    CHECK(node.used_slots() == 0);
    CHECK(node.free_memory() + node.reclaimable_memory() == node.memory());
    CHECK(node.free_storage() + node.reclaimable_storage() == node.storage());
    CHECK(provider.queued() == 0);
  });
}

TEST_CASE("R21 a transfer that fails is the cause of all that wait for it, on whichever node") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.slots = 1}, 2);
  const auto f = cloud.sleeper("f", provider);
  cloud.sim.at(0.5, [&] { cloud.sim.host("user").turn_off(); });
  std::vector<ws::Invocation> calls;
  cloud.sim.add_controller("head", [&] {
    for (int i = 0; i < 2; ++i)
      calls.push_back(cloud.invoke(f, 1));
    cloud.manager.wait_all(calls);
    CHECK(ws::now() == at(0.5));
  });
  cloud.sim.run();
  for (const auto& call : calls) {
    CHECK(call.state() == State::Failed);
    CHECK_THAT(message<ws::TransferFailure>(call.failure()), Contains("f.img"));
  }
}

TEST_CASE("R21 the next invocation tries again") {
  Cloud cloud;
  auto& images = cloud.sim.create_storage_service("head", {.capacity = 150_MB});
  images.create_file("in the way", 100_MB); // not evicted: this store evicts nothing
  const auto f = cloud.sleeper("f", cloud.provider({.image_store = images.shared_from_this()}));
  cloud.run([&] {
    CHECK(cloud.call(f, 1).state() == State::Failed);
    images.remove("in the way");
    const auto second = cloud.call(f, 1);
    CHECK(second.state() == State::Completed);
    CHECK(second.assigned() == at(staging));
  });
}

TEST_CASE("R21 an image whose file is gone fails its invocations until it is back") {
  Cloud cloud;
  const auto f = cloud.sleeper("f", cloud.provider());
  cloud.run([&] {
    cloud.registry.remove("f.img");
    const auto first = cloud.call(f, 1);
    CHECK(first.state() == State::Failed);
    CHECK_THAT(message<ws::FileNotFound>(first.failure()), Contains("f.img") && Contains("user:/"));
    cloud.registry.create_file("f.img", 100_MB);
    CHECK(cloud.call(f, 1).state() == State::Completed);
  });
}

TEST_CASE("R21 those that wait behind the first of a failed image fail as well, and none is lost") {
  Cloud cloud;
  auto& provider = cloud.provider({.image_store = 10_MB, .slots = 2});
  const auto f = cloud.sleeper("f", provider);
  cloud.run([&] {
    std::vector<ws::Invocation> all;
    for (int i = 0; i < 7; ++i) // more than there are slots
      all.push_back(cloud.invoke(f, 1));
    CHECK(cloud.manager.wait_all(all) == std::vector(7, State::Failed));
    CHECK(ws::now() == 0);
  });
}

TEST_CASE("two images that do not fit into the image store together take turns") {
  Cloud cloud(2);
  auto& provider = cloud.provider({.image_store = 150_MB, .slots = 1}, 2);
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  const auto results = cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(g, 1);
    CHECK(cloud.manager.wait_all({first, second}) == std::vector(2, State::Completed));
    CHECK(first.assigned() == at(staging));
    CHECK(second.assigned() == at(2 + staging)); // once the first has left the head
  });
  CHECK(results.transfers->size() == 4);
}

TEST_CASE("images whose files have one name, at two places, are two images") {
  Cloud cloud;
  auto& other = cloud.sim.create_storage_service("head", {.capacity = 1_GB});
  auto& provider = cloud.provider();
  const auto small = cloud.manager.create_image("small", cloud.registry.create_file("x.img", 100_MB), 50_MB);
  const auto big = cloud.manager.create_image("big", other.create_file("x.img", 200_MB), 100_MB);
  const auto f = cloud.sleeper("f", provider, {}, small);
  const auto g = cloud.sleeper("g", provider, {}, big);
  const auto results = cloud.run([&] {
    CHECK(cloud.call(f, 1).assigned() == at(staging));
    CHECK(cloud.call(g, 1).state() == State::Completed);
    const auto node = provider.cluster().node(ws::NodeId(0U));
    CHECK(node.free_memory() + node.reclaimable_memory() == node.memory()); // both are idle
  });
  std::vector<double> bytes = results.transfers->bytes;
  std::sort(bytes.begin(), bytes.end());
  CHECK(bytes == std::vector{1e8, 1e8, 2e8, 2e8});
}

TEST_CASE("two images of one file share its way to the head, not their places in memory") {
  Cloud cloud;
  auto& provider = cloud.provider({.keep_alive = 0});
  const auto file = cloud.registry.create_file("x.img", 100_MB);
  const auto f = cloud.sleeper("f", provider, {}, cloud.manager.create_image("lean", file, 50_MB));
  const auto g = cloud.sleeper("g", provider, {}, cloud.manager.create_image("fat", file, 200_MB));
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(g, 1);
    CHECK(cloud.manager.wait_all({first, second}) == std::vector(2, State::Completed));
    for (const auto& function : {f, g}) {
      const auto again = cloud.call(function, 1);
      CHECK(again.assigned() == again.requested()); // still in memory
    }
  });
}
