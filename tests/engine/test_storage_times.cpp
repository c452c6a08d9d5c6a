// How long storage takes, against closed forms; copies and what they share (R5).
#include "world.hpp"

namespace {

// The simulated seconds that it takes alone in the world.
double time_of(World& world, const std::string& host, const std::function<void()>& operation) {
  double took = -1;
  world.start(host, [&] {
    const double start = world.now();
    operation();
    took = world.now() - start;
  });
  world.run();
  return took;
}

} // namespace

TEST_CASE("a write and a read of the own disk take its bandwidth") {
  World world;
  auto storage = world.storage("a", {.capacity = 1_GB});
  auto fast = world.storage("a", {.capacity = 1_GB, .disk = "/fast"});
  CHECK(time_of(world, "a", [&] { storage->write("f", 100_MB); }) == seconds(2));
  CHECK(time_of(world, "a", [&] { storage->read("f"); }) == seconds(1));
  CHECK(time_of(world, "a", [&] { storage->read("f", 25_MB); }) == seconds(0.25));
  CHECK(time_of(world, "a", [&] { fast->write("f", 100_MB); }) == seconds(0.2));
}

TEST_CASE("from another host the slowest of disk and network counts") {
  World world;
  auto disk = world.storage("b", {.capacity = 1_GB});
  auto fast = world.storage("b", {.capacity = 1_GB, .disk = "/fast"});
  CHECK(time_of(world, "a", [&] { disk->write("f", 100_MB); }) == seconds(2));   // disk: 50 MB/s
  CHECK(time_of(world, "a", [&] { disk->read("f"); }) == seconds(1));            // disk: 100 MB/s
  CHECK(time_of(world, "a", [&] { fast->write("f", 100_MB); }) == seconds(0.5)); // network: 200 MB/s
  CHECK(time_of(world, "a", [&] { fast->read("f"); }) == seconds(0.5));          // network
  CHECK(time_of(world, "c", [&] { fast->read("f"); }) == seconds(0.5 + 4));      // latency + 25 MB/s
  CHECK(time_of(world, "c", [&] { fast->write("g", 50_MB); }) == seconds(0.5 + 2));
}

TEST_CASE("a copy is one stream, as fast as its slowest part") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto from_fast = world.storage("a", {.capacity = 1_GB, .disk = "/fast"});
  auto to = world.storage("b", {.capacity = 1_GB});
  auto to_fast = world.storage("b", {.capacity = 1_GB, .disk = "/fast"});
  auto far = world.storage("c", {.capacity = 1_GB});
  from->create_file("f", 100_MB);
  from_fast->create_file("g", 100_MB);
  CHECK(time_of(world, "a", [&] { from->copy("f", *to); }) == seconds(2));             // written at 50 MB/s
  CHECK(time_of(world, "a", [&] { from->copy("f", *to_fast); }) == seconds(1));        // read at 100 MB/s
  CHECK(time_of(world, "a", [&] { from_fast->copy("g", *to_fast); }) == seconds(0.5)); // 200 MB/s
  CHECK(time_of(world, "a", [&] { from->copy("f", *far); }) == seconds(0.5 + 4));
  CHECK(time_of(world, "c", [&] { from->copy("f", *from_fast); }) == seconds(1)); // whoever asks for it
  CHECK(to->size("f") == 100_MB);
  CHECK(far->size("f") == 100_MB);
}

TEST_CASE("accesses at the same time share a disk") {
  World world;
  auto storage = world.storage("a", {.capacity = 1_GB});
  storage->create_file("f", 100_MB);
  std::vector<double> ends(3);
  for (int i = 0; i < 2; ++i)
    world.start("a", [&, i] {
      storage->read("f");
      ends[i] = world.now();
    });
  world.start("a", [&] {
    world.sleep(1); // half of each is read: 3 × 50 MB are left, shared by three
    storage->read("f", 50_MB);
    ends[2] = world.now();
  });
  world.run();
  for (const double end : ends)
    CHECK(end == seconds(2.5));
}

TEST_CASE("R5 two copies of the same file to the same service share one transfer") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("b", {.capacity = 100_MB}); // there would be no room for two
  from->create_file("f", 100_MB);
  for (const double start : {0.0, 1.5})
    world.start("c", [&, start] {
      world.sleep(start);
      from->copy("f", *to);
      CHECK(world.now() == seconds(2));
      CHECK(to->has("f"));
    });
  world.start("a", [&] {
    world.sleep(3);
    from->copy("f", *world.storage("b", {.capacity = 100_MB, .disk = "/fast"}));
    CHECK(world.now() == seconds(4));
  });
  world.run();
  const auto table = world.runtime->transfers().table();
  REQUIRE(table->size() == 2);
  CHECK(table->file[0] == "f");
  CHECK(table->source[0] == "a:/");
  CHECK(table->destination[0] == "b:/");
  CHECK(table->bytes[0] == 1e8);
  CHECK(table->started[0] == seconds(0));
  CHECK(table->ended[0] == seconds(2));
  CHECK(table->completed[0] == 1);
  CHECK(table->destination[1] == "b:/fast");
  CHECK(table->started[1] == seconds(3));
}

TEST_CASE("R5 copies to two services are two transfers, which share what they have in common") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("b", {.capacity = 1_GB, .disk = "/fast"});
  auto other = world.storage("b", {.capacity = 1_GB});
  from->create_file("f", 100_MB);
  std::vector<double> ends;
  for (auto* target : {to.get(), other.get()})
    world.start("a", [&, target] {
      from->copy("f", *target);
      ends.push_back(world.now());
    });
  world.run();
  REQUIRE(ends.size() == 2);
  CHECK(ends[0] == seconds(2)); // 50 MB/s each of the disk that is read
  CHECK(ends[1] == seconds(2));
  CHECK(world.runtime->transfers().table()->size() == 2);
}

