#include "model/simgrid_units.hpp"

#include "wrench_serverless/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>

namespace wrench_serverless::model {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array decimal_prefixes{Unit{"", 1},     Unit{"k", 1e3},  Unit{"M", 1e6},
                                      Unit{"G", 1e9},  Unit{"T", 1e12}, Unit{"P", 1e15},
                                      Unit{"E", 1e18}, Unit{"Z", 1e21}, Unit{"Y", 1e24}};
constexpr std::array binary_prefixes{Unit{"Ki", 0x1p10}, Unit{"Mi", 0x1p20}, Unit{"Gi", 0x1p30}, Unit{"Ti", 0x1p40},
                                     Unit{"Pi", 0x1p50}, Unit{"Ei", 0x1p60}, Unit{"Zi", 0x1p70}, Unit{"Yi", 0x1p80}};
constexpr std::array long_prefixes{Unit{"", 1},       Unit{"kilo", 1e3},  Unit{"mega", 1e6},
                                   Unit{"giga", 1e9}, Unit{"tera", 1e12}, Unit{"peta", 1e15},
                                   Unit{"exa", 1e18}, Unit{"zeta", 1e21}, Unit{"yotta", 1e24}};
constexpr std::array time_units{Unit{"", 1},      Unit{"s", 1},      Unit{"ms", 1e-3}, Unit{"us", 1e-6},
                                Unit{"ns", 1e-9}, Unit{"ps", 1e-12}, Unit{"m", 60},    Unit{"h", 3600},
                                Unit{"d", 86400}, Unit{"w", 604800}};

constexpr std::string_view bandwidth_help = "a bandwidth such as 125MBps (bytes) or 1Gbps (bits)";
constexpr std::string_view speed_help = "a speed such as 1Gf";
constexpr std::string_view latency_help = "a time such as 50us or 10ms";

[[noreturn]] void fail(std::string_view what, std::string_view text, std::string_view problem, std::string_view help) {
  std::string message(what);
  message.append(": '").append(text).append("' ").append(problem).append("; give ").append(help);
  throw std::invalid_argument(message);
}

// The number at the beginning, and what follows it.
double leading_number(std::string_view text, std::string_view what, std::string_view help, std::string_view& rest) {
  std::string_view digits = trimmed(text);
  if (digits.starts_with('+'))
    digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range)
    fail(what, text, "is out of range", help);
  if (error != std::errc{})
    fail(what, text, "is no number", help);
  if (!std::isfinite(value))
    fail(what, text, "is not finite", help);
  if (std::fpclassify(value) == FP_SUBNORMAL) // SimGrid's parser has no such numbers
    fail(what, text, "is too close to 0", help);
  rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
  return value;
}

// Zero if there is no such unit.
double factor_of(std::string_view unit, std::string_view base, std::span<const Unit> prefixes) {
  if (unit.ends_with(base))
    for (const Unit& prefix : prefixes)
      if (prefix.name == unit.substr(0, unit.size() - base.size()))
        return prefix.factor;
  return 0;
}

void check_limits(double value, std::string_view what, std::string_view text, double least, double most,
                  std::string_view help) {
  if (!std::isfinite(value))
    fail(what, text, "is not finite", help);
  if (value < 0)
    fail(what, text, "is negative", help);
  if (value == 0 && least > 0)
    fail(what, text, "is not positive", help);
  if (value < least)
    fail(what, text, "is less than " + format_number(least), help);
  if (value > most)
    fail(what, text, "is more than " + format_number(most), help);
}

} // namespace

double check_rate(double value, std::string_view what) {
  check_limits(value, what, format_number(value), least_rate, most_rate, "a rate from 1e-9 to 1e100");
  return value;
}

double check_latency(double value, std::string_view what) {
  check_limits(value, what, format_number(value), 0, longest_latency, latency_help);
  return value;
}

int check_cores(std::int64_t value, std::string_view what) {
  if (value < 1 || value > most_cores)
    throw std::invalid_argument(std::string(what) + ": " + std::to_string(value) + "; give at least 1" +
                                (value < 1 ? "" : ", and at most " + std::to_string(most_cores)));
  return static_cast<int>(value);
}

double simgrid_bandwidth(std::string_view text, std::string_view what) {
  std::string_view unit;
  const double number = leading_number(text, what, bandwidth_help, unit);
  double factor = unit.empty() ? 1 : 0;
  if (factor == 0)
    factor = factor_of(unit, "Bps", decimal_prefixes) + factor_of(unit, "Bps", binary_prefixes);
  if (factor == 0)
    factor = 0.125 * (factor_of(unit, "bps", decimal_prefixes) + factor_of(unit, "bps", binary_prefixes));
  if (factor == 0)
    fail(what, text, "has an unknown unit '" + std::string(unit) + "'", bandwidth_help);
  check_limits(number * factor, what, text, least_rate, most_rate, bandwidth_help);
  return number * factor;
}

double simgrid_speed(std::string_view text, std::string_view what) {
  std::string_view unit;
  const double number = leading_number(text, what, speed_help, unit);
  double factor = unit.empty() ? 1 : factor_of(unit, "f", decimal_prefixes);
  if (factor == 0)
    factor = factor_of(unit, "flops", long_prefixes);
  if (factor == 0)
    fail(what, text, "has an unknown unit '" + std::string(unit) + "'", speed_help);
  check_limits(number * factor, what, text, least_rate, most_rate, speed_help);
  return number * factor;
}

double simgrid_latency(std::string_view text, std::string_view what) {
  std::string_view unit;
  const double number = leading_number(text, what, latency_help, unit);
  for (const Unit& known : time_units)
    if (known.name == unit) {
      check_limits(number * known.factor, what, text, 0, longest_latency, latency_help);
      return number * known.factor;
    }
  fail(what, text, "has an unknown unit '" + std::string(unit) + "'", latency_help);
}

double plain_number(std::string_view text, std::string_view what) {
  std::string_view rest;
  const double value = leading_number(text, what, "a number", rest);
  if (!rest.empty())
    fail(what, text, "is no number", "a number");
  return value;
}

std::int64_t whole_number(std::string_view text, std::int64_t least, std::int64_t most, std::string_view what) {
  const std::string help = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const std::string_view digits = trimmed(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
    fail(what, text, "is no whole number", help);
  if (error == std::errc::result_out_of_range || value < least || value > most)
    fail(what, text, "is out of range", help);
  return value;
}

std::vector<NumberRange> number_ranges(std::string_view text, std::string_view what) {
  constexpr std::int64_t largest = std::numeric_limits<int>::max();
  std::vector<NumberRange> ranges;
  std::size_t count = 0;
  for (const std::string_view group : split(text, ",")) {
    const auto ends = split(group, "-");
    if (ends.size() > 2)
      fail(what, text, "is no list of numbers", "numbers and ranges such as 0-99,120");
    const std::int64_t first = whole_number(ends.front(), 0, largest, what);
    const std::int64_t last = whole_number(ends.back(), 0, largest, what);
    if (last < first)
      fail(what, text, "has a range that ends before it begins", "numbers and ranges such as 0-99,120");
    ranges.push_back({first, last});
    count += static_cast<std::size_t>(last - first + 1);
    if (count > most_hosts)
      fail(what, text, "makes too many hosts", "at most " + std::to_string(most_hosts));
  }
  return ranges;
}

std::size_t count_of(const std::vector<NumberRange>& ranges) {
  std::size_t count = 0;
  for (const NumberRange& range : ranges)
    count += static_cast<std::size_t>(range.last - range.first + 1);
  return count;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace wrench_serverless::model
