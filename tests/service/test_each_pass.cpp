// R18b: claims="each_pass". Nothing is reserved before a container starts, and the queue is planned anew whenever
// something changes.
#include "each_pass.hpp"

#include "../random.hpp"
#include "same_tables.hpp"

#include <algorithm>
#include <map>

using Catch::Matchers::Contains;

namespace {

// When the file came to the place, each time.
std::vector<double> arrivals(const ws::Results& results, const std::string& file, const std::string& to) {
  std::vector<double> dates;
  for (std::size_t row = 0; row < results.transfers->size(); ++row)
    if (results.transfers->file[row] == file && results.transfers->destination[row] == to &&
        results.transfers->completed[row] == 1)
      dates.push_back(results.transfers->ended[row]);
  return dates;
}

} // namespace

TEST_CASE("R18b nothing is reserved before a container starts") {
  Cloud cloud(2);
  auto& provider = cloud.provider(each_pass({.cold_start_overhead = 0.25}), 2);
  const auto f = cloud.sleeper("f", provider);
  cloud.sim.at(2.4, [&] {
    const auto node = provider.cluster().node(ws::NodeId(0U));
    CHECK(used_slots(provider) == 0);
    CHECK(node.free_memory() == 4_GB - 50_MB); // the image is being loaded, and can't be dropped
    CHECK(provider.queued() == 2);
    CHECK(provider.running() == 0);
  });
  cloud.sim.at(2.6, [&] { CHECK(used_slots(provider) == 2); });
  const auto results = cloud.run([&] {
    const auto calls = std::vector{cloud.invoke(f, 1), cloud.invoke(f, 1)};
    cloud.manager.wait_all(calls);
    for (const auto& call : calls) {
      CHECK(call.assigned() == at(staging));
      CHECK(call.started() == at(staging + 0.25));
      CHECK(call.node() == "node-0"); // its image was on its way there
    }
  });
  CHECK(results.transfers->size() == 2);
}

TEST_CASE("R18b with the memory taken by a busy container, another function's image comes to the disk meanwhile") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.keep_alive = 0}));
  const auto a = cloud.sleeper("a", provider, {}, cloud.image("a.img", 100_MB, 3_GB)); // loaded in 30 s
  const auto b = cloud.sleeper("b", provider, {}, cloud.image("b.img", 200_MB, 3_GB));
  const auto results = cloud.run([&] {
    const auto first = cloud.invoke(a, 50);
    ws::sleep(40);
    const auto second = cloud.invoke(b, 1);
    cloud.manager.wait_all({first, second});
    CHECK(first.started() == at(32));
    CHECK(second.started() == at(first.ended() + 30)); // a load, not a copy and a load
  });
  CHECK_THAT(arrivals(results, "b.img", "provider/node-0"), all_at({44}));
}

TEST_CASE(
    "R18b a slot leaves the copy for a call that waits for an image, so a later one with an idle container waits") {
  const int slots = GENERATE(1, 2);
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.slots = slots}));
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  cloud.run([&] {
    cloud.call(f, 1);
    Cloud::sleep_until(10);
    const auto cold = cloud.invoke(g, 1); // at the head at 11, on the node at 12
    Cloud::sleep_until(10.5);
    CHECK(cloud.call(f, 0.1).started() == at(10.5)); // g waits at the head, and has no place in the queue
    Cloud::sleep_until(11.5);
    const auto warm = cloud.invoke(f, 1);
    cloud.manager.wait_all({cold, warm});
    CHECK(cold.started() == at(10 + staging));
    CHECK(warm.started() == at(slots == 1 ? cold.ended() : 11.5));
    CHECK_FALSE(warm.cold());
  });
}

TEST_CASE("R18b calls join the queue when their image is at the head, behind those that are there") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.slots = 1}));
  const auto f = cloud.sleeper("f", provider, {}, cloud.image("large", 400_MB));
  const auto g = cloud.sleeper("g", provider, {}, cloud.image("small", 100_MB));
  cloud.run([&] {
    const auto first = cloud.invoke(f, 1);
    const auto second = cloud.invoke(g, 1);
    cloud.manager.wait_all({first, second});
    // At the head at 2 s, as both share the user's disk. The copy shares the head's disk with the fetch of the other.
    CHECK(second.started() == at(2 + 2 + 0.5));
    CHECK(first.started() > second.ended());
  });
}

