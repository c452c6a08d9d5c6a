// The order of events: by date, deadlines last, and then in the order of scheduling (R29).
#include "engine/event_queue.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

using wrench_serverless::Event;
using wrench_serverless::EventLadder;
using wrench_serverless::EventQueue;
using wrench_serverless::Line;

namespace {

struct Sink final : wrench_serverless::EventSink {
  void on_event(std::uint32_t, std::uint64_t) override {}
};

std::vector<std::uint64_t> drain(EventQueue& queue) {
  std::vector<std::uint64_t> arguments;
  while (!queue.empty())
    arguments.push_back(queue.pop().argument);
  return arguments;
}

} // namespace

TEST_CASE("events come in order of their dates") {
  EventQueue queue;
  Sink sink;
  for (const int date : {5, 1, 4, 2, 3})
    queue.push(date, sink, 0, static_cast<std::uint64_t>(date));
  CHECK(queue.size() == 5);
  CHECK(queue.next()->argument == 1);
  CHECK(drain(queue) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("events of one date come in the order in which they were scheduled, whatever their kind") {
  EventQueue queue;
  Sink sink;
  for (std::uint64_t i = 0; i < 100; ++i)
    queue.push(7, sink, static_cast<std::uint32_t>(255 - i), i);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Event event = queue.pop();
    REQUIRE(event.argument == i);
    REQUIRE(event.kind() == 255 - i);
    REQUIRE_FALSE(event.deadline());
    REQUIRE(event.sink == &sink);
  }
}

TEST_CASE("a deadline comes after everything else of its date, also what is scheduled later") {
  EventQueue queue;
  Sink sink;
  queue.push(1, sink, 0, 10, true);
  queue.push(1, sink, 0, 11, true);
  queue.push(1, sink, 0, 1);
  queue.push(2, sink, 0, 20);
  CHECK(queue.pop().argument == 1);
  queue.push(1, sink, 0, 2);
  CHECK(queue.pop().argument == 2);
  CHECK(queue.next()->deadline());
  CHECK(drain(queue) == std::vector<std::uint64_t>{10, 11, 20});
}

TEST_CASE("random pushes and pops agree with sorting") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  Random random(seed);
  EventQueue queue;
  Sink sink;
  std::vector<std::tuple<double, bool, std::uint64_t>> reference;
  for (std::uint64_t step = 0; step < 5'000; ++step) {
    if (random.below(5) < (step < 2'500 ? 4U : 1U)) {
      const double date = random.below(50);
      const bool deadline = random.below(4) == 0;
      queue.push(date, sink, random.below(256), step, deadline);
      reference.emplace_back(date, deadline, step);
    } else if (!reference.empty()) {
      const auto first = std::min_element(reference.begin(), reference.end());
      REQUIRE(queue.pop().argument == std::get<2>(*first));
      reference.erase(first);
    }
    REQUIRE(queue.size() == reference.size());
  }
  std::sort(reference.begin(), reference.end());
  std::vector<std::uint64_t> rest;
  for (const auto& [date, deadline, argument] : reference)
    rest.push_back(argument);
  CHECK(drain(queue) == rest);
}

TEST_CASE("events that stand in line come in the same order as all others") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    EventQueue queue;
    Sink sink;
    std::vector<std::pair<double, std::uint64_t>> expected; // of one date in the order of scheduling
    double last = 0;
    for (std::uint64_t i = 0; i < 3000; ++i) {
      const double date = random.below(500) / 4.0;
      expected.emplace_back(date, i);
      if (random.coin())
        queue.push(date, sink, 0, i);
      else // mostly in order, and sometimes not
        queue.push_in_line(random.coin() ? Line::KeepAlive : Line::Calls,
                           expected.back().first = last = random.below(10) == 0 ? date : last + random.below(2), sink,
                           0, i);
    }
    REQUIRE(queue.size() == expected.size());
    std::ranges::sort(expected);
    for (const auto& [date, argument] : expected) {
      REQUIRE(queue.next()->date == date);
      REQUIRE(queue.pop().argument == argument);
      queue.foresee(); // changes nothing
    }
    REQUIRE(queue.empty());
  }
}

namespace {

// Pushes and pops at random, always after `now`, and holds each pop against sorting. Many are pending: the ladder is
// used.
template <class Delay> void check_many(std::uint32_t seed, std::size_t pending, std::size_t pops, Delay&& delay) {
  CAPTURE(seed);
  Random random(seed);
  EventQueue queue;
  Sink sink;
  std::set<std::tuple<double, bool, std::uint64_t>> reference;
  std::uint64_t number = 0;
  double now = 0;
  const auto push = [&] {
    const double date = now + delay(random);
    const bool deadline = random.below(4) == 0;
    queue.push(date, sink, 0, number, deadline);
    reference.emplace(date, deadline, number++);
  };
  for (std::size_t index = 0; index < pending; ++index)
    push();
  for (std::size_t index = 0; index < pops; ++index) {
    REQUIRE(queue.next()->date == std::get<0>(*reference.begin()));
    now = queue.next()->date;
    REQUIRE(queue.pop().argument == std::get<2>(*reference.begin()));
    queue.foresee();
    reference.erase(reference.begin());
    push();
    REQUIRE(queue.size() == reference.size());
  }
  for (; !reference.empty(); reference.erase(reference.begin()))
    REQUIRE(queue.pop().argument == std::get<2>(*reference.begin()));
  REQUIRE(queue.empty());
}

double exponential(Random& random) { return -std::log((random.below(1'000'000) + 1) / 1e6); }

} // namespace

