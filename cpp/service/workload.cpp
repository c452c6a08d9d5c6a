// Everything that can be wrong with a workload is found before its first call.
#include "engine/body.hpp"
#include "wrench_serverless/profile.hpp"
#include "wrench_serverless/replay.hpp"
#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace wrench_serverless {

namespace {

std::string entry(const std::string& column, std::size_t index) { return column + "[" + std::to_string(index) + "]"; }

std::string column_name(std::size_t column, std::size_t columns) {
  return columns == 1 ? "values" : "values[" + std::to_string(column) + "]";
}

void check_length(const std::string& column, std::size_t length, std::size_t expected) {
  if (length != expected)
    throw std::invalid_argument(column + " has " + std::to_string(length) + " entries, and times has " +
                                std::to_string(expected) + ": give one for each call");
}

constexpr double anything = -1; // it is not looked at

// By function: the largest value that it takes in a column. What a row is checked against is near, then.
std::vector<double> largest_values(const std::vector<std::shared_ptr<const RegisteredFunction>>& functions,
                                   std::size_t column) {
  std::vector<double> largest;
  for (const auto& function : functions) {
    const Profile* const profile = function->function->body->profile();
    largest.push_back(profile != nullptr && column < profile->open_values() ? profile->largest(column) : anything);
  }
  return largest;
}

} // namespace

void Workload::check() const {
  if (functions.empty())
    throw std::invalid_argument("functions is empty: a workload calls one at least");
  for (const auto& function : functions)
    if (!function)
      throw std::invalid_argument("functions has one that is null");
  for (std::size_t row = 0; row < times.size(); ++row) {
    if (!(times[row] >= 0) || std::isinf(times[row]))
      throw std::invalid_argument(entry("times", row) + " is " + format_number(times[row]) +
                                  ": it must be seconds, finite and >= 0");
    if (times[row] > latest_date)
      check_date(times[row], entry("times", row));
  }
  if (which.empty() && functions.size() > 1 && !times.empty())
    throw std::invalid_argument("which is missing: there are " + std::to_string(functions.size()) +
                                " functions, so it must say for each call which one it is of");
  if (!which.empty())
    check_length("which", which.size(), times.size());
  for (std::size_t row = 0; row < which.size(); ++row)
    if (which[row] >= functions.size())
      throw std::invalid_argument(entry("which", row) + " is " + std::to_string(which[row]) + ": there are only " +
                                  std::to_string(functions.size()) + " functions");
  std::size_t most = 0;
  for (const auto& function : functions) {
    const Profile* profile = function->function->body->profile();
    const std::size_t wanted = profile != nullptr ? profile->open_values() : values.size();
    if (wanted > values.size())
      throw std::invalid_argument("values has " + std::to_string(values.size()) + " columns, but the profile of '" +
                                  function->name() + "' has " + std::to_string(wanted) + " steps without a value");
    most = std::max(most, wanted);
  }
  if (most < values.size())
    throw std::invalid_argument("values has " + std::to_string(values.size()) +
                                " columns, but no profile has more than " + std::to_string(most) +
                                " steps without a value");
  for (std::size_t column = 0; column < values.size(); ++column) {
    const std::string name = column_name(column, values.size());
    check_length(name, values[column].size(), times.size());
    const double* const given = values[column].data();
    const std::vector<double> largest = largest_values(functions, column);
    for (std::size_t row = 0; row < times.size(); ++row) {
      const std::size_t function = which.empty() ? 0 : which[row];
      if (!(given[row] >= 0 && given[row] <= largest[function]) && largest[function] != anything)
        functions[function]->function->body->profile()->check_value(column, given[row], entry(name, row));
    }
  }
}

} // namespace wrench_serverless
