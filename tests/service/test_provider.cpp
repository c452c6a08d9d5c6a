// Providers and what can be registered at them: R2, R7, R8, R11, R12.
#include "cloud.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;

TEST_CASE("R7 by default a node has its cores as slots, its ram as memory and its disk as store") {
  Cloud cloud(2);
  auto& provider = cloud.provider({}, 2);
  CHECK(provider.name() == "provider");
  CHECK(provider.host() == "head");
  CHECK(provider.nodes() == std::vector<std::string>{"node-0", "node-1"});
  CHECK(provider.image_store()->capacity() == 5_GB);
  CHECK(provider.image_store()->host() == "head");
  const auto view = provider.cluster();
  REQUIRE(view.size() == 2);
  for (std::uint32_t node = 0; node < 2; ++node) {
    CHECK(view.node(ws::NodeId(node)).slots() == 4);
    CHECK(view.node(ws::NodeId(node)).memory() == 4_GB);
    CHECK(view.node(ws::NodeId(node)).storage() == 10_GB);
  }
}

TEST_CASE("R7 by default the image store has 100 GB of the head's disk, or what is left of it") {
  Cloud cloud; // with disks of 10 GB
  cloud.sim.create_storage_service("head", {.capacity = 4_GB});
  const auto& provider = cloud.sim.create_serverless_compute_service("head", {"node-0"}, {.node_store = 1_GB});
  CHECK(provider.image_store()->capacity() == 6_GB);
  CHECK_THROWS_WITH(cloud.sim.create_serverless_compute_service("head", {"node-0"}, {.node_store = 1_GB}),
                    Contains("image_store: nothing is left of the disk of host 'head'"));
  CHECK_THROWS_WITH(cloud.sim.create_serverless_compute_service("head", {"node-0"}, {.image_store = 100_GB}),
                    Contains("image_store: capacity 100GB is more than is left"));
}

TEST_CASE("R7 slots and node stores can be chosen, and the image store given") {
  Cloud cloud;
  auto& images = cloud.sim.create_storage_service("head", {.capacity = 1_GB, .name = "mine"});
  auto& provider = cloud.provider({.image_store = images.shared_from_this(), .slots = 7, .node_store = 3_GB});
  CHECK(provider.image_store().get() == &images);
  CHECK(provider.cluster().node(ws::NodeId(0U)).slots() == 7);
  CHECK(provider.cluster().node(ws::NodeId(0U)).storage() == 3_GB);
  cloud.sim.create_storage_service("node-0", {.capacity = 7_GB}); // what is left
}

TEST_CASE("R7 nodes may differ from one another") {
  ws::Platform platform = ws::Platform::cluster(round_numbers(1));
  platform.add_host("big", {.cores = 16, .speed = 1e9, .ram = 64_GB});
  platform.add_disk("big", {.size = 1_TB, .read_bandwidth = 1e8, .write_bandwidth = 1e8});
  platform.add_link("link-big", {.bandwidth = 1e9});
  platform.add_route("big", "switch", {"link-big"});
  ws::Simulation sim(platform);
  auto& registry = sim.create_storage_service("user", {.capacity = 1_GB});
  auto& provider = sim.create_serverless_compute_service("head", {"node-0", "big"}, {.image_store = 1_GB});
  auto& manager = sim.create_function_manager("user");
  const auto image = manager.create_image("i", registry.create_file("i", 1_MB));
  const auto function = manager.register_function(
      manager.create_function(
          "f", [](const ws::FunctionInput&, ws::StorageService&) { return std::any(); }, image),
      {&provider}, {.memory = 32_GB}); // only one could ever run it
  ws::Invocation invocation;
  sim.add_controller("user", [&] {
    invocation = manager.invoke(function);
    manager.wait_one(invocation);
  });
  sim.run();
  CHECK(invocation.node() == "big");
  CHECK(invocation.state() == State::Completed);
}

TEST_CASE("R8 a provider takes no jobs, and says which method it lacks") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const std::pair<void (ws::ComputeService::*)(), const char*> methods[] = {
      {&ws::ComputeService::submit_standard_job, "submit_standard_job"},
      {&ws::ComputeService::submit_compound_job, "submit_compound_job"},
      {&ws::ComputeService::submit_pilot_job, "submit_pilot_job"},
      {&ws::ComputeService::terminate_standard_job, "terminate_standard_job"},
      {&ws::ComputeService::terminate_compound_job, "terminate_compound_job"},
      {&ws::ComputeService::terminate_pilot_job, "terminate_pilot_job"}};
  for (const auto& [method, name] : methods)
    try {
      (provider.*method)();
      FAIL("no exception");
    } catch (const ws::NotSupported& error) {
      CHECK_THAT(error.what(), Contains(name) && Contains("provider") && Contains("ServerlessComputeService"));
    }
}

