// R2 to R6 where it gets tight: trees of carved services, names that repeat, capacities exactly met, what is cut short.
#include "world.hpp"

#include "engine/transfers.hpp"

using Catch::Matchers::Contains;
using Names = std::vector<std::string>;

TEST_CASE("R3 a tree of carved services goes with its root, and all its capacity comes back, in any order") {
  World world;
  auto root = world.storage("a", {.capacity = 1_GB});
  auto child = root->carve(600_MB, "child");
  auto grandchild = child->carve(600_MB, "grandchild"); // exactly what there is
  auto sibling = root->carve(400_MB);
  CHECK(root->free_space() == 0);
  CHECK(child->free_space() == 0);
  CHECK_THROWS_AS(root->carve(1), ws::StorageFull);
  grandchild->create_file("f", 600_MB);

  SECTION("from the middle") {
    child->destroy();
    CHECK(root->free_space() == 600_MB);
    CHECK(grandchild->destroyed());
    CHECK_THROWS_WITH(grandchild->create_file("g", 0), Contains("'child'"));
    grandchild->destroy(); // gives nothing back twice
    child->destroy();
    CHECK(root->free_space() == 600_MB);
    auto again = root->carve(600_MB);
    CHECK(again->files().empty());
  }
  SECTION("from the leaf") {
    grandchild->destroy();
    CHECK(child->free_space() == 600_MB);
    CHECK(root->free_space() == 0);
    grandchild = child = nullptr;
    CHECK(root->free_space() == 600_MB);
  }
  SECTION("from the root") {
    root->destroy();
    CHECK_THROWS_AS(sibling->create_file("g", 1), ws::Error);
    CHECK_THROWS_AS(grandchild->create_file("g", 0), ws::Error);
    CHECK(world.storage("a", {.capacity = 1_GB})->free_space() == 1_GB); // the disk has it back, once
    sibling = child = grandchild = nullptr;
    CHECK_THROWS_AS(world.storage("a", {.capacity = 2_GB}), std::invalid_argument);
  }
}

TEST_CASE("R3 a carved service keeps those alive that it was carved out of") {
  World world;
  auto leaf = world.storage("a", {.capacity = 1_GB})->carve(500_MB)->carve(100_MB);
  leaf->create_file("f", 100_MB);
  CHECK_FALSE(leaf->destroyed());
  CHECK_THROWS_AS(world.storage("a", {.capacity = 1}), std::invalid_argument); // the disk is still taken
  leaf = nullptr;
  CHECK(world.storage("a", {.capacity = 1_GB})->free_space() == 1_GB);
}

TEST_CASE("R4 an overwrite that is cut short leaves the old file, and gives its own place back") {
  World world;
  const bool remote = GENERATE(false, true);
  auto storage = world.storage(remote ? "b" : "a", {.capacity = 100_MB});
  storage->create_file("f", 40_MB);
  const ws::FibreId writer = world.start("a", [&] {
    CHECK_THROWS_AS(storage->write("f", 60_MB), ws::FunctionTimeout);
    CHECK(storage->size("f") == 40_MB);
    CHECK(storage->free_space() == 60_MB);
  });
  world.after(0.5, [&] {
    CHECK(storage->free_space() == 0);
    world.runtime->fibres().interrupt(writer, std::make_exception_ptr(ws::FunctionTimeout("now")));
  });
  CHECK(world.run() == seconds(0.5));
  CHECK(storage->free_space() == 60_MB);
}

TEST_CASE("R4 two writes of one name: the one that ends last is the file, and nothing is counted twice") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB});
  for (const ws::Bytes size : {10_MB, 20_MB})
    world.start("a", [&, size] { storage->write("f", size); });
  world.run();
  CHECK(storage->files() == Names{"f"});
  CHECK(storage->size("f") == 20_MB);
  CHECK(storage->free_space() == 80_MB);
}

TEST_CASE("R5 the initiator of a shared copy is killed with its host, and the other still gets the file") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("b", {.capacity = 1_GB});
  from->create_file("f", 100_MB); // 2 s
  double end = 0;
  world.spawn("c", [&] { from->copy("f", *to); }, "initiator", {});
  world.start("a", [&] {
    world.sleep(0.5);
    from->copy("f", *to);
    end = world.now();
  });
  world.after(1, [&] { world.runtime->faults().turn(world.host("c"), false); });
  world.run();
  CHECK(end == seconds(2));
  CHECK(to->size("f") == 100_MB);
  CHECK(world.runtime->transfers().table()->size() == 1);
}