TEST_CASE("R18b an image under way since the last pass is waited for, and copied once") {
  Cloud cloud(3);
  auto& provider = cloud.provider(each_pass({.slots = 2}), 3);
  const auto f = cloud.sleeper("f", provider);
  const auto results = cloud.run([&] {
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 5; ++i)
      calls.push_back(cloud.invoke(f, 10));
    cloud.manager.wait_all(calls);
    std::map<std::string, int> on;
    for (const auto& call : calls)
      ++on[call.node()];
    CHECK(on == std::map<std::string, int>{{"node-0", 2}, {"node-1", 2}, {"node-2", 1}});
  });
  for (const char* node : {"node-0", "node-1", "node-2"})
    CHECK(arrivals(results, "f.img", std::string("provider/") + node).size() == 1);
}

TEST_CASE("R18b R9 R10 an idle container goes for another function's image, a busy one never") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.keep_alive = infinity}));
  const auto a = cloud.sleeper("a", provider, {}, cloud.image("a.img", 100_MB, 3_GB));
  const auto b = cloud.sleeper("b", provider, {}, cloud.image("b.img", 100_MB, 3_GB));
  cloud.run([&] {
    CHECK(cloud.call(a, 1).started() == at(32));
    CHECK(cloud.call(b, 1).started() == at(33 + 32));
    CHECK(cloud.call(a, 1).started() == at(66 + 30)); // its image is on the disk still
  });
}

TEST_CASE("R18b R10 R19 an evicted image is paid for again") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.node_store = 1_GB, .keep_alive = 0}));
  const auto a = cloud.sleeper("a", provider, {.ephemeral_storage = 1_MB}, cloud.image("a.img", 600_MB, 600_MB));
  const auto b = cloud.sleeper("b", provider, {.ephemeral_storage = 1_MB}, cloud.image("b.img", 600_MB, 600_MB));
  const auto took = [&](const Function& function) {
    const double before = ws::now();
    cloud.call(function, 1);
    return ws::now() - before;
  };
  cloud.run([&] {
    CHECK(took(a) == at(6 + 6 + 6 + 1));
    CHECK(took(a) == at(1));
    CHECK(took(b) == at(6 + 6 + 6 + 1));
    CHECK(took(a) == at(6 + 6 + 1)); // the head has it
  });
}

TEST_CASE("R18b R21 a copy that fails takes those calls with it that waited for it, and the next one tries again") {
  Cloud cloud(1);
  auto& provider = cloud.provider(each_pass({.slots = 2}));
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  cloud.run([&] {
    cloud.call(g, 0.5);
    Cloud::sleep_until(10);
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 3; ++i)
      calls.push_back(cloud.invoke(f, 1));   // two for the slots, and one that waits for a slot
    const auto other = cloud.invoke(g, 0.5); // warm: in the queue before them, as they wait at the head (R16)
    cloud.sim.at(11.5, [&] {
      cloud.sim.link("link-node-0").turn_off();
      cloud.sim.link("link-node-0").turn_on();
    });
    cloud.manager.wait_all(calls);
    CHECK(calls[0].state() == State::Failed);
    CHECK(calls[1].state() == State::Failed);
    CHECK(calls[1].ended() == at(11.5));
    CHECK_THAT(message<ws::TransferFailure>(calls[1].failure()), Contains("f.img"));
    CHECK(calls[2].state() == State::Completed);
    CHECK(calls[2].started() == at(11.5 + 1 + 0.5));
    cloud.manager.wait_one(other);
    CHECK(other.state() == State::Completed);
    CHECK(other.started() == at(10));
  });
}