TEST_CASE("R5 files of one name at two services are two files") {
  World world;
  auto one = world.storage("a", {.capacity = 1_GB});
  auto two = world.storage("a", {.capacity = 1_GB, .disk = "/fast"});
  auto to = world.storage("b", {.capacity = 1_GB, .disk = "/fast"});
  one->create_file("f", 10_MB);
  two->create_file("f", 300_MB);
  world.start("a", [&] { one->copy("f", *to); });
  world.start("a", [&] {
    two->copy("f", *to);
    CHECK(to->size("f") == 300_MB);
  });
  world.run();
  CHECK(to->size("f") == 300_MB);
  CHECK(to->free_space() == 700_MB);
  CHECK(world.runtime->transfers().table()->size() == 2);
}

TEST_CASE("R5 a copy goes on when one of those who wait for it is interrupted, and ends with the last") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("b", {.capacity = 1_GB});
  from->create_file("f", 100_MB);
  std::vector<ws::FibreId> copiers;
  std::vector<double> ends;
  for (int i = 0; i < 2; ++i)
    copiers.push_back(world.start("a", [&] {
      try {
        from->copy("f", *to);
      } catch (const ws::FunctionTimeout&) {
      }
      ends.push_back(world.now());
    }));
  const auto interrupt = [&](int which) {
    world.runtime->fibres().interrupt(copiers[which], std::make_exception_ptr(ws::FunctionTimeout("now")));
  };
  SECTION("one of them") {
    world.after(0.5, [&] { interrupt(0); });
    world.run();
    CHECK_THAT(ends, times({0.5, 2}));
    CHECK(to->has("f"));
  }
  SECTION("both") {
    world.after(0.5, [&] { interrupt(0); });
    world.after(1, [&] { interrupt(1); });
    world.run();
    CHECK_THAT(ends, times({0.5, 1}));
    CHECK_FALSE(to->has("f"));
    CHECK(to->free_space() == 1_GB);
    const auto table = world.runtime->transfers().table();
    REQUIRE(table->size() == 1);
    CHECK(table->completed[0] == 0);
    CHECK(table->ended[0] == seconds(1));
    CHECK(from->parts().space.evictable() == 100_MB); // its pin is gone
  }
}

TEST_CASE("R4 a copy that does not fit fails at once") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("b", {.capacity = 99_MB});
  from->create_file("f", 100_MB);
  world.start("a", [&] { CHECK_THROWS_AS(from->copy("f", *to), ws::StorageFull); });
  CHECK(world.run() == 0);
  CHECK(world.runtime->transfers().table()->size() == 0);
  CHECK(from->parts().space.evictable() == 100_MB);
}

TEST_CASE("a file of no bytes costs no more than the latency, wherever it goes") {
  World world;
  auto here = world.storage("a", {.capacity = 1_GB});
  auto there = world.storage("b", {.capacity = 1_GB});
  auto far = world.storage("c", {.capacity = 1_GB});
  CHECK(time_of(world, "a", [&] { here->write("f", 0); }) == seconds(0));
  CHECK(time_of(world, "a", [&] { here->read("f"); }) == seconds(0));
  CHECK(time_of(world, "a", [&] { there->write("f", 0); }) == seconds(0));
  CHECK(time_of(world, "a", [&] { there->read("f", 0); }) == seconds(0));
  CHECK(time_of(world, "a", [&] { far->write("f", 0); }) == seconds(0.5));
  CHECK(time_of(world, "a", [&] { far->read("f"); }) == seconds(0.5));
  CHECK(time_of(world, "a", [&] { here->copy("f", *there); }) == seconds(0));
  CHECK(time_of(world, "a", [&] { there->copy("f", *far); }) == seconds(0.5));
  CHECK(far->size("f") == 0);
}

TEST_CASE("a table of transfers that was taken never changes") {
  World world;
  auto from = world.storage("a", {.capacity = 1_GB});
  auto to = world.storage("b", {.capacity = 1_GB});
  from->create_file("f", 1_MB);
  CHECK(time_of(world, "a", [&] { from->copy("f", *to); }) > 0);
  const auto before = world.runtime->transfers().table();
  CHECK(time_of(world, "a", [&] { from->copy("f", *to); }) > 0);
  CHECK(before->size() == 1);
  CHECK(world.runtime->transfers().table()->size() == 2);
}

TEST_CASE(
    "R1 what operations of a disk weigh beside a stream: as much as it does, or 1 where that is left to SimGrid") {
  // A stream over 0.5 s weighs 2, and has 25 MB/s of the link. Two writes beside it, on a disk that writes 50 MB/s.
  const bool simgrids = GENERATE(false, true);
  std::vector<std::string> config = exact_network();
  config.emplace_back("network/weight-S:0");
  World world(small_platform(), config);
  if (simgrids)
    world.runtime->activities().leave_disks_to_simgrid();
  const auto from = world.storage("a", {.capacity = 1_GB});
  const auto to = world.storage("c", {.capacity = 1_GB});
  from->create_file("f", 25_MB);
  for (const char* name : {"x", "y"})
    world.start("c", [&to, name] { to->write(name, 400_MB); });
  // A third of the disk, or all that the link gives.
  CHECK(time_of(world, "a", [&] { from->copy("f", *to); }) == seconds(0.5 + (simgrids ? 1.0 : 1.5)));
}
