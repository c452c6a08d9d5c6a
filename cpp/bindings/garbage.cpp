#include "bindings/garbage.hpp"

#include "bindings/python_errors.hpp"

#include <utility>

namespace wrench_serverless {

namespace {

struct NotFromPython {}; // a peer that says so: it has not been asked for yet

} // namespace

PyObject* object_in(const std::any& value) {
  const auto* object = std::any_cast<py::object>(&value);
  return object != nullptr ? object->ptr() : nullptr;
}

py::object failure_object(const std::exception_ptr& failure, std::any& peer) {
  if (failure == nullptr)
    return py::none();
  uncover_failure(failure, peer);
  if (object_in(peer) == nullptr)
    peer = to_python(failure);
  return std::any_cast<const py::object&>(peer);
}

// No reference to the exception is made or dropped: the collector is counting them.
void uncover_failure(const std::exception_ptr& failure, std::any& peer) {
  if (failure == nullptr || peer.has_value())
    return;
  try {
    std::rethrow_exception(failure);
  } catch (PythonException& exception) {
    peer = std::exchange(exception.value, py::none());
  } catch (...) {
    peer = NotFromPython{};
  }
}

} // namespace wrench_serverless
