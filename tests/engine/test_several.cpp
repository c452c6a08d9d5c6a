// Several simulations one after another in a process: from a platform file and from a Platform, after a good end and
// after a bad one, each with the same times.
#include "world.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace {

// The platform as a file that is gone at the end of the test.
struct PlatformFile {
  std::string path;
  explicit PlatformFile(const std::string& name)
      : path((std::filesystem::temp_directory_path() / ("ws_several_" + std::to_string(getpid()) + name)).string()) {
    small_platform().save_xml(path);
  }
  ~PlatformFile() { std::remove(path.c_str()); }
};

// Some of everything; its dates.
std::vector<double> dates(const ws::PlatformSource& platform) {
  World world(platform);
  CHECK(world.now() == 0);
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("c", {.capacity = 1_GB});
  std::vector<double> result;
  for (int i = 0; i < 3; ++i)
    world.start("a", [&, i] {
      const std::string file = std::to_string(i);
      world.sleep(0.1 * i);
      from->write(file, (i + 1) * 10_MB);
      result.push_back(world.now());
      world.compute(1e8 * (i + 1));
      result.push_back(world.now());
      from->copy(file, *to);
      result.push_back(world.now());
    });
  world.run();
  CHECK(result.size() == 9);
  return result;
}

void fail(const ws::PlatformSource& platform, bool in_controller) {
  World world(platform);
  auto storage = world.storage("a", {.capacity = 1_GB});
  auto remote = world.storage("c", {.capacity = 1_GB});
  storage->create_file("f", 100_MB);
  world.start("a", [&] { storage->copy("f", *remote); });
  world.start("b", [&] { world.compute(1e12); });
  world.start("b", [&] {
    world.sleep(1);
    throw std::runtime_error("failed");
  });
  if (in_controller)
    CHECK_THROWS_WITH(world.run(), "failed");
  else
    CHECK(world.run(0.5) == 0.5); // left in the middle
}

} // namespace

TEST_CASE("R29 simulations one after another give the same dates to the last bit") {
  const PlatformFile file("several.xml");
  const std::vector<double> first = dates(small_platform());
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    CHECK(dates(small_platform()) == first);
    CHECK(dates(file.path) == first);
    if (round == 2)
      fail(small_platform(), true);
    if (round == 3)
      fail(file.path, true);
    if (round == 4)
      fail(file.path, false);
  }
}

TEST_CASE("a platform that is none leaves the next simulation alone") {
  const PlatformFile file("good.xml");
  const std::vector<double> first = dates(small_platform());
  CHECK_THROWS_AS(World("/no/such/file.xml"), ws::PlatformError);
  CHECK_THROWS_AS(World(small_platform(), {"network/model:nonsense"}), ws::PlatformError);
  CHECK(dates(file.path) == first);
  CHECK_THROWS_AS(World(file.path, {"no/such/option:1"}), ws::PlatformError);
  CHECK(dates(small_platform()) == first);
}

TEST_CASE("a new simulation closes the one before, unless that is running") {
  auto first = std::make_unique<World>();
  auto storage = first->storage("a", {.capacity = 1_GB});
  bool unwound = false;
  first->start("a", [&] {
    try {
      CHECK_THROWS_AS(ws::Runtime::make_way(), ws::Error);
      first->sleep(10);
    } catch (...) {
      unwound = true;
      throw;
    }
  });
  first->run(5);
  World second;
  CHECK(unwound);
  CHECK(first->runtime->closed());
  CHECK_THROWS_AS(storage->create_file("f", 1), ws::Error);
  CHECK_THROWS_AS(first->runtime->begin_run(), ws::Error);
  first.reset();
  CHECK(ws::Runtime::live() == second.runtime.get());
  second.start("a", [&] { second.sleep(1); });
  CHECK(second.run() == 1);
}

TEST_CASE("a run within a run is an error, and harms nobody") {
  World world;
  world.start("a", [&] {
    CHECK_THROWS_AS(world.runtime->begin_run(), ws::Error);
    world.sleep(1);
  });
  CHECK(world.run() == 1);
}
