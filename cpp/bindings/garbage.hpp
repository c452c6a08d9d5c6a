// What objects of ours tell Python's garbage collector: the Python objects that they keep. Without that, an output or a
// failure that reaches its own invocation would stay for ever, with all that it reaches.
//
// The collector needs to know of each reference once, and takes what it is not told of for one from outside. So an
// object tells of what it keeps only if nobody but itself keeps it: no handle in C++, and no simulation.
#pragma once

#include <pybind11/pybind11.h>

#include <any>
#include <exception>
#include <memory>

namespace wrench_serverless {

namespace py = pybind11;

// The T that a Python object holds alone; nullptr: others hold it too.
template <class T> T* held_alone(PyObject* object) {
  auto value = reinterpret_cast<py::detail::instance*>(object)->get_value_and_holder();
  if (!value.holder_constructed())
    return nullptr;
  const auto& holder = value.template holder<std::shared_ptr<T>>();
  return holder.use_count() == 1 ? holder.get() : nullptr;
}

// The Python object in there, or nullptr.
PyObject* object_in(const std::any& value);

// The exception that something failed of, as the same Python object each time. `peer` keeps it.
py::object failure_object(const std::exception_ptr& failure, std::any& peer);
// For the collector, which can't look into C++ exceptions: one that came from Python moves to `peer`.
void uncover_failure(const std::exception_ptr& failure, std::any& peer);

// What T keeps: `Kept::visit(T&, visitproc, void*)` tells of it, `Kept::clear(T&)` lets go of it.
template <class T, class Kept> py::custom_type_setup collected() {
  return py::custom_type_setup([](PyHeapTypeObject* heap_type) {
    PyTypeObject& type = heap_type->ht_type;
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_traverse = [](PyObject* self, visitproc visit, void* arg) {
      Py_VISIT(Py_TYPE(self));
      T* const held = held_alone<T>(self);
      return held != nullptr ? Kept::visit(*held, visit, arg) : 0;
    };
    type.tp_clear = [](PyObject* self) {
      if (T* const held = held_alone<T>(self))
        Kept::clear(*held);
      return 0;
    };
  });
}

} // namespace wrench_serverless
