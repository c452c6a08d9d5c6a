// Quantities from Python: a number in the base unit, or a text with a unit ("512MB", "250ms", "2Gf", "10Gbps").
//
// Anything else is a TypeError, a bad value a ValueError; both name the argument.
#pragma once

#include "wrench_serverless/units.hpp"

#include <pybind11/pybind11.h>

#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

namespace wrench_serverless {

namespace py = pybind11;

namespace detail {

// numbers.Real takes NumPy's scalars as well; not bool, and no array of one number.
inline bool is_real(const py::object& value) {
  if (PyBool_Check(value.ptr()))
    return false;
  return PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr()) ||
         py::isinstance(value, py::module_::import("numbers").attr("Real"));
}

// An int beyond all floats counts as infinite: the check refuses it with the right words.
inline double to_double(const py::object& value) {
  const double result = PyFloat_AsDouble(value.ptr());
  if (result == -1.0 && PyErr_Occurred() != nullptr) {
    if (PyErr_ExceptionMatches(PyExc_OverflowError) == 0)
      throw py::error_already_set();
    PyErr_Clear();
    return std::numeric_limits<double>::infinity();
  }
  return result;
}

[[noreturn]] inline void refuse(const py::object& value, const char* argument, const char* example) {
  throw py::type_error(std::string(argument) + ": give a number or a text such as " + example + ", not " +
                       std::string(py::str(py::type::of(value).attr("__name__"))));
}

template <typename Parse, typename Check>
auto quantity(const py::object& value, const char* argument, Parse parse, Check check, const char* example) {
  if (PyUnicode_Check(value.ptr()))
    return parse(value.cast<std::string>(), argument);
  if (!is_real(value))
    refuse(value, argument, example);
  return check(to_double(value), argument);
}

} // namespace detail

inline Bytes to_bytes(const py::object& value, const char* argument) {
  // Not by way of a double where it would not be exact.
  if (PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr())) {
    int overflow = 0;
    const long long exact = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow == 0 && exact >= 0 && exact <= max_bytes)
      return exact;
  }
  return detail::quantity(value, argument, parse_bytes, check_bytes, "'512MB'");
}

inline double to_seconds(const py::object& value, const char* argument) {
  return detail::quantity(value, argument, parse_seconds, check_seconds, "'250ms'");
}

// A date of the simulation.
inline double to_date(const py::object& value, const char* argument) {
  return check_date(to_seconds(value, argument), argument);
}

inline double to_flops(const py::object& value, const char* argument) {
  return detail::quantity(value, argument, parse_flops, check_flops, "'2Gf'");
}

inline double to_speed(const py::object& value, const char* argument) {
  return detail::quantity(value, argument, parse_speed, check_speed, "'2Gf'");
}

// A bare number below 1 kB/s was meant in another unit: nothing is as slow.
inline double to_bandwidth(const py::object& value, const char* argument) {
  const double rate = detail::quantity(value, argument, parse_bandwidth, check_bandwidth, "'10Gbps'");
  if (rate < 1000 && !PyUnicode_Check(value.ptr())) {
    const std::string number = format_number(rate);
    throw py::value_error(
        std::string(argument) + " is " + number +
        ": numbers are bytes per second, and this is less than 1 kB/s; give a text with a unit, such as '" + number +
        "Gbps', '" + number + "MBps', or '" + number + "Bps' if that is meant");
  }
  return rate;
}

// None where the quantity may be absent: to_optional(ram, "ram", to_bytes).
template <typename Convert>
auto to_optional(const py::object& value, const char* argument, Convert convert)
    -> std::optional<decltype(convert(value, argument))> {
  if (value.is_none())
    return std::nullopt;
  return convert(value, argument);
}

} // namespace wrench_serverless
