// Storage services: what they hold and refuse (R2 to R4, R6).
#include "world.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;
using Names = std::vector<std::string>;

TEST_CASE("R2 the capacities on one disk never add up to more than its size") {
  World world;
  auto first = world.storage("a", {.capacity = 600_MB});
  CHECK(first->name() == "a:/");
  CHECK(first->host() == "a");
  CHECK(first->free_space() == 600_MB);
  CHECK_THROWS_WITH(world.storage("a", {.capacity = 401_MB}),
                    Contains("disk") && Contains("'a'") && Contains("401MB") && Contains("400MB") && Contains("1GB"));
  auto second = world.storage("a", {.capacity = 400_MB});
  world.storage("a", {.capacity = 1_GB, .disk = "/fast"}); // another disk
  first->destroy();
  CHECK_NOTHROW(world.storage("a", {.capacity = 600_MB}));
}

TEST_CASE("R2 a storage service needs a host, a disk and a capacity that there are") {
  World world;
  CHECK_THROWS_WITH(world.storage("nowhere", {.capacity = 1_MB}), Contains("nowhere"));
  CHECK_THROWS_WITH(world.storage("a", {.capacity = 1_MB, .disk = "/other"}), Contains("/other"));
  CHECK_THROWS_AS(world.storage("a", {.capacity = 0}), std::invalid_argument);
  CHECK_THROWS_AS(world.storage("a", {.capacity = -1}), std::invalid_argument);
}

TEST_CASE("R3 a storage service carved out of another takes its space and gives it back") {
  World world;
  auto parent = world.storage("a", {.capacity = 100_MB});
  parent->create_file("kept", 10_MB);
  auto child = parent->carve(60_MB, "child");
  CHECK(child->name() == "child");
  CHECK(child->host() == "a");
  CHECK(child->capacity() == 60_MB);
  CHECK(child->free_space() == 60_MB);
  CHECK(parent->free_space() == 30_MB);
  child->create_file("x", 60_MB);
  CHECK(parent->files() == Names{"kept"});
  CHECK_THROWS_WITH(parent->carve(31_MB), Contains("31MB") && Contains("30MB"));
  CHECK_THROWS_AS(parent->carve(0), std::invalid_argument);
  child->destroy();
  child->destroy(); // twice is once
  CHECK(parent->free_space() == 90_MB);
  CHECK(child->destroyed());
  CHECK_THROWS_WITH(child->create_file("y", 1), Contains("child") && Contains("gone"));
}

TEST_CASE("R3 a carved storage service goes with the last handle, or with its parent") {
  World world;
  auto parent = world.storage("a", {.capacity = 100_MB});
  auto child = parent->carve(50_MB);
  child.reset();
  CHECK(parent->free_space() == 100_MB);
  auto orphan = parent->carve(20_MB, "orphan");
  auto grandchild = orphan->carve(10_MB, "grandchild");
  parent->destroy();
  CHECK(grandchild->destroyed());
  CHECK_THROWS_WITH(grandchild->create_file("x", 1), Contains("grandchild") && Contains("a:/"));
}

TEST_CASE("R3 a carve takes no simulated time") {
  World world;
  auto parent = world.storage("a", {.capacity = 100_MB});
  world.start("a", [&] { parent->carve(50_MB)->destroy(); });
  CHECK(world.run() == 0);
}

TEST_CASE("R4 a write that does not fit fails at once and changes nothing") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB});
  storage->create_file("old", 60_MB);
  world.start("a", [&] {
    CHECK_THROWS_AS(storage->write("new", 41_MB), ws::StorageFull);
    CHECK_THROWS_WITH(storage->write("new", 41_MB),
                      Contains("'new'") && Contains("a:/") && Contains("41MB") && Contains("40MB"));
    CHECK(world.now() == 0);
    CHECK(storage->files() == Names{"old"});
    CHECK(storage->free_space() == 40_MB);
    storage->write("new", 40_MB);
  });
  world.run();
  CHECK(storage->files() == Names{"new", "old"});
  CHECK(storage->free_space() == 0);
  CHECK_THROWS_AS(storage->create_file("more", 1), ws::StorageFull);
}

TEST_CASE("R4 a file that is being written holds its place, and does not exist yet") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB});
  world.start("a", [&] { storage->write("f", 100_MB); });
  world.start("a", [&] {
    world.sleep(1);
    CHECK_FALSE(storage->has("f"));
    CHECK(storage->free_space() == 0);
    CHECK_THROWS_AS(storage->read("f"), ws::FileNotFound);
    CHECK_THROWS_AS(storage->write("g", 1), ws::StorageFull);
    world.sleep(1.5);
    CHECK(storage->has("f"));
    CHECK(storage->size("f") == 100_MB);
  });
  world.run();
}

TEST_CASE("R4 a write that is cancelled gives its reservation back") {
  World world;
  const bool remote = GENERATE(false, true);
  auto storage = world.storage(remote ? "b" : "a", {.capacity = 100_MB});
  const ws::FibreId writer = world.start("a", [&] {
    CHECK_THROWS_AS(storage->write("f", 100_MB), ws::FunctionTimeout);
    CHECK(world.now() == seconds(1));
    CHECK(storage->free_space() == 100_MB);
    CHECK_FALSE(storage->has("f"));
  });
  world.after(1,
              [&] { world.runtime->fibres().interrupt(writer, std::make_exception_ptr(ws::FunctionTimeout("now"))); });
  CHECK(world.run() == seconds(1));
}

