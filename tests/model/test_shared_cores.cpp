// Cores that are shared: who ends when, by closed forms and against plain arithmetic.
#include "model/shared_cores.hpp"

#include "../random.hpp"

#include <catch.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace model = wrench_serverless::model;

namespace {

constexpr double no_limit = std::numeric_limits<double>::infinity();

// All computations, each with what is left of it; rates anew whenever one is needed.
struct Plain {
  struct One {
    double left;
    double most;
  };
  double capacity;
  double now = 0;
  std::map<std::uint32_t, One> running;

  double rate(const One& one) const { return std::min(one.most, level()); }
  double end(const One& one) const { return now + one.left / rate(one); }
  double next_end() const {
    double next = no_limit;
    for (const auto& [number, one] : running)
      next = std::min(next, end(one));
    return next;
  }
  void go_to(double date) {
    const double each = level(); // as it was until now
    for (auto& [number, one] : running)
      one.left -= std::min(one.most, each) * (date - now);
    now = date;
  }

private:
  // What each gets that is not held back by its limit: by bisection.
  double level() const {
    double low = 0, high = capacity;
    for (int step = 0; step < 100; ++step) {
      const double middle = (low + high) / 2;
      double sum = 0;
      for (const auto& [number, one] : running)
        sum += std::min(one.most, middle);
      (sum <= capacity ? low : high) = middle;
    }
    return high;
  }
};

Approx about(double value) { return Approx(value).epsilon(1e-9).margin(1e-9); }

} // namespace

TEST_CASE("R1 each of three on two cores has two thirds of one, and each of two has one") {
  model::SharedCores cores(100, 2);
  CHECK(cores.next_end() == no_limit);
  cores.add(0, 7, 100, no_limit);
  cores.add(0, 8, 300, no_limit);
  const auto last = cores.add(0, 9, 200, no_limit);
  CHECK(cores.next_end() == about(1.5));
  CHECK(cores.end_next(cores.next_end()) == 7);
  CHECK(cores.left(1.5, last) == about(100));
  CHECK(cores.left(2, last) == about(50));
  CHECK(cores.next_end() == about(2.5));
  CHECK(cores.end_next(cores.next_end()) == 9);
  CHECK(cores.end_next(cores.next_end()) == 8);
  CHECK(cores.empty());
}

TEST_CASE("R1 what the limit of one leaves goes to the others") {
  model::SharedCores cores(100, 1);
  cores.add(0, 0, 100, 10);
  cores.add(0, 1, 90, no_limit);
  cores.add(0, 2, 45, 1000); // more than a core gives is no limit
  CHECK(cores.next_end() == about(1));
  CHECK(cores.end_next(1) == 2);
  CHECK(cores.next_end() == about(1.5)); // 90 of 100 for the one without a limit
  CHECK(cores.end_next(1.5) == 1);
  CHECK(cores.next_end() == about(10));
}

TEST_CASE("R1 who ends at one date ends in the order of adding, whoever goes in between") {
  model::SharedCores cores(100, 1);
  std::vector<model::SharedCores::Share> shares;
  for (std::uint32_t number = 0; number < 5; ++number)
    shares.push_back(cores.add(0, number, 50, no_limit));
  cores.remove(1, 2, shares[2]);
  std::vector<std::uint32_t> order;
  const double date = cores.next_end();
  CHECK(date == about(1 + (50 - 20) * 4 / 100.0));
  while (cores.next_end() <= date)
    order.push_back(cores.end_next(date));
  CHECK(order == std::vector<std::uint32_t>{0, 1, 3, 4});
  CHECK(cores.next_end() == no_limit);
}

TEST_CASE("R1 nothing to do takes no time, also among others") {
  model::SharedCores cores(1e9, 1);
  cores.add(3, 0, 1e9, no_limit);
  cores.add(3, 1, 0, no_limit);
  CHECK(cores.next_end() == 3);
  CHECK(cores.end_next(3) == 1);
}

TEST_CASE("R1 rounding errors of a long time do not outlive it") {
  model::SharedCores cores(1e9, 1);
  double now = 0;
  for (std::uint32_t number = 0; number < 1000; ++number) {
    cores.add(now, number, 1e9 / 3, no_limit);
    cores.add(now, number + 1000, 1e9 / 7, no_limit);
    while (cores.next_end() < no_limit) {
      now = cores.next_end();
      cores.end_next(now);
    }
  }
  CHECK(now == about(1000 * (1.0 / 3 + 1.0 / 7)));
}

TEST_CASE("R1 cores shared at random with limits and cancellations are as plain arithmetic says") {
  const auto seed = GENERATE(range(0U, 200U));
  CAPTURE(seed);
  Random random(seed);
  const std::size_t number_of_cores = 1 + random.below(4);
  const std::vector<double> limits{no_limit, 100, 50, 30, 7};
  model::SharedCores cores(100, number_of_cores);
  Plain plain{.capacity = 100 * static_cast<double>(number_of_cores), .running = {}};
  std::map<std::uint32_t, model::SharedCores::Share> shares;
  double now = 0;
  std::uint32_t numbers = 0;
  for (int step = 0; step < 60; ++step) {
    const double date = now + static_cast<double>(random.below(100)) / 50;
    while (plain.next_end() <= date) {
      REQUIRE(cores.next_end() == about(plain.next_end()));
      now = cores.next_end();
      plain.go_to(now);
      const std::uint32_t ended = cores.end_next(now);
      CHECK(plain.running.at(ended).left == Approx(0).margin(1e-6));
      plain.running.erase(ended);
      shares.erase(ended);
    }
    now = std::max(now, date);
    plain.go_to(now);
    if (!shares.empty() && random.below(4) == 0) {
      const auto victim = std::next(shares.begin(), random.below(shares.size()));
      CHECK(cores.left(now, victim->second) == about(plain.running.at(victim->first).left));
      cores.remove(now, victim->first, victim->second);
      plain.running.erase(victim->first);
      shares.erase(victim);
    } else {
      const double most = limits[random.below(limits.size())];
      const double flops = 1 + static_cast<double>(random.below(400)) + static_cast<double>(random.below(1000)) / 997;
      shares[numbers] = cores.add(now, numbers, flops, most);
      plain.running[numbers++] = {flops, std::min(most, 100.0)};
    }
    CHECK(cores.empty() == plain.running.empty());
  }
}
