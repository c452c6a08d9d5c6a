// Controllers in C++: their order, their ends, and what befalls them from outside.
#include "world.hpp"

#include <stdexcept>

using Catch::Matchers::Contains;

namespace {

// Says that it was destroyed.
struct Guard {
  int& count;
  ~Guard() { ++count; }
};

const ws::Outcome over = std::make_exception_ptr(ws::FunctionTimeout("your time is over"));

} // namespace

TEST_CASE("fibres that are ready run in the order in which they became so") {
  World world;
  std::string order;
  for (const char name : std::string("abc"))
    world.start("a", [&, name] {
      order += name;
      world.sleep(name == 'a' ? 2 : 1);
      order += name;
      world.sleep(0);
      order += name;
    });
  CHECK(world.run() == 2);
  CHECK(order == "abcbcbcaa");
}

TEST_CASE("many fibres sleep side by side, and few stacks serve many short ones") {
  World world;
  constexpr int many = 1'000;
  int ended = 0;
  for (int i = 0; i < many; ++i)
    world.start("a", [&, i] {
      world.sleep(i % 10);
      ++ended;
    });
  CHECK(world.run() == 9);
  CHECK(ended == many);
  world.start("a", [&] {
    for (int i = 0; i < many; ++i) {
      world.start("b", [&] { ++ended; });
      world.sleep(1);
    }
  });
  CHECK(world.run() == seconds(9 + many));
  CHECK(ended == 2 * many);
  CHECK(world.runtime->kernel().engine().get_actor_count() <= many + 1);
}

TEST_CASE("a fibre may ask SimGrid itself for what does not block, and goes on") {
  World world;
  std::string order;
  for (const char name : std::string("ab"))
    world.start("a", [&, name] {
      order += name;
      world.sleep(1);
      simgrid::s4u::this_actor::yield();
      order += name;
      simgrid::s4u::this_actor::yield();
      world.sleep(1);
      order += name;
    });
  CHECK(world.run() == 2);
  CHECK(order == "ababab");
}

TEST_CASE("SimGrid actors that are no fibres of ours run too, as soon as any fibre does") {
  World world;
  int steps = 0;
  world.start("a", [&] {
    world.host("b").add_actor("foreign", [&] {
      for (int i = 0; i < 3; ++i) {
        ++steps;
        simgrid::s4u::this_actor::yield();
      }
    });
    world.sleep(1);
    CHECK(steps == 3);
    world.sleep(1);
  });
  CHECK(world.run() == 2);
}

TEST_CASE("what a SimGrid actor of another's asks for is answered when it runs beside a fibre") {
  World world;
  int steps = 0;
  world.start("a", [&] {
    world.host("b").add_actor("foreign", [&] {
      simgrid::s4u::this_actor::sleep_for(0.5);
      for (int i = 0; i < 3; ++i) {
        ++steps;
        simgrid::s4u::this_actor::yield();
      }
    });
    // SimGrid advances: the other one wakes up, and runs when this one does.
    world.runtime->fibres().block({"SimGrid"}, [&](const ws::Continuation& done) {
      return world.runtime->activities().compute(world.now(), world.host("a"), 1e9, done);
    });
    world.sleep(0);
    CHECK(steps == 3);
  });
  CHECK(world.run() == seconds(1));
}

TEST_CASE("computations share the cores of their host") {
  World world;
  std::vector<double> ends(3);
  for (int i = 0; i < 2; ++i)
    world.start("a", [&, i] {
      world.compute(1e9);
      ends[i] = world.now();
    });
  world.start("b", [&] {
    world.compute(1e9);
    world.compute(0);
    ends[2] = world.now();
  });
  world.run();
  CHECK_THAT(ends, times({2, 2, 1}));
}

TEST_CASE("what ends a controller ends the simulation, and all other fibres with it") {
  int unwound = 0;
  {
    World world;
    world.start("a", [&] {
      const Guard guard{unwound};
      world.sleep(100);
    });
    world.start("b", [&] {
      const Guard guard{unwound};
      world.sleep(1);
      throw std::runtime_error("no more");
    });
    CHECK_THROWS_WITH(world.run(), "no more");
    CHECK(world.now() == 1);
    CHECK(unwound == 1);
  }
  CHECK(unwound == 2);
}

TEST_CASE("a fibre that never ran is ended too") {
  int unwound = 0;
  {
    World world;
    auto guard = std::make_shared<Guard>(unwound);
    world.start("a", [guard] {});
  }
  CHECK(unwound == 1);
}

TEST_CASE("destructors run in order when a simulation is closed, and may use storage") {
  std::string order;
  World world;
  auto storage = world.storage("a", {.capacity = 1_MB});
  struct Note {
    std::string& order;
    char name;
    std::function<void()> last;
    ~Note() {
      last();
      order += name;
    }
  };
  world.start("a", [&] {
    const Note outer{order, 'o', [&] { storage->create_file("f", 1); }};
    const Note inner{order, 'i', [&] { CHECK_THROWS_AS(world.sleep(1), ws::NotInSimulation); }};
    world.sleep(100);
  });
  world.run(10);
  CHECK(order.empty());
  world.runtime->close();
  CHECK(order == "io");
  CHECK(storage->has("f"));
}