TEST_CASE("R5 a copy of a file that was replaced or removed is not the copy of the old one that is under way") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("b", {.capacity = 1_GB});
  from->create_file("f", 100_MB); // 2 s at 50 MB/s
  world.start("a", [&] {
    from->copy("f", *to);
    CHECK(to->has("f"));
  });
  world.start("a", [&] {
    world.sleep(0.5);
    from->remove("f");
    CHECK_THROWS_AS(from->copy("f", *to), ws::FileNotFound);
    from->create_file("f", 75_MB);
    from->copy("f", *to); // half the bandwidth each: both have 75 MB to go at 0.5
    CHECK(world.now() == seconds(3.5));
    from->copy("f", *to); // nothing of that name is listed any more
  });
  world.run();
  CHECK(to->size("f") == 75_MB);
  CHECK(to->free_space() == 1_GB - 75_MB);
  CHECK(from->parts().space.evictable() == 75_MB); // no pin is left
  CHECK(world.runtime->transfers().table()->bytes == std::vector<double>{1e8, 7.5e7, 7.5e7});
}

TEST_CASE("R6 a file that is replaced while it is read, under eviction, frees its place with its last reader") {
  World world;
  auto storage = world.storage("a", {.capacity = 100_MB, .evict_lru = true});
  storage->create_file("f", 60_MB);
  world.start("a", [&] { storage->read("f"); }); // 0.6 s
  world.start("a", [&] {
    world.sleep(0.1);
    storage->create_file("f", 40_MB); // the old one is pinned: exactly met
    CHECK(storage->size("f") == 40_MB);
    CHECK(storage->free_space() == 0);
    CHECK_THROWS_WITH(storage->create_file("g", 41_MB), Contains("40MB more by eviction"));
    storage->create_file("g", 40_MB); // the new f goes
    CHECK(storage->files() == Names{"g"});
    world.sleep(1);
    CHECK(storage->free_space() == 60_MB);
  });
  world.run();
}

TEST_CASE("R4 R6 zero bytes fit into a full service, and evict nothing") {
  World world;
  auto full = world.storage("a", {.capacity = 10_MB, .evict_lru = true});
  auto other = world.storage("b", {.capacity = 10_MB});
  full->create_file("f", 10_MB);
  world.start("a", [&] {
    full->write("empty", 0);
    full->read("empty");
    full->copy("empty", *other);
    CHECK(world.now() == seconds(0));
    CHECK(full->files() == Names{"empty", "f"});
    CHECK(other->files() == Names{"empty"});
    full->write("g", 10_MB); // f goes, and so does what is empty and older
    full->remove("g");
  });
  world.run();
  CHECK(full->free_space() == 10_MB);
}

TEST_CASE("R37 what is read, written and copied at a host that goes off fails, and nothing stays reserved") {
  World world;
  auto near = world.storage("a", {.capacity = 500_MB});
  auto far = world.storage("b", {.capacity = 500_MB});
  near->create_file("near", 100_MB);
  far->create_file("far", 100_MB);
  int failed = 0;
  const auto expect = [&](const std::function<void()>& operation) {
    world.start("a", [&, operation] {
      CHECK_THROWS_AS(operation(), ws::TransferFailure);
      CHECK(world.now() == seconds(0.5));
      ++failed;
      CHECK_THROWS_AS(operation(), ws::TransferFailure); // and so does the next one, at once
      CHECK(world.now() == seconds(0.5));
    });
  };
  expect([&] { far->read("far"); });
  expect([&] { far->write("f", 100_MB); });
  expect([&] { far->copy("far", *near); });
  expect([&] { near->copy("near", *far); });
  world.after(0.5, [&] { world.runtime->faults().turn(world.host("b"), false); });
  world.run();
  CHECK(failed == 4);
  CHECK(near->free_space() == 400_MB);
  CHECK(far->free_space() == 400_MB); // its disk kept what was on it
  CHECK(near->parts().space.evictable() == 100_MB);
  CHECK(far->parts().space.evictable() == 100_MB);
}

TEST_CASE("R37 what would end at the very date at which its host goes off has failed") {
  World world;
  auto far = world.storage("b", {.capacity = 500_MB});
  world.after(1, [&] { world.runtime->faults().turn(world.host("b"), false); });
  world.start("a", [&] {
    CHECK_THROWS_AS(far->write("f", 50_MB), ws::TransferFailure); // 50 MB/s
    CHECK(world.now() == seconds(1));
  });
  world.run();
  CHECK_FALSE(far->has("f"));
}
