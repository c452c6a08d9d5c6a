// Who waits for what: one, any and all, timeouts, cancelling, and the order in which waiters are told (R36).
#include "engine/waiters.hpp"

#include "../random.hpp"
#include "world.hpp"

#include <array>
#include <optional>

using Catch::Matchers::Contains;

namespace {

// Waits on behalf of nobody: writes down who was told, and with what.
struct Waiting {
  World world;
  ws::Waiters& waiters = world.runtime->waiters();
  std::vector<std::uint64_t> told;
  std::vector<std::string> failures;

  void done(std::uint64_t who, ws::Outcome failure) {
    told.push_back(who);
    try {
      if (failure != nullptr)
        std::rethrow_exception(failure);
    } catch (const ws::WaitTimeout& timeout) {
      failures.emplace_back(timeout.what());
    }
  }
  std::uint64_t wait(std::uint64_t who, std::size_t count, const std::vector<ws::WaiterList*>& things,
                     double timeout = std::numeric_limits<double>::infinity()) {
    const std::uint64_t waiter =
        waiters.add(count, ws::Continuation::of<&Waiting::done>(this, who), timeout, "thing of " + std::to_string(who));
    for (ws::WaiterList* thing : things)
      waiters.wait_for(waiter, *thing);
    return waiter;
  }
  void cancel(std::uint64_t waiter) { ws::Waiters::canceller(&waiters, waiter)(); }
  using Told = std::vector<std::uint64_t>;
};

} // namespace

TEST_CASE_METHOD(Waiting, "R36 one, any and all") {
  ws::WaiterList x, y, z;
  wait(1, 1, {&x});
  wait(2, 1, {&x, &y, &z});
  wait(3, 3, {&x, &y, &z});
  waiters.notify(y);
  CHECK(told == Told{2}); // any of them
  waiters.notify(x);
  CHECK(told == Told{2, 1});
  waiters.notify(z);
  CHECK(told == Told{2, 1, 3});
  CHECK(failures.empty());
}

TEST_CASE_METHOD(Waiting, "whoever waited first is told first") {
  ws::WaiterList x;
  for (std::uint64_t who = 0; who < 50; ++who)
    wait(who, 1, {&x});
  waiters.notify(x);
  REQUIRE(told.size() == 50);
  for (std::uint64_t who = 0; who < 50; ++who)
    CHECK(told[who] == who);
}

TEST_CASE_METHOD(Waiting, "telling nobody is no harm") {
  ws::WaiterList x;
  waiters.notify(x);
  CHECK(told.empty());
}

TEST_CASE_METHOD(Waiting, "the same thing may be waited for twice") {
  ws::WaiterList x, y;
  wait(1, 2, {&x, &x});
  wait(2, 1, {&y, &y}); // told of the first, it must not be told of the second
  waiters.notify(x);
  waiters.notify(y);
  CHECK(told == Told{1, 2});
}

TEST_CASE_METHOD(Waiting, "a waiter that was cancelled is not told, and its neighbours are") {
  ws::WaiterList x, y;
  wait(1, 1, {&x});
  const std::uint64_t second = wait(2, 1, {&x, &y});
  wait(3, 1, {&x});
  cancel(second);
  cancel(second);
  waiters.notify(y);
  CHECK(told.empty());
  waiters.notify(x);
  CHECK(told == Told{1, 3});
  cancel(second); // long gone
}

TEST_CASE_METHOD(Waiting, "R36 a timeout ends the wait, and says for what") {
  ws::WaiterList x, y;
  wait(1, 2, {&x, &y}, 5);
  wait(2, 1, {&x});
  world.after(3, [&] { waiters.notify(y); });
  world.after(7, [&] { waiters.notify(x); });
  world.start("a", [&] { world.sleep(10); });
  world.run(5);
  CHECK(told == Told{1});
  REQUIRE(failures.size() == 1);
  CHECK_THAT(failures[0], Contains("thing of 1") && Contains("5 s") && Contains("1 not ended yet"));
  world.run();
  CHECK(told == Told{1, 2});
}

TEST_CASE_METHOD(Waiting, "R36 what ends at the very date of a timeout has ended in time") {
  ws::WaiterList x;
  wait(1, 1, {&x}, 5);
  world.after(5, [&] { waiters.notify(x); }); // scheduled after the timeout
  world.start("a", [&] { world.sleep(10); });
  world.run();
  CHECK(told == Told{1});
  CHECK(failures.empty());
}

TEST_CASE_METHOD(Waiting, "the timeout of a waiter that was told does not hit the next one in its place") {
  ws::WaiterList x, y;
  wait(1, 1, {&x}, 5);
  waiters.notify(x);
  wait(2, 1, {&y}); // the same place
  world.start("a", [&] { world.sleep(10); });
  world.run();
  CHECK(told == Told{1});
  waiters.notify(y);
  CHECK(told == Told{1, 2});
  CHECK(failures.empty());
}

TEST_CASE_METHOD(Waiting, "a waiter says what it still waits for") {
  ws::WaiterList x, y;
  const std::uint64_t waiter = wait(4, 2, {&x, &y});
  waiters.notify(x);
  CHECK(waiters.describe(waiter) == "thing of 4");
}

TEST_CASE("R36 random waits agree with lists that are searched") {
  const auto seed = GENERATE(range(0U, 15U));
  CAPTURE(seed);
  Random random(seed);
  Waiting waiting;
  struct Naive {
    std::uint64_t who;
    std::uint64_t waiter;
    std::size_t missing;
    std::vector<std::size_t> things;
  };
  std::vector<Naive> naive; // in the order in which they came
  std::array<ws::WaiterList, 8> things;
  Waiting::Told expected;
  for (std::uint64_t step = 0; step < 2'000; ++step) {
    if (const auto what = random.below(10); what < 5) {
      Naive next{step, 0, 0, {}};
      std::vector<ws::WaiterList*> lists;
      for (std::uint32_t i = 0; i <= random.below(5); ++i) {
        next.things.push_back(random.below(things.size()));
        lists.push_back(&things[next.things.back()]);
      }
      next.missing = 1 + random.below(next.things.size());
      next.waiter = waiting.wait(step, next.missing, lists);
      naive.push_back(std::move(next));
    } else if (what < 7 && !naive.empty()) {
      const auto which = naive.begin() + static_cast<std::ptrdiff_t>(random.below(naive.size()));
      waiting.cancel(which->waiter);
      naive.erase(which);
    } else {
      // A thing ends once; the next one of that number is another one.
      const std::size_t thing = random.below(things.size());
      waiting.waiters.notify(things[thing]);
      for (auto waiter = naive.begin(); waiter != naive.end();) {
        const auto ended = static_cast<std::size_t>(std::erase(waiter->things, thing));
        const bool told = ended >= waiter->missing;
        if (told)
          expected.push_back(waiter->who);
        else
          waiter->missing -= ended;
        waiter = told ? naive.erase(waiter) : waiter + 1;
      }
    }
    REQUIRE(waiting.told == expected);
  }
  CHECK(expected.size() > 100);
}