TEST_CASE("a provider that can't be is an error that says why, and leaves nothing behind") {
  Cloud cloud(2);
  const auto create = [&](const std::vector<std::string>& nodes, const ws::ServerlessOptions& options) {
    cloud.sim.create_serverless_compute_service("head", nodes, options);
  };
  const ws::ServerlessOptions good{.image_store = 1_GB};
  CHECK_THROWS_WITH(create({"node-0", "nowhere"}, good), Contains("nowhere"));
  CHECK_THROWS_WITH(create({}, good), Contains("nodes is empty"));
  CHECK_THROWS_WITH(create({"node-0", "node-0"}, good), Contains("'node-0' twice"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 11_GB}), Contains("11GB") && Contains("10GB"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 1_GB, .node_store = 11_GB}), Contains("11GB"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 1_GB, .slots = 0}), Contains("slots is 0"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 1_GB, .keep_alive = -1}), Contains("keep_alive"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 1_GB, .cold_start_overhead = -1}),
                    Contains("cold_start_overhead"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 1_GB, .warm_start_overhead = std::nan("")}),
                    Contains("warm_start_overhead"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 1_GB, .dispatch_overhead = infinity}),
                    Contains("dispatch_overhead"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = 1_GB, .control_message_size = -1}),
                    Contains("control_message_size"));
  CHECK_THROWS_WITH(create({"node-0"}, {.image_store = std::shared_ptr<ws::StorageService>()}),
                    Contains("image_store"));
  create({"node-0"}, {.image_store = 10_GB}); // all of both disks is still there
  const ws::Results results = cloud.sim.run();
  CHECK(results.provider_names == std::vector<std::string>{"provider"});
  CHECK(results.node_names == std::vector<std::string>{"node-0"});
  CHECK(results.node_slots == std::vector<int>{4});
}

TEST_CASE("R7 a node needs memory") {
  ws::Platform platform = ws::Platform::cluster(round_numbers(1));
  platform.add_host("bare");
  platform.add_disk("bare", {.size = 1_GB, .read_bandwidth = 1e8, .write_bandwidth = 1e8});
  platform.add_link("link-bare", {.bandwidth = 1e9});
  platform.add_route("bare", "switch", {"link-bare"});
  ws::Simulation sim(platform);
  CHECK_THROWS_WITH(sim.create_serverless_compute_service("head", {"bare"}, {.image_store = 1_GB}),
                    Contains("bare") && Contains("ram"));
}

TEST_CASE("R11 the limits have defaults, and bad ones are refused by name") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto function = cloud.sleeper("f", provider);
  CHECK(function->limits.ephemeral_storage == 512_MB);
  CHECK(function->limits.ingress == 0);
  CHECK(function->limits.egress == 0);
  CHECK(std::isinf(function->limits.time_limit));
  CHECK_THROWS_WITH(cloud.sleeper("a", provider, {.time_limit = 0}), Contains("time_limit"));
  CHECK_THROWS_WITH(cloud.sleeper("b", provider, {.time_limit = std::nan("")}), Contains("time_limit"));
  CHECK_THROWS_WITH(cloud.sleeper("c", provider, {.memory = -1}), Contains("memory is -1"));
  CHECK_THROWS_WITH(cloud.sleeper("d", provider, {.ephemeral_storage = -1}), Contains("ephemeral_storage"));
  CHECK_THROWS_WITH(cloud.sleeper("e", provider, {.ingress = -1}), Contains("ingress"));
  CHECK_THROWS_WITH(cloud.sleeper("g", provider, {.egress = -1}), Contains("egress"));
  CHECK_THROWS_WITH(cloud.add("h", nullptr, {&provider}), Contains("body"));
  CHECK_THROWS_WITH(cloud.manager.create_function("", function->function->body, function->function->image),
                    Contains("name"));
  CHECK_THROWS_WITH(cloud.manager.create_function("i", function->function->body, nullptr), Contains("'i'"));
  CHECK_THROWS_WITH(cloud.manager.register_function(function->function, {}), Contains("providers is empty"));
  const auto fresh = cloud.manager.create_function("j", function->function->body, function->function->image);
  CHECK_THROWS_WITH(cloud.manager.register_function(fresh, {&provider, &provider}), Contains("twice"));
  CHECK_THROWS_AS(cloud.manager.register_function(function->function, {nullptr}), std::invalid_argument);
}

