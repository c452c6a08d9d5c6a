// Platforms as descriptions: what they hold, what they refuse, and how they are laid out.
#include "model/platform_layout.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/platform.hpp"

#include <catch.hpp>

#include <cmath>
#include <stdexcept>

namespace ws = wrench_serverless;
using namespace ws::literals;
using Catch::Matchers::Contains;

namespace {

constexpr ws::LinkOptions fast{.bandwidth = 1_GBps, .latency = 1_ms};
const ws::DiskOptions disk{.size = 1_GB, .read_bandwidth = 1e8, .write_bandwidth = 1e8};

ws::Platform two_hosts() {
  ws::Platform platform;
  platform.add_host("a");
  platform.add_host("b");
  platform.add_link("l", fast);
  return platform;
}

} // namespace

TEST_CASE("a platform keeps what it was given") {
  ws::Platform platform = two_hosts();
  platform.add_disk("a",
                    {.name = "ssd", .size = 1_TB, .read_bandwidth = 2e9, .write_bandwidth = 1e9, .mount = "/data"});
  platform.add_route("a", "b", {"l"});
  CHECK(platform.host_names() == std::vector<std::string>{"a", "b"});
  CHECK(platform.hosts()[0].options.cores == 1);
  CHECK_FALSE(platform.hosts()[0].options.ram.has_value());
  CHECK(platform.hosts()[0].disks[0].mount == "/data");
  CHECK(platform.links()[0].options.bandwidth == 1e9);
  REQUIRE(platform.routes().size() == 1);
  CHECK(platform.routes()[0].symmetrical);

  const ws::Platform copy = platform;
  platform.add_host("c");
  CHECK(copy.hosts().size() == 2);
}

TEST_CASE("a bad number is refused with its name") {
  ws::Platform platform = two_hosts();
  CHECK_THROWS_WITH(platform.add_host("x", {.cores = 0}), Contains("cores of host 'x'") && Contains("0"));
  CHECK_THROWS_WITH(platform.add_host("x", {.speed = 0}), Contains("speed of host 'x'"));
  CHECK_THROWS_WITH(platform.add_host("x", {.speed = NAN}), Contains("speed of host 'x'"));
  CHECK_THROWS_WITH(platform.add_host("x", {.ram = -1}), Contains("ram of host 'x'") && Contains("-1"));
  CHECK_THROWS_WITH(platform.add_link("m", {}), Contains("bandwidth of link 'm'"));
  CHECK_THROWS_WITH(platform.add_link("m", {.bandwidth = 1, .latency = -1}), Contains("latency of link 'm'"));
  CHECK_THROWS_WITH(platform.add_disk("a", {.read_bandwidth = 1, .write_bandwidth = 1}),
                    Contains("size of disk 'disk' of host 'a'"));
  CHECK_THROWS_WITH(platform.add_disk("a", {.size = 1, .read_bandwidth = 1}), Contains("write_bandwidth of disk"));
  CHECK_THROWS_AS(platform.add_host(""), std::invalid_argument);
  CHECK_THROWS_AS(platform.add_host("a\nb"), std::invalid_argument);
  CHECK_THROWS_AS(platform.add_host("_world_"), std::invalid_argument);
  CHECK(platform.hosts().size() == 2);
  CHECK(platform.links().size() == 1);
}

TEST_CASE("a name that is taken or missing is refused") {
  ws::Platform platform = two_hosts();
  platform.add_router("r");
  platform.add_disk("a", disk);
  CHECK_THROWS_WITH(platform.add_host("a"), Contains("'a'"));
  CHECK_THROWS_WITH(platform.add_host("r"), Contains("'r'"));
  CHECK_THROWS_WITH(platform.add_link("l", fast), Contains("'l'"));
  CHECK_THROWS_WITH(platform.add_disk("a", disk), Contains("'disk'"));
  CHECK_THROWS_WITH(platform.add_disk("nowhere", disk), Contains("'nowhere'"));
  CHECK_THROWS_WITH(platform.add_disk("r", disk), Contains("router"));
  ws::DiskOptions other = disk;
  other.name = "other";
  CHECK_THROWS_WITH(platform.add_disk("a", other), Contains("mounted at '/'") && Contains("'disk'"));
  CHECK_THROWS_AS(platform.add_host("a"), ws::PlatformError);

  SECTION("a split-duplex link takes two names more") {
    platform.add_link("d", {.bandwidth = 1, .sharing = ws::LinkSharing::SplitDuplex});
    CHECK_THROWS_WITH(platform.add_link("d_UP", fast), Contains("'d_UP'"));
    platform.add_link("e_DOWN", fast);
    CHECK_THROWS_AS(platform.add_link("e", {.bandwidth = 1, .sharing = ws::LinkSharing::SplitDuplex}),
                    ws::PlatformError);
    platform.add_link("e", fast);
  }
}

