// Fibres that block while they handle an exception, or while one unwinds them: each has its own.
#include "world.hpp"

#include <exception>
#include <stdexcept>
#include <vector>

namespace {

std::string handled_now() {
  const std::exception_ptr now = std::current_exception();
  if (now == nullptr)
    return "none";
  try {
    std::rethrow_exception(now);
  } catch (const std::exception& error) {
    return error.what();
  }
}

// Blocks, for so long, in its destructor: also while an exception unwinds it.
struct Sleeper {
  World& world;
  double time;
  std::vector<int>& unwinding;
  ~Sleeper() {
    const int before = std::uncaught_exceptions();
    try {
      world.sleep(time);
    } catch (...) {
      unwinding.push_back(-1);
    }
    unwinding.push_back(std::uncaught_exceptions());
    CHECK(before == std::uncaught_exceptions());
  }
};

// Handles `depth` exceptions, one within the other, and blocks in between; says what it finds.
void nest(World& world, const std::string& name, int depth, double pause, std::vector<std::string>& found) {
  if (depth == 0)
    return;
  try {
    throw std::runtime_error(name + std::to_string(depth));
  } catch (const std::runtime_error&) {
    world.sleep(pause);
    nest(world, name, depth - 1, pause, found);
    world.sleep(pause);
    try {
      throw;
    } catch (const std::runtime_error& again) {
      found.emplace_back(again.what());
      world.sleep(pause);
      CHECK(handled_now() == again.what());
    }
    CHECK(handled_now() == name + std::to_string(depth));
  }
}

} // namespace

TEST_CASE("two fibres that block within a catch get their own exceptions again") {
  World world;
  std::vector<std::string> found;
  for (const std::string name : {"one", "two"})
    world.start("a", [&, name] {
      try {
        try {
          throw std::runtime_error(name);
        } catch (const std::runtime_error&) {
          world.sleep(1);
          throw;
        }
      } catch (const std::exception& error) {
        found.push_back(name + " " + error.what());
      }
      CHECK(handled_now() == "none");
    });
  world.run();
  CHECK(found == std::vector<std::string>{"one one", "two two"});
}

TEST_CASE("exceptions within exceptions, over several fibres") {
  World world;
  std::vector<std::vector<std::string>> found(5);
  for (int i = 0; i < 5; ++i)
    world.start(i % 2 == 0 ? "a" : "b", [&, i] {
      nest(world, std::string(1, static_cast<char>('a' + i)), 3, 1 + i % 3, found[i]);
      CHECK(handled_now() == "none");
    });
  world.run();
  for (int i = 0; i < 5; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    CHECK(found[i] == std::vector<std::string>{name + "1", name + "2", name + "3"});
  }
}

TEST_CASE("destructors that block while an exception unwinds them") {
  World world;
  std::vector<int> unwinding, calm;
  int caught = 0;
  for (int i = 0; i < 3; ++i)
    world.start("a", [&, i] {
      try {
        const Sleeper sleeper{world, 1.0 + i, unwinding};
        throw std::runtime_error("out");
      } catch (const std::runtime_error&) {
        ++caught;
      }
      CHECK(std::uncaught_exceptions() == 0);
    });
  world.start("b", [&] {
    for (int i = 0; i < 8; ++i) {
      const Sleeper sleeper{world, 0.5, calm};
      CHECK(std::uncaught_exceptions() == 0);
    }
  });
  world.run();
  CHECK(caught == 3);
  CHECK(unwinding == std::vector<int>{1, 1, 1});
  CHECK(calm == std::vector<int>(8, 0));
}

TEST_CASE("the stack that runs the loop has its own exceptions, and a fibre begins with none") {
  World world;
  std::vector<std::string> found;
  const auto body = [&](const std::string& name) {
    found.push_back(handled_now());
    CHECK(std::uncaught_exceptions() == 0);
    try {
      throw std::runtime_error(name);
    } catch (const std::runtime_error&) {
      world.start("b", [&] { found.push_back(handled_now()); }); // a new stack, made while this one handles something
      world.sleep(2);
      found.push_back(handled_now());
    }
  };
  world.start("a", [&] { body("fibre"); });
  try {
    throw std::runtime_error("main");
  } catch (const std::runtime_error&) {
    world.run(1);
    CHECK(handled_now() == "main");
    world.run();
    CHECK_THROWS_WITH([] { throw; }(), "main");
  }
  CHECK(found == std::vector<std::string>{"none", "none", "fibre"});

  found.clear();
  struct Runs { // the loop, while an exception unwinds it
    World& world;
    ~Runs() {
      world.run();
      CHECK(std::uncaught_exceptions() == 1);
    }
  };
  world.start("a", [&] { body("later"); });
  try {
    [[maybe_unused]] const Runs runs{world};
    throw std::runtime_error("main");
  } catch (const std::runtime_error& error) {
    CHECK(error.what() == std::string("main"));
    CHECK(handled_now() == "main");
  }
  CHECK(found == std::vector<std::string>{"none", "none", "later"});
  CHECK(std::uncaught_exceptions() == 0);
}

TEST_CASE("fibres that are killed within a catch, or while unwinding, take nobody's exceptions along") {
  for (const bool host_goes_off : {true, false}) {
    auto world = std::make_unique<World>();
    std::vector<int> unwinding;
    std::vector<std::string> found;
    for (const bool throws : {false, true})
      world->spawn("b",
                   [&, throws] {
                     try {
                       const Sleeper sleeper{*world, 5, unwinding};
                       if (throws)
                         throw std::runtime_error("thrown");
                       try {
                         throw std::runtime_error("handled");
                       } catch (const std::runtime_error&) {
                         world->sleep(100);
                       }
                     } catch (const std::runtime_error& error) {
                       found.emplace_back(error.what());
                     }
                   },
                   "killed", {});
    world->start("a", [&] {
      try {
        throw std::runtime_error("survivor");
      } catch (const std::runtime_error&) {
        world->sleep(2);
        if (host_goes_off)
          world->runtime->on_loop([&] { world->runtime->faults().turn(world->host("b"), false); });
        found.push_back(handled_now());
        CHECK(std::uncaught_exceptions() == 0);
        world->sleep(1);
        found.push_back(handled_now());
      }
    });
    try {
      throw std::runtime_error("main");
    } catch (const std::runtime_error&) {
      world->run(3);
      CHECK(handled_now() == "main");
      world.reset();
      CHECK(handled_now() == "main");
      CHECK(std::uncaught_exceptions() == 0);
    }
    // A destructor can't pass on that its fibre is killed: it swallows that, and what was thrown before goes on.
    std::vector<std::string> all{"survivor", "survivor"};
    all.insert(host_goes_off ? all.begin() : all.end(), "thrown");
    CHECK(found == all);
    CHECK(unwinding == std::vector<int>{-1, 1, -1, 1});
  }
}

TEST_CASE("an operation that fails within a catch is handled there, and what was handled is still there") {
  World world;
  const auto over = std::make_exception_ptr(ws::FunctionTimeout("over"));
  ws::FibreId id;
  std::vector<std::string> found;
  id = world.start("a", [&] {
    try {
      throw std::runtime_error("first");
    } catch (const std::runtime_error&) {
      try {
        world.sleep(10);
      } catch (const ws::FunctionTimeout& timeout) {
        found.emplace_back(timeout.what());
      }
      found.push_back(handled_now());
    }
  });
  world.after(1, [&] { world.runtime->fibres().interrupt(id, over); });
  world.run();
  CHECK(found == std::vector<std::string>{"over", "first"});
}
