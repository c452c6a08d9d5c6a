// Hosts that are nodes of several providers: each has a share of the memory (R7).
#include "cloud.hpp"

#include "service/host_check.hpp"

namespace {

// Two providers on the only node, of 4 cores and 4 GB. Each has a function whose containers take 500 MB, and no more.
struct Shared : Cloud {
  ws::ServerlessComputeService& one;
  ws::ServerlessComputeService& two;

  explicit Shared(std::optional<ws::Bytes> first, std::optional<ws::Bytes> second)
      : one(provider({.image_store = 1_GB, .node_store = 5_GB, .node_memory = first, .name = "one"})),
        two(provider({.image_store = 1_GB, .node_store = 5_GB, .node_memory = second, .name = "two"})) {}

  Function small(const std::string& name, ws::ServerlessComputeService& provider, double flops) {
    return add(
        name,
        [flops](const ws::FunctionInput&, ws::StorageService&) -> ws::FunctionOutput {
          ws::compute(flops);
          return {};
        },
        {&provider}, {.memory = 500_MB, .ephemeral_storage = 1_MB}, image(name, 1_MB, 0));
  }
  ws::Bytes memory(const ws::ServerlessComputeService& provider) const {
    return provider.cluster().node(ws::NodeId(0U)).memory();
  }
};

// Calls that ran at once, at most.
std::size_t most_at_once(const std::vector<ws::Invocation>& calls) {
  std::size_t most = 0;
  for (const auto& one : calls)
    most = std::max<std::size_t>(most, std::ranges::count_if(calls, [&](const ws::Invocation& other) {
                                   return other.started() <= one.started() && one.started() < other.ended();
                                 }));
  return most;
}

} // namespace

TEST_CASE("R7 providers on one node hold shares of its memory, by default what is left") {
  Shared shared(3_GB, {});
  CHECK(shared.memory(shared.one) == 3_GB);
  CHECK(shared.memory(shared.two) == 1_GB);
  const auto f = shared.small("f", shared.one, 1e10);
  const auto g = shared.small("g", shared.two, 1e10);
  shared.run([&] {
    std::vector<ws::Invocation> calls[2];
    for (int call = 0; call < 8; ++call) {
      calls[0].push_back(shared.manager.invoke(f));
      calls[1].push_back(shared.manager.invoke(g));
    }
    shared.manager.wait_all(calls[0]);
    shared.manager.wait_all(calls[1]);
    CHECK(most_at_once(calls[0]) == 4); // its slots
    CHECK(most_at_once(calls[1]) == 2); // its memory
  });
}

TEST_CASE("R7 slots are not shared: there may be more than cores, whose time bodies share") {
  Shared shared(2_GB, 2_GB);
  const auto f = shared.small("f", shared.one, 1e9);
  const auto g = shared.small("g", shared.two, 1e9);
  shared.run([&] {
    std::vector<ws::Invocation> calls;
    for (int call = 0; call < 4; ++call) {
      calls.push_back(shared.manager.invoke(f));
      calls.push_back(shared.manager.invoke(g));
    }
    shared.manager.wait_all(calls);
    CHECK(most_at_once(calls) == 8);
    for (const auto& call : calls)
      CHECK(call.ended() - call.started() == Approx(2).margin(0.1)); // eight bodies on four cores
  });
}