TEST_CASE("a route needs two ends, links, and to be the only one") {
  ws::Platform platform = two_hosts();
  CHECK_THROWS_WITH(platform.add_route("a", "x", {"l"}), Contains("destination") && Contains("'x'"));
  CHECK_THROWS_WITH(platform.add_route("x", "a", {"l"}), Contains("source") && Contains("'x'"));
  CHECK_THROWS_WITH(platform.add_route("a", "b", {"m"}), Contains("links") && Contains("'m'"));
  CHECK_THROWS_AS(platform.add_route("a", "b", {}), std::invalid_argument);
  CHECK_THROWS_AS(platform.add_route("a", "a", {"l"}), std::invalid_argument);
  CHECK_THROWS_WITH(platform.add_route("a", "b", {"l:down"}), Contains("split-duplex"));
  platform.add_route("a", "b", {"l"}, false);
  CHECK_THROWS_WITH(platform.add_route("a", "b", {"l"}, false), Contains("'a'") && Contains("'b'"));
  CHECK_THROWS_AS(platform.add_route("b", "a", {"l"}), ws::PlatformError);
  platform.add_route("b", "a", {"l"}, false);
}

TEST_CASE("a cluster is a star of user, head and nodes") {
  const ws::Platform platform = ws::Platform::cluster({.nodes = 3, .cores = 16, .head_cores = 4, .head_disk = 2_TB});
  CHECK(platform.host_names() == std::vector<std::string>{"user", "head", "node-0", "node-1", "node-2"});
  CHECK(platform.hosts()[1].options.cores == 4);
  CHECK(platform.hosts()[1].disks[0].size == 2_TB);
  CHECK(platform.hosts()[2].options.cores == 16);
  CHECK(platform.hosts()[2].options.ram == 64_GB);
  CHECK(platform.hosts()[2].disks[0].mount == "/");
  CHECK(platform.links()[0].name == "wan");
  const ws::PlatformLayout layout = layout_platform(platform);
  CHECK(layout.routing == ws::Routing::Star);
  CHECK(layout.spokes.size() == 5);
  CHECK_THROWS_WITH(ws::Platform::cluster({.nodes = 0}), Contains("nodes"));
  CHECK_THROWS_AS(ws::Platform::cluster({.link_bandwidth = 0}), std::invalid_argument);
}

TEST_CASE("a cluster stays a star while hosts are attached to its switch") {
  ws::Platform platform = ws::Platform::cluster({.nodes = 200});
  platform.add_host("gpu-0");
  platform.add_link("fibre", fast);
  // A host without a link is no star, and at this size no platform either.
  CHECK_THROWS_WITH(layout_platform(platform), Contains("'gpu-0'"));
  platform.add_route("switch", "gpu-0", {"fibre"});
  CHECK(layout_platform(platform).routing == ws::Routing::Star);
  platform.add_link("direct", fast);
  platform.add_route("gpu-0", "node-0", {"direct"});
  CHECK(layout_platform(platform).routing == ws::Routing::Dijkstra);
}

TEST_CASE("other platforms are graphs") {
  ws::Platform platform;
  CHECK_THROWS_WITH(platform.to_xml(), Contains("no host"));
  platform = two_hosts();
  CHECK(layout_platform(platform).routing == ws::Routing::Floyd); // not connected: fine while it is small
  platform.add_route("a", "b", {"l"});
  CHECK(layout_platform(platform).routing == ws::Routing::Floyd);

  SECTION("in a large one, each vertex has to be reached, and to lead back") {
    for (int i = 0; i < 200; ++i) {
      platform.add_host("h" + std::to_string(i));
      platform.add_route("a", "h" + std::to_string(i), {"l"}, i != 150);
    }
    CHECK_THROWS_WITH(layout_platform(platform), Contains("from 'h150' to 'a'"));
    platform.add_route("h150", "a", {"l"}, false);
    CHECK(layout_platform(platform).routing == ws::Routing::Dijkstra);
  }
}

TEST_CASE("10,000 nodes are made and written") {
  const ws::Platform platform = ws::Platform::cluster({.nodes = 10'000});
  const std::string xml = platform.to_xml();
  CHECK(platform.hosts().size() == 10'002);
  CHECK(xml.size() < 8'000'000);
}

TEST_CASE("a platform that cannot be written is an error with the path") {
  CHECK_THROWS_WITH(two_hosts().save_xml("/nowhere/platform.xml"), Contains("/nowhere/platform.xml"));
}
