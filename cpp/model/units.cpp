#include "wrench_serverless/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <stdexcept>

namespace wrench_serverless {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// "KB" is a common misspelling that can mean only one thing; "Mb" (megabits) or "m" (milli) could be meant otherwise,
// so that sizes keep to the letter.
constexpr std::array size_units{Unit{"", 1},         Unit{"B", 1},        Unit{"kB", 1e3},     Unit{"KB", 1e3},
                                Unit{"MB", 1e6},     Unit{"GB", 1e9},     Unit{"TB", 1e12},    Unit{"PB", 1e15},
                                Unit{"KiB", 0x1p10}, Unit{"MiB", 0x1p20}, Unit{"GiB", 0x1p30}, Unit{"TiB", 0x1p40},
                                Unit{"PiB", 0x1p50}};
constexpr std::array time_units{Unit{"", 1},   Unit{"ns", 1e-9}, Unit{"us", 1e-6}, Unit{"ms", 1e-3}, Unit{"s", 1},
                                Unit{"m", 60}, Unit{"min", 60},  Unit{"h", 3600},  Unit{"d", 86400}, Unit{"w", 604800}};
constexpr std::array work_units{Unit{"", 1},          Unit{"f", 1},        Unit{"kf", 1e3},     Unit{"Mf", 1e6},
                                Unit{"Gf", 1e9},      Unit{"Tf", 1e12},    Unit{"Pf", 1e15},    Unit{"Ef", 1e18},
                                Unit{"flops", 1},     Unit{"kflops", 1e3}, Unit{"Mflops", 1e6}, Unit{"Gflops", 1e9},
                                Unit{"Tflops", 1e12}, Unit{"Pflops", 1e15}};
constexpr std::array bandwidth_units{
    Unit{"", 1},           Unit{"Bps", 1},        Unit{"kBps", 1e3},   Unit{"KBps", 1e3},     Unit{"MBps", 1e6},
    Unit{"GBps", 1e9},     Unit{"TBps", 1e12},    Unit{"PBps", 1e15},  Unit{"KiBps", 0x1p10}, Unit{"MiBps", 0x1p20},
    Unit{"GiBps", 0x1p30}, Unit{"TiBps", 0x1p40}, Unit{"bps", 0.125},  Unit{"kbps", 125},     Unit{"Kbps", 125},
    Unit{"Mbps", 125e3},   Unit{"Gbps", 125e6},   Unit{"Tbps", 125e9}, Unit{"Pbps", 125e12},  Unit{"Kibps", 0x1p7},
    Unit{"Mibps", 0x1p17}, Unit{"Gibps", 0x1p27}};

constexpr std::string_view size_help = "a size such as 512MB or 1GiB";
constexpr std::string_view time_help = "a time such as 250ms, 10s or 5min";
constexpr std::string_view date_help = "seconds since the start of the simulation, not since 1970";
constexpr std::string_view work_help = "an amount of work such as 2Gf";
constexpr std::string_view speed_help = "a speed such as 2Gf";
constexpr std::string_view bandwidth_help = "a bandwidth such as 10Gbps (bits) or 1GBps (bytes)";

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::string("?");
}

[[noreturn]] void fail(std::string_view argument, std::string_view value, std::string_view problem,
                       std::string_view help) {
  std::string message(argument);
  message.append(": '").append(value).append("' ").append(problem).append("; give ").append(help);
  throw std::invalid_argument(message);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// from_chars and not strtod: the user's locale must not decide whether "1.5GB" is a size.
double parse(std::string_view text, std::string_view argument, std::span<const Unit> units, std::string_view help) {
  const std::string_view trimmed = trim(text);
  std::string_view digits = trimmed;
  if (digits.starts_with('+'))
    digits.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::result_out_of_range)
    fail(argument, text, "is out of range", help);
  if (error != std::errc{} || !std::isfinite(value))
    fail(argument, text, "is not a number with a unit", help);
  const std::string_view unit = trim(digits.substr(static_cast<std::size_t>(end - digits.data())));
  for (const Unit& known : units)
    if (known.name == unit)
      return value * known.factor;
  fail(argument, text, "has an unknown unit '" + std::string(unit) + "'", help);
}

double at_least_zero(double value, std::string_view argument, std::string_view text, std::string_view help) {
  if (!std::isfinite(value))
    fail(argument, text, "is not finite", help);
  if (value < 0)
    fail(argument, text, "is negative", help);
  return value;
}

double above_zero(double value, std::string_view argument, std::string_view text, std::string_view help) {
  if (at_least_zero(value, argument, text, help) == 0)
    fail(argument, text, "is not positive", help);
  return value;
}

Bytes whole_bytes(double value, std::string_view argument, std::string_view text) {
  if (at_least_zero(value, argument, text, size_help) > static_cast<double>(max_bytes))
    fail(argument, text, "is more than 2 EiB", size_help);
  return static_cast<Bytes>(std::llround(value));
}

} // namespace

Bytes parse_bytes(std::string_view text, std::string_view argument) {
  return whole_bytes(parse(text, argument, size_units, size_help), argument, text);
}

double parse_seconds(std::string_view text, std::string_view argument) {
  return at_least_zero(parse(text, argument, time_units, time_help), argument, text, time_help);
}

double parse_flops(std::string_view text, std::string_view argument) {
  return at_least_zero(parse(text, argument, work_units, work_help), argument, text, work_help);
}

double parse_speed(std::string_view text, std::string_view argument) {
  return above_zero(parse(text, argument, work_units, speed_help), argument, text, speed_help);
}

double parse_bandwidth(std::string_view text, std::string_view argument) {
  return above_zero(parse(text, argument, bandwidth_units, bandwidth_help), argument, text, bandwidth_help);
}

Bytes check_bytes(double value, std::string_view argument) { return whole_bytes(value, argument, number_text(value)); }

double check_seconds(double value, std::string_view argument) {
  return at_least_zero(value, argument, number_text(value), time_help);
}

double check_date(double value, std::string_view argument) {
  if (check_seconds(value, argument) > latest_date)
    fail(argument, number_text(value), "is too late: beyond 9e9 s dates can't be told apart to a microsecond",
         date_help);
  return value;
}

double check_flops(double value, std::string_view argument) {
  return at_least_zero(value, argument, number_text(value), work_help);
}

double check_speed(double value, std::string_view argument) {
  return above_zero(value, argument, number_text(value), speed_help);
}

double check_bandwidth(double value, std::string_view argument) {
  return above_zero(value, argument, number_text(value), bandwidth_help);
}

std::string format_number(double value) {
  std::array<char, 32> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), written.ptr};
}

std::string format_bytes(Bytes value) {
  constexpr std::array<std::string_view, 6> names{"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (value != 0 && value % 1000 == 0 && unit + 1 < names.size()) {
    value /= 1000;
    ++unit;
  }
  return std::to_string(value).append(names[unit]);
}

} // namespace wrench_serverless