TEST_CASE("an image is made of a file that there is") {
  Cloud cloud;
  CHECK_THROWS_AS(cloud.manager.create_image("i", {"none", cloud.registry.shared_from_this()}), ws::FileNotFound);
  CHECK_THROWS_WITH(cloud.manager.create_image("i", {"none", nullptr}), Contains("'i'"));
  const auto file = cloud.registry.create_file("f", 7_MB);
  CHECK(cloud.manager.create_image("i", file)->memory == 7_MB); // by default
  CHECK(cloud.manager.create_image("i", file)->size == 7_MB);
  CHECK_THROWS_WITH(cloud.manager.create_image("i", file, -1), Contains("memory is -1"));
  CHECK_THROWS_WITH(cloud.manager.create_image("i", file, ws::max_bytes + 1), Contains("memory is"));
  CHECK_THROWS_WITH(cloud.manager.create_image("", file), Contains("name"));
}

TEST_CASE("R12 a function that no node could ever run is refused, with the numbers") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto image = cloud.image("i", 1_GB, 1_GB);
  CHECK_THROWS_AS(cloud.sleeper("f", provider, {.memory = 3_GB + 1}, image), ws::RegistrationRefused);
  CHECK_THROWS_WITH(cloud.sleeper("f", provider, {.memory = 3500_MB}, image),
                    Contains("'f'") && Contains("'provider'") && Contains("4500MB") && Contains("3500MB") &&
                        Contains("1GB") && Contains("4GB"));
  CHECK_THROWS_AS(cloud.sleeper("f", provider, {.ephemeral_storage = 9_GB + 1}, image), ws::RegistrationRefused);
  CHECK_THROWS_WITH(cloud.sleeper("f", provider, {.ephemeral_storage = 9500_MB}, image),
                    Contains("10500MB") && Contains("10GB"));
  cloud.sleeper("f", provider, {.memory = 3_GB, .ephemeral_storage = 9_GB}, image); // just so
}

TEST_CASE("R12 the largest sizes that there are add up to more than any node has") {
  Cloud cloud;
  auto& provider = cloud.provider();
  const auto image = cloud.image("i", 1_MB, ws::max_bytes);
  CHECK_THROWS_AS(cloud.sleeper("f", provider, {.memory = ws::max_bytes}, image), ws::RegistrationRefused);
  CHECK_THROWS_AS(cloud.sleeper("f", provider, {.ephemeral_storage = ws::max_bytes}), ws::RegistrationRefused);
}

TEST_CASE("R12 a name is taken once at each provider") {
  Cloud cloud(2);
  auto& one = cloud.provider({.name = "one"});
  auto& two = cloud.sim.create_serverless_compute_service("head", {"node-1"}, {.image_store = 1_GB, .name = "two"});
  cloud.sleeper("f", one);
  CHECK_THROWS_WITH(cloud.sleeper("f", one, {}, cloud.image("other")), Contains("'one'") && Contains("'f'"));
  cloud.sleeper("f", two, {}, cloud.image("third"));
}

TEST_CASE("R12 when one provider refuses a function, none takes it") {
  ws::ClusterOptions options = round_numbers(2);
  Cloud cloud(options);
  auto& one = cloud.provider({.name = "one"});
  auto& two = cloud.sim.create_serverless_compute_service("head", {"node-1"},
                                                          {.image_store = 1_GB, .node_store = 1_GB, .name = "two"});
  const auto body = [](const ws::FunctionInput&, ws::StorageService&) { return std::any(); };
  CHECK_THROWS_WITH(cloud.add("f", body, {&one, &two}, {.ephemeral_storage = 2_GB}), Contains("'two'"));
  const auto function = cloud.add("f", body, {&one}, {.ephemeral_storage = 2_GB}, cloud.image("again"));
  CHECK(function->providers == std::vector<ws::ServerlessComputeService*>{&one});
}
