// Quantities as text and as numbers: sizes, times, work, speeds and bandwidths.
//
// Inside the library a size is a whole number of bytes, so that accounting is exact; times are seconds, work is flops,
// speeds are flop/s and bandwidths bytes/s, all doubles. The parse_ functions read what users write ("512MB", "250ms",
// "2Gf", "10Gbps"; a bare number is in the base unit), the check_ functions take numbers. Both throw
// std::invalid_argument with the argument's name, its value, and what would have been right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wrench_serverless {

using Bytes = std::int64_t;

// The largest size that is accepted anywhere (2 EiB): a sum of two still fits, so that accounting never overflows.
inline constexpr Bytes max_bytes = Bytes{1} << 61;

// The latest date that a program may ask for (s): later doubles can't be told apart to a microsecond.
inline constexpr double latest_date = 9.0e9;

Bytes parse_bytes(std::string_view text, std::string_view argument);    // "512MB", "1GiB", "1.5kB": rounded
double parse_seconds(std::string_view text, std::string_view argument); // "250ms", "10s", "5min" (or "5m"), "1h", "2d"
double parse_flops(std::string_view text, std::string_view argument);   // "2Gf"
double parse_speed(std::string_view text, std::string_view argument);   // "2Gf": flop/s
double parse_bandwidth(std::string_view text, std::string_view argument); // "10Gbps" (bits/s), "1GBps": bytes/s

Bytes check_bytes(double value, std::string_view argument);      // 0 to max_bytes, rounded to whole bytes
double check_seconds(double value, std::string_view argument);   // finite, >= 0
double check_date(double value, std::string_view argument);      // the same, and at most latest_date
double check_flops(double value, std::string_view argument);     // finite, >= 0
double check_speed(double value, std::string_view argument);     // finite, > 0
double check_bandwidth(double value, std::string_view argument); // finite, > 0

// "512MB", "1073741824B": in the largest decimal unit that is exact. parse_bytes reads back the same value (below
// 2^53).
std::string format_bytes(Bytes value);

// The shortest decimal text that reads back as the same number: "2", "0.1", "inf".
std::string format_number(double value);

// 200_GB, 1.5_GiB (Bytes), 2_Gf (flops, or flop/s), 250_ms (seconds), 10_Gbps (bytes/s). Inline: `using namespace
// wrench_serverless` is enough, and so is `using namespace wrench_serverless::literals`.
inline namespace literals {

#define WRENCH_SERVERLESS_SIZE_LITERAL(suffix, factor)                                                                 \
  constexpr Bytes operator""_##suffix(unsigned long long value) { return static_cast<Bytes>(value) * (factor); }       \
  constexpr Bytes operator""_##suffix(long double value) {                                                             \
    return static_cast<Bytes>(value * static_cast<long double>(factor) + 0.5L);                                        \
  }
#define WRENCH_SERVERLESS_LITERAL(suffix, factor)                                                                      \
  constexpr double operator""_##suffix(unsigned long long value) {                                                     \
    return static_cast<double>(static_cast<long double>(value) * (factor));                                            \
  }                                                                                                                    \
  constexpr double operator""_##suffix(long double value) { return static_cast<double>(value * (factor)); }

WRENCH_SERVERLESS_SIZE_LITERAL(B, 1)
WRENCH_SERVERLESS_SIZE_LITERAL(kB, 1'000)
WRENCH_SERVERLESS_SIZE_LITERAL(MB, 1'000'000)
WRENCH_SERVERLESS_SIZE_LITERAL(GB, 1'000'000'000)
WRENCH_SERVERLESS_SIZE_LITERAL(TB, 1'000'000'000'000)
WRENCH_SERVERLESS_SIZE_LITERAL(PB, 1'000'000'000'000'000)
WRENCH_SERVERLESS_SIZE_LITERAL(KiB, Bytes{1} << 10)
WRENCH_SERVERLESS_SIZE_LITERAL(MiB, Bytes{1} << 20)
WRENCH_SERVERLESS_SIZE_LITERAL(GiB, Bytes{1} << 30)
WRENCH_SERVERLESS_SIZE_LITERAL(TiB, Bytes{1} << 40)
WRENCH_SERVERLESS_SIZE_LITERAL(PiB, Bytes{1} << 50)

WRENCH_SERVERLESS_LITERAL(f, 1.0L)
WRENCH_SERVERLESS_LITERAL(kf, 1e3L)
WRENCH_SERVERLESS_LITERAL(Mf, 1e6L)
WRENCH_SERVERLESS_LITERAL(Gf, 1e9L)
WRENCH_SERVERLESS_LITERAL(Tf, 1e12L)
WRENCH_SERVERLESS_LITERAL(Pf, 1e15L)

WRENCH_SERVERLESS_LITERAL(ns, 1e-9L)
WRENCH_SERVERLESS_LITERAL(us, 1e-6L)
WRENCH_SERVERLESS_LITERAL(ms, 1e-3L)
WRENCH_SERVERLESS_LITERAL(s, 1.0L)
WRENCH_SERVERLESS_LITERAL(min, 60.0L)
WRENCH_SERVERLESS_LITERAL(h, 3600.0L)
WRENCH_SERVERLESS_LITERAL(d, 86400.0L)

WRENCH_SERVERLESS_LITERAL(kBps, 1e3L)
WRENCH_SERVERLESS_LITERAL(MBps, 1e6L)
WRENCH_SERVERLESS_LITERAL(GBps, 1e9L)
WRENCH_SERVERLESS_LITERAL(kbps, 125.0L)
WRENCH_SERVERLESS_LITERAL(Mbps, 125e3L)
WRENCH_SERVERLESS_LITERAL(Gbps, 125e6L)
WRENCH_SERVERLESS_LITERAL(Tbps, 125e9L)

#undef WRENCH_SERVERLESS_SIZE_LITERAL
#undef WRENCH_SERVERLESS_LITERAL

} // namespace literals
} // namespace wrench_serverless