TEST_CASE("many events come in order: exponential delays") { check_many(1, 30'000, 100'000, exponential); }

TEST_CASE("many events come in order: few different dates, many of one date") {
  check_many(2, 30'000, 50'000, [](Random& random) { return static_cast<double>(random.below(4)); });
}

TEST_CASE("many events come in order: all of one date, and then of another") {
  check_many(3, 20'000, 50'000, [](Random&) { return 1.0; });
}

TEST_CASE("many events come in order: nanoseconds and years") {
  check_many(4, 20'000, 50'000,
             [](Random& random) { return std::pow(10.0, random.below(17) - 9.0) * exponential(random); });
}

TEST_CASE("many events come in order: some never") {
  check_many(5, 20'000, 20'000, [](Random& random) {
    return random.below(3) == 0 ? std::numeric_limits<double>::infinity() : exponential(random);
  });
}

TEST_CASE("many events come in order: dense where the ladder took them to be sparse") {
  std::size_t calls = 0;
  check_many(6, 20'000, 60'000,
             [&](Random& random) { return (++calls < 20'000 ? 1000 : 0.001) * exponential(random); });
}

TEST_CASE("many events come in order: timers far away, and short sleeps again and again") {
  std::size_t calls = 0;
  check_many(7, 8'000, 60'000, [&](Random& random) {
    return ++calls < 7'000 ? 600.0 * random.below(1'000) : random.below(100) == 0 ? 600.0 : exponential(random);
  });
}

TEST_CASE("many events come in order: the nearer, the more of them, at any scale") {
  check_many(8, 30'000, 60'000, [](Random& random) { return std::pow(0.5, random.below(60)); });
}

// A bucket as wide as those of the timers would hold all sleeps, and each push and pop would cost as much as in a heap.
TEST_CASE("timers far away don't make buckets coarse for what is near") {
  Random random(1);
  Sink sink;
  EventLadder ladder;
  wrench_serverless::model::LargeVector<Event> given;
  std::vector<Event> events;
  std::uint64_t number = 0;
  const auto event = [&](double date) { return Event{date, number++ << 8, &sink, 0}; };
  constexpr std::size_t sleeps = 1'000, timers = 20'000;
  for (std::size_t index = 0; index < timers; ++index)
    events.push_back(event(600.0 * random.below(1'000'000) / 1e6));
  for (std::size_t index = 0; index < sleeps; ++index)
    events.push_back(event(exponential(random)));
  ladder.take_first(events, given);
  CHECK(events.empty());
  CHECK(ladder.size() + given.size() == sleeps + timers);
  std::size_t refused = 0;
  constexpr std::size_t steps = 20'000;
  double now = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    if (given.empty())
      ladder.give_next(given);
    REQUIRE(given.size() <= 200);
    REQUIRE(given.front().date >= now);
    now = given.front().date;
    given.erase(given.begin());
    const Event next = event(now + exponential(random));
    if (ladder.take(next))
      continue;
    ++refused;
    given.insert(std::ranges::upper_bound(given, next, [](const Event& a, const Event& b) { return a.before(b); }),
                 next);
  }
  CHECK(refused < steps / 10); // they would have gone into the heap
}

TEST_CASE("many events come in order: they come all at once, and all go before more come") {
  EventQueue queue;
  Sink sink;
  for (std::uint64_t round = 0; round < 3; ++round) {
    Random random(static_cast<std::uint32_t>(round));
    std::vector<std::pair<double, std::uint64_t>> expected;
    for (std::uint64_t index = 0; index < 20'000; ++index) {
      expected.emplace_back(static_cast<double>(round) + random.below(1000) / 1000.0, index);
      queue.push(expected.back().first, sink, 0, index);
    }
    std::ranges::sort(expected);
    for (const auto& [date, argument] : expected)
      REQUIRE(queue.pop().argument == argument);
    REQUIRE(queue.empty());
  }
}

TEST_CASE("who is among the next of many events is told so four times, nearer and nearer") {
  struct Seer final : wrench_serverless::EventSink {
    void on_event(std::uint32_t, std::uint64_t) override {}
    void foresee(std::uint32_t kind, std::uint64_t argument, wrench_serverless::Nearness nearness) const override {
      CHECK(kind == 3);
      seen.emplace_back(argument, nearness);
    }
    mutable std::vector<std::pair<std::uint64_t, wrench_serverless::Nearness>> seen;
  };
  using enum wrench_serverless::Nearness;
  EventQueue queue;
  Seer seer;
  constexpr std::uint64_t count = 10'000;
  for (std::uint64_t index = 0; index < count; ++index)
    queue.push(static_cast<double>(index), seer, 3, index);
  constexpr std::uint64_t few = 4'096; // that need no more than is in the cache: they are not told
  for (std::uint64_t index = 0; index < count; ++index) {
    seer.seen.clear();
    REQUIRE(queue.pop().argument == index);
    queue.foresee();
    const bool many = queue.size() > few + 200; // some of them are no longer in the ladder
    if (many)
      REQUIRE(seer.seen ==
              std::vector{std::pair{index + 5, Distant}, {index + 3, Far}, {index + 2, Near}, {index + 1, Next}});
    if (queue.size() < few)
      REQUIRE(seer.seen.empty());
  }
}
