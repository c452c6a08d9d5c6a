// The options that Python gives by name, in one dictionary, as the typed structs of the library.
//
// The signatures, with their defaults, are in Python (_options.py): the dictionary has every option.
#pragma once

#include "bindings/quantities.hpp"
#include "wrench_serverless/function.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"

#include <cstdint>

namespace wrench_serverless {

// A whole number that is at least `least`, or infinity: `unlimited`. TypeError and ValueError name the argument.
std::uint32_t to_count(const py::object& value, const char* argument, std::uint32_t least);

// A time that may be infinite.
double to_seconds_or_infinity(const py::object& value, const char* argument);

ServerlessOptions to_serverless_options(const py::dict& given);
// A number of retries, or Retries.
Retries to_retries(const py::object& given);
FunctionLimits to_function_limits(const py::dict& given);

} // namespace wrench_serverless
