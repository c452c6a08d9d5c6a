// Quantities as SimGrid's platform files write them. Its units are not quite ours: it has more prefixes, and no "min".
//
// Each of these throws std::invalid_argument, which begins with `what`, for what is no such quantity, or is one with
// which no simulation can be made. Numbers are decimal, whatever the locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wrench_serverless::model {

// Rates beyond these limits give dates that are infinite, or that no clock can tell apart; so do longer latencies.
inline constexpr double least_rate = 1e-9;
inline constexpr double most_rate = 1e100;
inline constexpr double longest_latency = 1e9;       // s
inline constexpr int most_cores = 1'000'000;         // of a host
inline constexpr std::size_t most_hosts = 1'000'000; // of a platform: 5 GB of memory in SimGrid

// Throws std::invalid_argument, which begins with `what`, unless it is between the limits above.
double check_rate(double value, std::string_view what);    // of a host (flop/s), a disk or a link (bytes/s)
double check_latency(double value, std::string_view what); // s
int check_cores(std::int64_t value, std::string_view what);

double simgrid_bandwidth(std::string_view text, std::string_view what); // "125MBps", "1Gbps": bytes/s
double simgrid_speed(std::string_view text, std::string_view what);     // "1Gf": flop/s
double simgrid_latency(std::string_view text, std::string_view what);   // "50us": s

double plain_number(std::string_view text, std::string_view what); // finite
std::int64_t whole_number(std::string_view text, std::int64_t least, std::int64_t most, std::string_view what);

// "0-3,7" is 0, 1, 2, 3, 7, as pairs of a first and a last number; all of them together at most most_hosts.
struct NumberRange {
  std::int64_t first, last;
};
std::vector<NumberRange> number_ranges(std::string_view text, std::string_view what);
std::size_t count_of(const std::vector<NumberRange>& ranges);

std::vector<std::string_view> split(std::string_view text, std::string_view separators);
std::string_view trimmed(std::string_view text);

} // namespace wrench_serverless::model
