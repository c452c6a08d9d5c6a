// Exceptions on their way between the languages, with their tracebacks.
#pragma once

#include "service/failure_name.hpp"

#include <pybind11/pybind11.h>

#include <exception>

namespace wrench_serverless {

// A Python exception inside C++. Only handled with the GIL held.
struct PythonException : ForeignException {
  explicit PythonException(pybind11::object exception);
  pybind11::object value;
};

// The Python exception for a C++ one: the very object, if it came from Python. None for null.
pybind11::object to_python(const std::exception_ptr& failure);
std::exception_ptr from_python(pybind11::object exception);

} // namespace wrench_serverless
