#include "bindings/policy_call.hpp"

#include "wrench_serverless/errors.hpp"

#include <exception>
#include <utility>

namespace wrench_serverless {

std::string type_name(py::handle object) { return py::str(py::type::handle_of(object).attr("__name__")); }

std::string show(py::handle object) {
  try {
    return py::repr(object);
  } catch (py::error_already_set&) {
    return "something that has no repr()";
  }
}

std::string what_is(py::handle object) {
  if (PyType_Check(object.ptr()) == 0)
    return type_name(object);
  const std::string name = py::str(object.attr("__name__"));
  return "the class " + name + " itself: give an object, " + name + "()";
}

bool is_of_core(py::handle object) {
  PyTypeObject* const type = Py_TYPE(object.ptr());
  const auto& known = py::detail::all_type_info(type);
  return known.size() == 1 && known.front()->type == type;
}

bool has_attribute(py::handle object, const char* name) {
  const auto value = py::reinterpret_steal<py::object>(PyObject_GetAttrString(object.ptr(), name));
  if (value)
    return true;
  py::error_already_set raised;
  // Of a name that its class has, it is a property that raised it.
  const auto type = py::type::handle_of(object);
  if (!raised.matches(PyExc_AttributeError) || PyObject_HasAttrString(type.ptr(), name) != 0) {
    raised.restore();
    throw py::error_already_set();
  }
  return false;
}

void throw_policy_error(Runtime& runtime, const char* kind, const std::string& policy, const std::string& function,
                        const py::error_already_set& raised) {
  py::object failure = raised.value();
  if (raised.trace()) // not yet the value's own before Python 3.12
    PyException_SetTraceback(failure.ptr(), raised.trace().ptr());
  if (PyErr_GivenExceptionMatches(failure.ptr(), PyExc_Exception) == 0)
    return runtime.controller_ended(0, from_python(std::move(failure)));
  std::string what = type_name(failure);
  try {
    if (const std::string text = py::str(failure); !text.empty())
      what += ": " + text;
  } catch (py::error_already_set&) { // the exception has no text
  }
  try {
    throw PythonException(std::move(failure));
  } catch (const PythonException&) {
    std::throw_with_nested(PolicyError(std::string(kind) + " policy " + policy + " raised" +
                                       (function.empty() ? "" : " for function '" + function + "'") + ": " + what));
  }
}

} // namespace wrench_serverless
