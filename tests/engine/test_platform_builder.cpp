// Platforms in SimGrid: built directly and by way of their file, with the same hosts, disks and routes.
#include "engine/platform_builder.hpp"
#include "engine/platform_file.hpp"
#include "engine/platform_query.hpp"
#include "engine/simgrid_config.hpp"
#include "wrench_serverless/errors.hpp"

#include <catch.hpp>

#include <simgrid/s4u/Link.hpp>

#include <unistd.h>

#include <cstdio>
#include <map>
#include <memory>
#include <sstream>

namespace ws = wrench_serverless;
namespace s4u = simgrid::s4u;
using namespace ws::literals;
using Catch::Matchers::Contains;

namespace {

std::string route_text(const s4u::Host& from, const s4u::Host& to) {
  if (!ws::has_route(from, to))
    return "none";
  const auto [links, latency] = from.route_to(&to);
  std::ostringstream text;
  text.precision(17);
  for (const s4u::Link* link : links)
    text << link->get_name() << " (" << link->get_bandwidth() << ") ";
  text << latency;
  return text.str();
}

// All that a simulation can see of a platform.
std::map<std::string, std::string> facts(const s4u::Engine& engine) {
  std::map<std::string, std::string> result;
  for (const std::string& name : ws::host_names(engine)) {
    const s4u::Host& host = ws::find_host(engine, name);
    std::ostringstream text;
    text.precision(17);
    text << ws::host_cores(host) << " cores " << ws::host_speed(host) << " flop/s " << ws::host_ram(host).value_or(-1);
    for (const s4u::Disk* disk : host.get_disks())
      text << " " << disk->get_name() << " " << ws::disk_size(*disk) << " " << disk->get_property("mount") << " "
           << disk->get_read_bandwidth() << " " << disk->get_write_bandwidth();
    result[name] = text.str();
    for (const std::string& other : ws::host_names(engine))
      result[name + " -> " + other] = route_text(host, ws::find_host(engine, other));
  }
  return result;
}

std::map<std::string, std::string> facts_built(const ws::Platform& platform) {
  const auto engine = std::make_unique<s4u::Engine>("test");
  ws::apply_simgrid_config({});
  ws::build_platform(*engine, platform);
  return facts(*engine);
}

template <typename Function> auto with_file(const ws::Platform& platform, Function function) {
  const std::string path = "/tmp/ws_platform_" + std::to_string(getpid()) + ".xml";
  platform.save_xml(path);
  ws::check_platform_file(path, {});
  const auto engine = std::make_unique<s4u::Engine>("test");
  ws::apply_simgrid_config({}, path);
  ws::load_platform_file(*engine, path);
  auto result = function(*engine);
  ws::release_platform_file();
  std::remove(path.c_str());
  return result;
}

std::map<std::string, std::string> facts_by_file(const ws::Platform& platform) { return with_file(platform, facts); }

} // namespace

TEST_CASE("a cluster crosses the links of both ends, and nothing to itself") {
  ws::Platform platform = ws::Platform::cluster({.nodes = 2, .cores = 4, .sharing = ws::LinkSharing::Shared});
  auto built = facts_built(platform);
  CHECK(built["user -> node-1"] == "wan (125000000) link-node-1 (1250000000) 0.01005");
  CHECK(built["node-0 -> node-1"] == "link-node-0 (1250000000) link-node-1 (1250000000) 0.0001");
  CHECK(built["node-0 -> node-0"] == "__loopback__ (10000000000) 0");
  CHECK(built["node-0"] == "4 cores 1000000000 flop/s 64000000000 disk 500000000000 / 1000000000 1000000000");
  CHECK(facts_by_file(platform) == built);

  platform = ws::Platform::cluster({.nodes = 2});
  platform.add_host("gpu");
  platform.add_link("fibre", {.bandwidth = 1_GBps, .sharing = ws::LinkSharing::SplitDuplex});
  platform.add_route("switch", "gpu", {"fibre"});
  built = facts_built(platform);
  CHECK(built["user -> gpu"] == "wan_UP (125000000) fibre_UP (1000000000) 0.01");
  CHECK(built["gpu -> user"] == "fibre_DOWN (1000000000) wan_DOWN (125000000) 0.01");
  CHECK(facts_by_file(platform) == built);
}