TEST_CASE("a write replaces a file of the same name once it ends") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB});
  storage->create_file("f", 20_MB);
  world.start("a", [&] {
    storage->write("f", 50_MB);
    CHECK(storage->size("f") == 50_MB);
    CHECK(storage->free_space() == 50_MB);
  });
  world.start("a", [&] {
    world.sleep(0.5);
    CHECK(storage->size("f") == 20_MB);
    CHECK(storage->free_space() == 30_MB);
  });
  world.run();
}

TEST_CASE("R6 eviction drops the least recently used file that nobody reads") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB, .evict_lru = true});
  for (const char* file : {"a", "b", "c"})
    storage->create_file(file, 30_MB);
  world.start("a", [&] {
    storage->read("a", 1_MB); // now b is the oldest
    storage->write("d", 20_MB);
    CHECK(storage->files() == Names{"a", "c", "d"});
    storage->write("e", 100_MB);
    CHECK(storage->files() == Names{"e"});
    CHECK_THROWS_AS(storage->write("f", 101_MB), ws::StorageFull);
    CHECK(storage->files() == Names{"e"});
  });
  world.run();
}

TEST_CASE("R6 a file is pinned while it is read or copied from") {
  World world;
  const bool copy = GENERATE(false, true);
  auto storage = world.storage("a", {.capacity = 100_MB, .evict_lru = true});
  auto other = world.storage("b", {.capacity = 100_MB});
  storage->create_file("old", 60_MB);
  storage->create_file("new", 40_MB);
  world.start("a", [&] {
    if (copy)
      storage->copy("old", *other); // 60 MB at 50 MB/s
    else
      storage->read("old"); // 60 MB at 100 MB/s
  });
  world.start("a", [&] {
    world.sleep(0.1);
    CHECK_THROWS_WITH(storage->write("x", 41_MB), Contains("40MB more by eviction"));
    CHECK(storage->files() == Names{"new", "old"});
    world.sleep(2);
    storage->write("x", 100_MB);
    CHECK(storage->files() == Names{"x"});
  });
  world.run();
}

TEST_CASE("a file that is removed while it is read is read to the end, and holds its place until then") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB});
  storage->create_file("f", 100_MB);
  world.start("a", [&] {
    storage->read("f");
    CHECK(world.now() == seconds(1));
    CHECK(storage->free_space() == 100_MB);
  });
  world.start("a", [&] {
    world.sleep(0.5);
    storage->remove("f");
    CHECK_FALSE(storage->has("f"));
    CHECK(storage->free_space() == 0);
    CHECK_THROWS_AS(storage->remove("f"), ws::FileNotFound);
  });
  world.run();
}

TEST_CASE("what is under way fails when its storage service is destroyed") {
  World world;
  auto parent = world.storage("a", {.capacity = 200_MB});
  auto storage = parent->carve(100_MB, "doomed");
  storage->create_file("old", 30_MB);
  int failed = 0;
  const auto expect_failure = [&](const std::function<void()>& operation) {
    world.start("a", [&, operation] {
      CHECK_THROWS_AS(operation(), ws::Error);
      ++failed;
    });
  };
  expect_failure([&] { storage->write("f", 50_MB); });
  expect_failure([&] { storage->read("old"); });
  expect_failure([&] { storage->copy("old", *parent); });
  world.after(0.1, [&] { storage->destroy(); });
  world.run();
  CHECK(failed == 3);
  CHECK_FALSE(parent->has("old"));
  CHECK(parent->free_space() == 200_MB);
}

TEST_CASE("sizes below zero and files without a name are refused") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB});
  auto remote = world.storage("b", {.capacity = 100_MB});
  storage->create_file("f", 10_MB);
  CHECK_THROWS_AS(storage->create_file("x", -1), std::invalid_argument);
  CHECK_THROWS_AS(storage->create_file("", 1), std::invalid_argument);
  world.start("a", [&] {
    CHECK_THROWS_WITH(storage->write("x", -1), Contains("size") && Contains("-1"));
    CHECK_THROWS_AS(remote->write("x", -1), std::invalid_argument);
    CHECK_THROWS_AS(storage->write("", 1), std::invalid_argument);
    CHECK_THROWS_WITH(storage->read("f", -1), Contains("size") && Contains("-1"));
    CHECK_THROWS_WITH(storage->read("f", 11_MB), Contains("11MB") && Contains("10MB"));
    CHECK_THROWS_AS(storage->copy("f", *storage), std::invalid_argument);
    CHECK_THROWS_WITH(storage->read("none"), Contains("'none'") && Contains("a:/"));
    CHECK_THROWS_AS(storage->copy("none", *remote), ws::FileNotFound);
  });
  CHECK(world.run() == 0);
  CHECK(storage->free_space() == 90_MB);
}

TEST_CASE("what blocks only works in a controller or a body") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB});
  CHECK_THROWS_AS(storage->write("x", 1), ws::NotInSimulation);
  CHECK_THROWS_AS(storage->read("x"), ws::NotInSimulation);
}

TEST_CASE("a storage service that outlives its simulation raises errors") {
  std::shared_ptr<ws::StorageService> kept, child;
  {
    World world;
    kept = world.storage("a", {.capacity = 100_MB, .name = "kept"});
    child = kept->carve(10_MB);
    kept->create_file("f", 1_MB);
  }
  CHECK_THROWS_WITH(kept->create_file("g", 1), Contains("over"));
  CHECK_THROWS_AS(kept->carve(1), ws::Error);
  CHECK_THROWS_AS(kept->remove("f"), ws::Error);
  CHECK_THROWS_AS(kept->write("g", 1), ws::NotInSimulation);
  CHECK(kept->name() == "kept");
  kept->destroy();
  child.reset();
}
