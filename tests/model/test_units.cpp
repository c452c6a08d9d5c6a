// Quantities: what is read, what is rounded, and what is refused with which words.
#include "wrench_serverless/units.hpp"

#include <catch.hpp>

#include <limits>
#include <stdexcept>
#include <string>

namespace ws = wrench_serverless;

namespace {

template <typename Function> std::string message_of(Function function) {
  try {
    function();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was thrown";
}

} // namespace

TEST_CASE("sizes are read as whole bytes") {
  CHECK(ws::parse_bytes("512MB", "memory") == 512'000'000);
  CHECK(ws::parse_bytes("1GiB", "memory") == 1'073'741'824);
  CHECK(ws::parse_bytes("1.5kB", "memory") == 1500);
  CHECK(ws::parse_bytes(" 2 TB ", "memory") == 2'000'000'000'000);
  CHECK(ws::parse_bytes("1e3", "memory") == 1000);
  CHECK(ws::parse_bytes("0", "memory") == 0);
  CHECK(ws::parse_bytes("0.6B", "memory") == 1);
  CHECK(ws::parse_bytes("2048PiB", "memory") == ws::max_bytes);
}

TEST_CASE("times, work, speeds and bandwidths are read in base units") {
  CHECK(ws::parse_seconds("250ms", "t") == Approx(0.25));
  CHECK(ws::parse_seconds("5min", "t") == 300);
  CHECK(ws::parse_seconds("5m", "t") == 300);
  CHECK(ws::parse_seconds("2h", "t") == 7200);
  CHECK(ws::parse_seconds("1d", "t") == 86400);
  CHECK(ws::parse_seconds("10", "t") == 10);
  CHECK(ws::parse_flops("2Gf", "work") == 2e9);
  CHECK(ws::parse_speed("1.5Gf", "speed") == 1.5e9);
  CHECK(ws::parse_speed("100Mflops", "speed") == 1e8);
  CHECK(ws::parse_bandwidth("10Gbps", "bandwidth") == 1.25e9);
  CHECK(ws::parse_bandwidth("1GBps", "bandwidth") == 1e9);
  CHECK(ws::parse_bandwidth("125e6", "bandwidth") == 125e6);
}

TEST_CASE("a bad quantity is refused with the argument, the value and what is right") {
  CHECK(message_of([] { ws::parse_bytes("12MX", "memory"); }) ==
        "memory: '12MX' has an unknown unit 'MX'; give a size such as 512MB or 1GiB");
  CHECK(message_of([] { ws::parse_bytes("lots", "disk"); }) ==
        "disk: 'lots' is not a number with a unit; give a size such as 512MB or 1GiB");
  CHECK(message_of([] { ws::parse_seconds("-1s", "latency"); }) ==
        "latency: '-1s' is negative; give a time such as 250ms, 10s or 5min");
  CHECK(message_of([] { ws::check_bandwidth(0, "wan_bandwidth"); }) ==
        "wan_bandwidth: '0' is not positive; give a bandwidth such as 10Gbps (bits) or 1GBps (bytes)");

  for (const char* text :
       {"", " ", "MB", "1 M B", "1,5GB", "nan", "inf", "0x10", "1Mb", "--1", "+-1", "5000PB", "1e400"}) {
    INFO("text '" << text << "'");
    CHECK_THROWS_AS(ws::parse_bytes(text, "size"), std::invalid_argument);
  }
  CHECK_THROWS_AS(ws::parse_speed("0Gf", "speed"), std::invalid_argument);
  CHECK_THROWS_AS(ws::parse_bandwidth("0", "bandwidth"), std::invalid_argument);
}

TEST_CASE("numbers are checked like texts") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(ws::check_bytes(1e9, "size") == 1'000'000'000);
  CHECK(ws::check_bytes(0.4, "size") == 0);
  CHECK(ws::check_bytes(0x1p61, "size") == ws::max_bytes);
  CHECK(ws::check_seconds(0, "t") == 0);
  for (const double bad : {nan, infinity, -infinity, -1.0, 1e300}) {
    INFO("value " << bad);
    CHECK_THROWS_AS(ws::check_bytes(bad, "size"), std::invalid_argument);
  }
  for (const double bad : {nan, infinity, -1.0}) {
    CHECK_THROWS_AS(ws::check_seconds(bad, "t"), std::invalid_argument);
    CHECK_THROWS_AS(ws::check_flops(bad, "work"), std::invalid_argument);
    CHECK_THROWS_AS(ws::check_speed(bad, "speed"), std::invalid_argument);
    CHECK_THROWS_AS(ws::check_bandwidth(bad, "bandwidth"), std::invalid_argument);
  }
}

TEST_CASE("dates that microseconds are lost in are refused") {
  CHECK(ws::check_date(9.0e9, "time") == 9.0e9);
  CHECK_THROWS_WITH(ws::check_date(9.1e9, "time"), Catch::Matchers::Contains("time: '9.1e+09' is too late"));
  CHECK_THROWS_AS(ws::check_date(-1, "time"), std::invalid_argument);
}

TEST_CASE("sizes are written so that they read back the same") {
  CHECK(ws::format_bytes(0) == "0B");
  CHECK(ws::format_bytes(512'000'000) == "512MB");
  CHECK(ws::format_bytes(1'073'741'824) == "1073741824B");
  CHECK(ws::format_bytes(1'500) == "1500B");
  for (const ws::Bytes size :
       {ws::Bytes{1}, ws::Bytes{999}, ws::Bytes{64'000'000'000}, ws::Bytes{1} << 50, ws::max_bytes})
    CHECK(ws::parse_bytes(ws::format_bytes(size), "size") == size);
}

TEST_CASE("literals come with either namespace") {
  {
    using namespace wrench_serverless;
    STATIC_REQUIRE(1_TB == 1'000'000'000'000);
    STATIC_REQUIRE(1_GiB == 1'073'741'824);
    STATIC_REQUIRE(1.5_kB == 1500);
  }
  using namespace ws::literals;
  STATIC_REQUIRE(std::is_same_v<decltype(3_MB), ws::Bytes>);
  STATIC_REQUIRE(2_Gf == 2e9);
  STATIC_REQUIRE(250_ms == 0.25);
  STATIC_REQUIRE(10_s == 10.0);
  STATIC_REQUIRE(1_min == 60.0);
  STATIC_REQUIRE(1_h == 3600.0);
  STATIC_REQUIRE(10_Gbps == 1.25e9);
  STATIC_REQUIRE(1_GBps == 1e9);
  STATIC_REQUIRE(0.5_ms == 0.5e-3);
}