TEST_CASE("a graph finds the fewest links, in each direction") {
  ws::Platform platform;
  for (const char* name : {"a", "b", "c"})
    platform.add_host(name);
  platform.add_host("strange & <\"name\">", {.cores = 3, .speed = 1.0 / 3, .ram = 1_GiB});
  platform.add_router("r");
  platform.add_disk("c", {.name = "d&d", .size = 7, .read_bandwidth = 0.1, .write_bandwidth = 1e20, .mount = "/x y"});
  platform.add_link("ab", {.bandwidth = 1e6, .latency = 1.0 / 3});
  platform.add_link("ar", {.bandwidth = 2e6, .sharing = ws::LinkSharing::SplitDuplex});
  platform.add_link("rc", {.bandwidth = 3e6, .latency = 1_us, .sharing = ws::LinkSharing::Fatpipe});
  platform.add_route("a", "b", {"ab"});
  platform.add_route("a", "r", {"ar"});
  platform.add_route("r", "c", {"rc"});
  platform.add_route("c", "b", {"rc", "ar:down", "ab"}, false);
  auto built = facts_built(platform);
  CHECK(built["a -> c"] == "ar_UP (2000000) rc (3000000) 9.9999999999999995e-07");
  CHECK(built["c -> a"] == "rc (3000000) ar_DOWN (2000000) 9.9999999999999995e-07");
  CHECK(built["c -> b"] == "rc (3000000) ar_DOWN (2000000) ab (1000000) 0.33333433333333329");
  CHECK(built["b -> c"] == "ab (1000000) ar_UP (2000000) rc (3000000) 0.33333433333333329");
  CHECK(built["a -> strange & <\"name\">"] == "none");
  CHECK(facts_by_file(platform) == built);
}

TEST_CASE("a large graph has the routes of a small one") {
  ws::Platform platform = ws::Platform::cluster({.nodes = 150});
  platform.add_link("direct", {.bandwidth = 1_GBps});
  platform.add_route("node-0", "node-1", {"direct"});
  auto built = facts_built(platform);
  CHECK(built["node-0 -> node-1"] == "direct (1000000000) 0");
  CHECK(built["node-1 -> node-2"] == "link-node-1_UP (1250000000) link-node-2_DOWN (1250000000) 0.0001");
  CHECK(built["node-1 -> node-1"] == "__loopback__ (10000000000) 0");
  CHECK(facts_by_file(platform) == built);
}

TEST_CASE("10,000 nodes are built, or written and loaded") {
  const ws::Platform platform = ws::Platform::cluster({.nodes = 10'000});
  {
    const auto engine = std::make_unique<s4u::Engine>("test");
    ws::apply_simgrid_config({});
    ws::build_platform(*engine, platform);
    CHECK(engine->get_host_count() == 10'002);
    CHECK(ws::has_route(ws::find_host(*engine, "user"), ws::find_host(*engine, "node-9999")));
  }
  CHECK(with_file(platform, [](const s4u::Engine& engine) { return engine.get_host_count(); }) == 10'002);
}

TEST_CASE("hosts, disks and what they have are found, or it is said what there is") {
  ws::Platform platform = ws::Platform::cluster({.nodes = 12});
  platform.add_disk("node-1",
                    {.name = "hdd", .size = 1_TB, .read_bandwidth = 1e8, .write_bandwidth = 1e8, .mount = "/hdd"});
  platform.add_host("diskless");
  platform.add_link("l", {.bandwidth = 1});
  platform.add_route("diskless", "switch", {"l"});
  const auto engine = std::make_unique<s4u::Engine>("test");
  ws::apply_simgrid_config({});
  ws::build_platform(*engine, platform);

  CHECK(ws::find_host(*engine, "node-11").get_name() == "node-11");
  CHECK_THROWS_WITH(ws::find_host(*engine, "nod-1"), Contains("'nod-1'") && Contains("did you mean 'node-1'"));
  CHECK_THROWS_WITH(ws::find_host(*engine, "User"), Contains("did you mean 'user'?"));
  CHECK_THROWS_WITH(ws::find_host(*engine, "something else"), Contains("its hosts are 'diskless', 'head', 'node-0'"));
  CHECK(ws::host_names(*engine)[4] == "node-2");

  const s4u::Host& node = ws::find_host(*engine, "node-1");
  CHECK(ws::disk_size(ws::find_disk(node)) == 500_GB);
  CHECK(ws::disk_size(ws::find_disk(node, "/hdd")) == 1_TB);
  CHECK_THROWS_WITH(ws::find_disk(node, "/ssd"), Contains("'node-1'") && Contains("'/ssd'") && Contains("'/', '/hdd'"));
  CHECK_THROWS_WITH(ws::find_disk(ws::find_host(*engine, "diskless")), Contains("it has no disk"));
  CHECK(ws::host_ram(node) == 64_GB);
  CHECK_FALSE(ws::host_ram(ws::find_host(*engine, "diskless")).has_value());
  CHECK_NOTHROW(ws::check_routes({{&node, &ws::find_host(*engine, "diskless")}}));
}