TEST_CASE("an interrupt cancels what the fibre waits for, and is raised there") {
  World world;
  const bool computing = GENERATE(false, true);
  const ws::FibreId id = world.start("a", [&] {
    CHECK_THROWS_WITH(computing ? world.compute(1e12) : world.sleep(1'000), "your time is over");
    CHECK(world.now() == 3);
    if (computing) // the core is free again; a doomed fibre can't try that itself
      world.start("a", [&] {
        world.compute(1e9);
        CHECK(world.now() == seconds(4));
      });
  });
  world.after(3, [&] { world.runtime->fibres().interrupt(id, over); });
  CHECK(world.run() == seconds(computing ? 4 : 3));
}

TEST_CASE("a fibre that swallows an interrupt meets it again at its next blocking call") {
  World world;
  int met = 0;
  const ws::FibreId id = world.start("a", [&] {
    for (int i = 0; i < 5; ++i) {
      try {
        world.sleep(10);
      } catch (const ws::FunctionTimeout&) {
        ++met;
      }
    }
  });
  world.after(1, [&] { world.runtime->fibres().interrupt(id, over); });
  CHECK(world.run() == 1);
  CHECK(met == 5);
}

TEST_CASE("an interrupt of a fibre that is ready, or has ended, does not disturb") {
  World world;
  bool resumed = false;
  ws::Continuation wake;
  const ws::FibreId id = world.start("a", [&] {
    world.runtime->fibres().block({"a call"}, [&](const ws::Continuation& done) {
      wake = done;
      return ws::Canceller{};
    });
    resumed = true; // what it waited for ended before
    CHECK_THROWS_AS(world.sleep(1), ws::FunctionTimeout);
  });
  world.after(1, [&] {
    wake(nullptr);
    world.runtime->fibres().interrupt(id, over);
  });
  CHECK(world.run() == 1);
  CHECK(resumed);
  world.runtime->fibres().interrupt(id, over);
  bool ran = false;
  world.start("a", [&] {
    world.sleep(1);
    ran = true; // in the same place, but another fibre
  });
  world.run();
  CHECK(ran);
}

namespace {

struct Ended {
  int count = 0;
  bool failed = false;
  void ended(std::uint64_t, ws::Outcome failure) {
    ++count;
    failed = failure != nullptr;
  }
};

} // namespace

TEST_CASE("a fibre that swallows its doom for ever is abandoned, and the simulation ends") {
  const bool everything = GENERATE(false, true);
  CAPTURE(everything);
  Ended ended;
  {
    World world;
    const auto swallow = [&] {
      for (;;) {
        if (everything) {
          try {
            world.sleep(10);
          } catch (...) {
          }
        } else {
          try {
            world.sleep(10);
          } catch (const ws::FunctionTimeout&) {
          }
        }
      }
    };
    const ws::FibreId id = world.spawn("a", swallow, "stubborn", ws::Continuation::of<&Ended::ended>(&ended, 0));
    world.after(1, [&] { world.runtime->fibres().interrupt(id, over); });
    world.start("b", [&] { world.sleep(5); });
    CHECK(world.run() == 5);
    CHECK(ended.count == 1);
    CHECK(ended.failed);
  }
  CHECK(ended.count == 1);
}

TEST_CASE("R38 when nothing can happen any more, the error says who waits for what") {
  World world;
  struct Never {
    ws::Canceller start(const ws::Continuation&) { return {}; }
  } never;
  world.start(
      "a", [&] { world.runtime->fibres().block({"godot"}, [&](const ws::Continuation& c) { return never.start(c); }); },
      "vladimir");
  world.start("b", [&] { world.sleep(2); }, "lucky");
  CHECK_THROWS_AS(world.run(), ws::Deadlock);
  CHECK(world.now() == 2);
}

TEST_CASE("R38 a deadlock names controllers, hosts and what they wait for") {
  World world;
  for (int i = 0; i < 25; ++i)
    world.start(
        "b", [&] { world.runtime->fibres().block({"godot"}, [](const ws::Continuation&) { return ws::Canceller{}; }); },
        "estragon");
  CHECK_THROWS_WITH(world.run(), Contains("controller 'estragon' on b waits for godot") && Contains("and 5 more wait"));
}

TEST_CASE("what starting an operation throws is thrown where it was called, and the fibre goes on") {
  World world;
  world.start("a", [&] {
    CHECK_THROWS_WITH(world.runtime->fibres().block(
                          {"x"}, [](const ws::Continuation&) -> ws::Canceller { throw std::runtime_error("no"); }),
                      "no");
    world.sleep(1);
  });
  CHECK(world.run() == 1);
}

TEST_CASE("a run goes to a date, and on from there") {
  World world;
  std::vector<double> dates;
  world.start("a", [&] {
    for (int i = 0; i < 4; ++i) {
      world.sleep(1);
      dates.push_back(world.now());
    }
  });
  CHECK(world.run(2.5) == 2.5);
  CHECK(dates == std::vector{1.0, 2.0});
  CHECK(world.run(3) == 3); // what is due then happens
  CHECK(dates.size() == 3);
  CHECK(world.run() == 4);
}
