#include "bindings/python_errors.hpp"

#include <string>
#include <utility>

namespace wrench_serverless {

namespace py = pybind11;

PythonException::PythonException(py::object exception)
    : ForeignException{py::type::handle_of(exception).attr("__name__").cast<std::string>()},
      value(std::move(exception)) {}

py::object to_python(const std::exception_ptr& failure) {
  if (failure == nullptr)
    return py::none();
  try {
    std::rethrow_exception(failure);
  } catch (const PythonException& exception) {
    return exception.value;
  } catch (py::error_already_set& exception) {
    return exception.value();
  } catch (const std::nested_exception& exception) {
    // Its own translation first: the nested one becomes its cause.
    py::detail::try_translate_exceptions();
    py::object result = py::error_already_set().value();
    PyException_SetCause(result.ptr(), to_python(exception.nested_ptr()).release().ptr());
    return result;
  } catch (...) {
    py::detail::try_translate_exceptions(); // sets the Python error that the registered translators choose
    return py::error_already_set().value();
  }
}

std::exception_ptr from_python(py::object exception) {
  return std::make_exception_ptr(PythonException(std::move(exception)));
}

} // namespace wrench_serverless