TEST_CASE("R7 shares of memory that add up to more than the host has are refused, and who holds how much is said") {
  Cloud cloud(2);
  auto add = [&](const std::string& name, std::optional<ws::Bytes> memory, const std::vector<std::string>& nodes) {
    cloud.sim.create_serverless_compute_service(
        "head", nodes, {.image_store = 1_GB, .node_store = 1_GB, .node_memory = memory, .name = name});
  };
  add("a", 1_GB, {"node-1"});
  add("b", 2_GB, {"node-1"});
  CHECK_THROWS_WITH(add("c", 2_GB, {"node-0", "node-1"}),
                    "node_memory 2GB is more than is left of the memory of host 'node-1', 1GB of 4GB: provider 'a' "
                    "holds 1GB, provider 'b' holds 2GB");
  CHECK_THROWS_AS(add("c", 2_GB, {"node-1"}), std::invalid_argument);
  CHECK_THROWS_WITH(add("c", 0, {"node-0"}), "node_memory is 0: it must be bytes > 0");
  CHECK_THROWS_WITH(add("c", -1, {"node-0"}), "node_memory is -1: it must be bytes > 0");
  CHECK_THROWS_WITH(add("c", 5_GB, {"node-0"}),
                    "node_memory 5GB is more than is left of the memory of host 'node-0', 4GB of 4GB");
  add("rest", {}, {"node-1"});
  for (const std::optional<ws::Bytes> memory : {std::optional<ws::Bytes>(), std::optional(ws::Bytes{1})})
    CHECK_THROWS_WITH(add("c", memory, {"node-1"}),
                      "node_memory: nothing is left of the 4GB of memory of host 'node-1': provider 'a' holds 1GB, "
                      "provider 'b' holds 2GB, provider 'rest' holds 1GB; give each provider there a node_memory of "
                      "its own");
}

TEST_CASE("R7 a provider that could not be made gives all its shares back") {
  Cloud cloud(2);
  const ws::ServerlessOptions good{.image_store = 1_GB, .node_store = 1_GB};
  auto with = [&](auto change) {
    ws::ServerlessOptions options = good;
    change(options);
    return options;
  };
  auto& sim = cloud.sim;
  const std::vector<std::string> nodes{"node-0", "node-1"};
  CHECK_THROWS(sim.create_serverless_compute_service("head", {"node-0", "nowhere"}, good));
  CHECK_THROWS(sim.create_serverless_compute_service("head", nodes, with([](auto& o) { o.node_store = 11_GB; })));
  CHECK_THROWS(sim.create_serverless_compute_service("head", nodes, with([](auto& o) { o.slots = 0; })));
  CHECK_THROWS(sim.create_serverless_compute_service("head", {"node-0", "user"}, with([](auto& o) { // its disk is full
                                                       o.node_memory = 4_GB;
                                                     })));
  auto& provider = sim.create_serverless_compute_service("head", nodes, good);
  for (std::uint32_t node = 0; node < 2; ++node)
    CHECK(provider.cluster().node(ws::NodeId(node)).memory() == 4_GB);
}

TEST_CASE("R7 the memory of a host is added up over its providers") {
  Shared shared(1_GB, 3_GB);
  CHECK_NOTHROW(ws::check_hosts({&shared.one, &shared.two}));
  // As if there were another with a share of its own.
  CHECK_THROWS_WITH(ws::check_hosts({&shared.one, &shared.two, &shared.one}),
                    "an invariant does not hold: of the 4GB of memory of host 'node-0', providers have 5GB and use 0B");
}

TEST_CASE("R7 a host without memory can't be a node, whatever it is to give") {
  ws::Platform platform;
  for (const auto& [name, ram] :
       {std::pair{"none", std::optional<ws::Bytes>()}, std::pair{"zero", std::optional(ws::Bytes{0})}}) {
    platform.add_host(name, {.ram = ram});
    platform.add_disk(name, {.size = 10_GB, .read_bandwidth = 1e8, .write_bandwidth = 1e8});
  }
  platform.add_link("link", {.bandwidth = 1e9});
  platform.add_route("none", "zero", {"link"});
  ws::Simulation sim(platform);
  for (const char* host : {"none", "zero"})
    for (const std::optional<ws::Bytes> memory : {std::optional<ws::Bytes>(), std::optional(1_GB)})
      CHECK_THROWS_AS(sim.create_serverless_compute_service(
                          host, {host}, {.image_store = 1_GB, .node_store = 1_GB, .node_memory = memory}),
                      ws::PlatformError);
}