TEST_CASE("R18b R37 a node that goes off on the way: its calls keep their places, and go elsewhere") {
  const double date = GENERATE(1.5, 2.25, 3.0);
  CAPTURE(date);
  Cloud cloud(2);
  auto& provider = cloud.provider(each_pass(), 2);
  const auto f = cloud.sleeper("f", provider);
  cloud.sim.at(date, [&] { cloud.sim.host("node-0").turn_off(); });
  cloud.run([&] {
    const auto call = cloud.call(f, 2);
    if (date < staging) {
      CHECK(call.state() == State::Completed);
      CHECK(call.node() == "node-1");
      CHECK(call.started() == at(date + 1 + 0.5));
    } else {
      CHECK(call.state() == State::Failed);
      CHECK_FALSE(message<ws::HostFailure>(call.failure()).empty());
    }
    const auto node = provider.cluster().node(ws::NodeId(0U));
    CHECK(node.used_slots() == 0);
    CHECK(node.free_memory() + node.reclaimable_memory() == node.memory());
    CHECK(node.free_storage() + node.reclaimable_storage() == node.storage());
    cloud.sim.host("node-0").turn_on();
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 8; ++i)
      calls.push_back(cloud.invoke(f, 1));
    CHECK(cloud.manager.wait_all(calls) == std::vector(8, State::Completed));
  });
}

TEST_CASE("R18b R37 a node that is back at once: what was on its way there is lost, and comes again") {
  const double date = GENERATE(1.5, 2.25);
  CAPTURE(date);
  Cloud cloud;
  auto& provider = cloud.provider(each_pass());
  const auto f = cloud.sleeper("f", provider);
  cloud.sim.at(date, [&] {
    cloud.sim.host("node-0").turn_off();
    cloud.sim.host("node-0").turn_on();
  });
  cloud.run([&] {
    const auto call = cloud.call(f, 1);
    CHECK(call.state() == State::Completed);
    CHECK(call.started() == at(date < 2 ? date + 1 + 0.5 : date + 0.5)); // what is on its disk survives
  });
}

TEST_CASE("R18b R16 a pass goes through the calls of all functions in the order in which they joined the queue") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.slots = 3}));
  const auto image = cloud.image("shared.img");
  const auto f = cloud.sleeper("f", provider, {}, image);
  const auto g = cloud.sleeper("g", provider, {}, image);
  cloud.run([&] {
    const std::vector<ws::Invocation> calls = {cloud.invoke(f, 1), cloud.invoke(g, 1), cloud.invoke(f, 1),
                                               cloud.invoke(g, 1)};
    cloud.manager.wait_all(calls);
    CHECK(calls[0].started() == at(staging));
    CHECK(calls[1].started() == at(staging));
    CHECK(calls[2].started() == at(staging));
    CHECK(calls[3].started() == at(staging + 1));
  });
}

TEST_CASE("R18b an image that is needed now does not go for one that is needed later") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.slots = 2, .node_store = 900_MB, .keep_alive = 0}));
  const auto image = [&](const char* name) { return cloud.image(name, 500_MB, 100_MB); };
  const auto f = cloud.sleeper("f", provider, {.ephemeral_storage = 100_MB}, image("f.img"));
  const auto g = cloud.sleeper("g", provider, {.ephemeral_storage = 100_MB}, image("g.img"));
  cloud.sim.at(50, [&] { cloud.sim.host("node-0").turn_off(); });
  cloud.sim.at(100, [&] { cloud.sim.host("node-0").turn_on(); }); // both images are at the head, that of f on the disk
  cloud.run([&] {
    cloud.call(f, 1);
    Cloud::sleep_until(60);
    const std::vector<ws::Invocation> calls = {cloud.invoke(g, 1), cloud.invoke(f, 1)};
    cloud.manager.wait_all(calls);
    CHECK(calls[1].started() == at(100 + 1)); // it is read from the disk
    CHECK(calls[0].started() > 102);
  });
}

