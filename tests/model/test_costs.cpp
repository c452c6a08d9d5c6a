// What invocations cost, by columns: the one formula, for results, statistics and Python.
#include "model/costs.hpp"

#include <catch.hpp>

namespace ws = wrench_serverless;
using Catch::Matchers::Contains;

TEST_CASE("what no container took costs nothing, and each provider asks its own price") {
  ws::Billing first;
  first.per_gb_second = 2;
  first.per_request = 0.5;
  ws::Billing second;
  second.per_second = 3;
  const std::vector<std::uint16_t> provider{0, 0, 0, 1};
  const std::vector<std::int32_t> node{0, -1, -1, 2}; // the third has lost its node, after an attempt of 1 s
  const std::vector<double> memory(4, 1e9);
  const std::vector<double> seconds{2, 0, 1, 2};
  CHECK(ws::costs_of({provider, node, memory, seconds}, {first, second}) == std::vector<double>{4.5, 0, 2.5, 6});
  CHECK(ws::cost_of(first, false, 1e9, 0) == 0);
  CHECK(ws::cost_of(first, true, 1e9, 0) == 0.5);
}

TEST_CASE("columns that don't fit together are refused") {
  const std::vector<std::uint16_t> provider{0, 1};
  const std::vector<std::int32_t> node{0, 0};
  const std::vector<double> two(2, 1);
  const std::vector<double> one(1, 1);
  CHECK_THROWS_WITH(ws::costs_of({provider, node, one, two}, {{}, {}}), Contains("memory has 1 rows"));
  CHECK_THROWS_WITH(ws::costs_of({provider, node, two, two}, {{}}), Contains("provider is 1 in row 1"));
}
