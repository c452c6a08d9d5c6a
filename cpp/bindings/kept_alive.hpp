// What is made keeps what it was made by alive. Not py::keep_alive: where the arguments of a call don't fit, that takes
// what stands for "try the next overload" for an object, and the process ends.
#pragma once

#include <pybind11/pybind11.h>

#include <utility>

namespace wrench_serverless {

namespace py = pybind11;

template <class Made> py::object kept_alive(Made&& made, const py::object& by) {
  py::object result = py::cast(std::forward<Made>(made));
  py::detail::keep_alive_impl(result, by);
  return result;
}

} // namespace wrench_serverless