TEST_CASE(
    "R18b R30 queue_capacity counts calls until their containers start; one that starts at once is none of them") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass({.slots = 2, .queue_capacity = 1}));
  const auto f = cloud.sleeper("f", provider);
  const auto g = cloud.sleeper("g", provider);
  cloud.run([&] {
    cloud.call(f, 0.5);
    const auto cold = cloud.invoke(g, 1); // waits at the head for a second, and does not count there
    CHECK(cloud.call(f, 0.1).state() == State::Completed);
    ws::sleep(1.1); // its image is on its way to the node: it waits in the queue
    CHECK(provider.queued() == 1);
    const auto warm = cloud.invoke(f, 5); // a slot is left beside it
    CHECK(warm.state() == State::Running);
    CHECK_THROWS_AS(cloud.invoke(f, 1), ws::InvocationRefused);
    CHECK(cloud.manager.wait_all({cold, warm}) == std::vector(2, State::Completed));
  });
}

TEST_CASE("R18b R35 a failed attempt is tried again") {
  Cloud cloud;
  auto& provider = cloud.provider(each_pass());
  const auto f = cloud.add("f",
                           [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
                             ws::sleep(1);
                             if (ws::now() < 5)
                               throw std::runtime_error("too early");
                             return {};
                           },
                           {&provider}, {.retries = ws::Retries{.count = 5, .delays = {0.5}}});
  cloud.run([&] {
    const auto call = cloud.manager.invoke(f, {});
    cloud.manager.wait_one(call);
    CHECK(call.state() == State::Completed);
    CHECK(call.attempts() > 1);
  });
}

TEST_CASE("R18b nodes that could never run a function are passed over") {
  ws::Platform platform = ws::Platform::cluster(round_numbers(1));
  platform.add_host("big", {.cores = 4, .speed = 1e9, .ram = 16_GB});
  platform.add_disk("big", {.name = "disk", .size = 10_GB, .read_bandwidth = 1e8, .write_bandwidth = 1e8});
  platform.add_link("to-big", {.bandwidth = 1e9, .latency = 0});
  platform.add_route("big", "switch", {"to-big"});
  ws::Simulation sim(platform, {});
  auto& registry = sim.create_storage_service("user", {.capacity = 1_GB});
  auto& provider = sim.create_serverless_compute_service("head", {"node-0", "big"}, each_pass({.image_store = 1_GB}));
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("i", registry.create_file("i", 1_MB), 1_MB);
  const auto body = [](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput { return {}; };
  const auto small = manager.register_function(manager.create_function("small", body, image), {&provider}, {});
  const auto large =
      manager.register_function(manager.create_function("large", body, image), {&provider}, {.memory = 8_GB});
  sim.add_controller("user", [&] {
    const auto first = manager.invoke(small, {});
    manager.wait_one(first);
    const auto second = manager.invoke(large, {}); // the image is in the memory of node-0
    manager.wait_one(second);
    CHECK(first.node() == "node-0");
    CHECK(second.node() == "big");
  });
  sim.run();
}

TEST_CASE("R18b options that can't be combined with it are refused, and both are named") {
  Cloud cloud;
  const auto refused = [&](const ws::ServerlessOptions& options, const std::string& what) {
    CAPTURE(what);
    CHECK_THROWS_AS(cloud.provider(each_pass(options)), std::invalid_argument);
    CHECK_THROWS_WITH(cloud.provider(each_pass(options)), Contains(what) && Contains("claims=\"each_pass\""));
  };
  refused({.placement = std::make_shared<ws::WarmestFirst>()}, "placement");
  refused({.queueing = std::make_shared<ws::FairShare>()}, "queueing=FairShare");
  refused({.scaling = std::make_shared<ws::KnativeAutoscaler>()}, "scaling=KnativeAutoscaler");
  refused({.concurrency = 2}, "concurrency=2");
  refused({.burst_limit = 1, .burst_rate = 1}, "burst_limit");
  refused({.queue_capacity = 0}, "queue_capacity=0");
  refused({.keep_alive_policy = std::make_shared<ws::HybridHistogram>()}, "keep_alive=HybridHistogram");
  auto& provider = cloud.provider(each_pass(
      {.queueing = std::make_shared<ws::FirstComeFirstServed>(), .scaling = std::make_shared<ws::OnePerCall>()}));
  CHECK_THROWS_WITH(cloud.sleeper("f", provider, {.concurrency = 2}),
                    Contains("concurrency=2 of function 'f'") && Contains("claims=\"each_pass\""));
  CHECK_THROWS_WITH(cloud.sleeper("g", provider, {.provisioned_concurrency = 1}),
                    Contains("provisioned_concurrency=1 of function 'g'") && Contains("claims=\"each_pass\""));
}

namespace {

struct Outcome {
  ws::Results results;
  std::size_t queued = 0;
};

// Everything is drawn from the seed; in check mode all books are added up between any two events.
Outcome simulate(std::uint32_t seed) {
  Random random(seed);
  ws::ClusterOptions platform = round_numbers(3);
  platform.ram = random.between(600, 2'000) * 1_MB;
  Cloud cloud(platform);
  ws::ServerlessOptions options{.image_store = random.between(300, 900) * 1_MB,
                                .slots = static_cast<int>(random.between(1, 4)),
                                .node_store = random.between(500, 1'500) * 1_MB,
                                .cold_start_overhead = random.coin() ? 0.25 : 0,
                                .dispatch_overhead = random.coin() ? 0.1 : 0,
                                .keep_alive = random.coin()   ? 2.0
                                              : random.coin() ? 0
                                                              : infinity};
  auto& provider = cloud.provider(each_pass(options), 3);
  std::vector<Function> functions;
  std::vector<std::shared_ptr<const ws::Image>> images;
  for (int i = 0; i < 5; ++i)
    images.push_back(
        cloud.image("image-" + std::to_string(i), random.between(1, 300) * 1_MB, random.between(0, 300) * 1_MB));
  for (std::size_t i = 0; i < 8; ++i)
    functions.push_back(
        cloud.sleeper("f" + std::to_string(i), provider,
                      {.memory = random.between(50, 300) * 1_MB, .ephemeral_storage = random.between(1, 200) * 1_MB},
                      images[random.below(images.size())]));
  const bool faults = random.coin();
  for (int i = 0; faults && i < 4; ++i) {
    const std::string node = "node-" + std::to_string(random.below(3));
    const double date = random.below(3'000) / 100.0;
    cloud.sim.at(date, [&cloud, node] { cloud.sim.host(node).turn_off(); });
    cloud.sim.at(date + random.below(500) / 100.0, [&cloud, node] { cloud.sim.host(node).turn_on(); });
  }
  cloud.run([&] {
    std::vector<ws::Invocation> calls;
    for (int i = 0; i < 100; ++i) {
      ws::sleep(random.below(60) / 100.0);
      calls.push_back(cloud.invoke(functions[random.below(functions.size())], random.below(300) / 100.0));
    }
    const auto states = cloud.manager.wait_all(calls);
    if (!faults)
      CHECK(states == std::vector(calls.size(), State::Completed));
    ws::sleep(60);
  });
  for (std::uint32_t n = 0; n < 3; ++n) {
    const auto node = provider.cluster().node(ws::NodeId(n));
    CHECK(node.used_slots() == 0);
    CHECK(node.free_memory() + node.reclaimable_memory() == node.memory());
    CHECK(node.free_storage() + node.reclaimable_storage() == node.storage());
  }
  return {cloud.sim.results(), provider.queued()};
}

} // namespace

TEST_CASE("R18b R26 R28 random workloads with little room: all calls end, nothing leaks, and all books are right") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  const Outcome outcome = simulate(seed);
  CHECK(outcome.queued == 0);
  const ws::InvocationTable& table = *outcome.results.invocations;
  std::map<std::uint32_t, double> last; // R16: calls of a function are served in the order of their admission
  for (std::size_t row = 0; row < table.size(); ++row) // in the order of the calls
    if (!std::isnan(table.assigned[row]))
      CHECK(table.assigned[row] >= std::exchange(last[table.function[row]], table.assigned[row]));
}

TEST_CASE("R18b R29 the same seed gives the same results") {
  const auto seed = GENERATE(range(0U, 5U));
  const ws::Results one = simulate(seed).results;
  const ws::Results other = simulate(seed).results;
  CHECK(same(*one.invocations, *other.invocations));
  CHECK(same(*one.containers, *other.containers));
  CHECK(same(*one.transfers, *other.transfers));
}
