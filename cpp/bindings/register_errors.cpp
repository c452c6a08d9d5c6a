#include "bindings/python_errors.hpp"
#include "bindings/register.hpp"
#include "wrench_serverless/errors.hpp"

namespace wrench_serverless {
namespace {

namespace py = pybind11;

// Users see, and pickle, the errors of the package, not those of its private module.
template <typename CppError>
py::object register_error(py::module_& module, const char* name, const py::object& base, const char* doc) {
  const py::object type = py::register_exception<CppError>(module, name, base);
  type.attr("__module__") = "wrench_serverless";
  type.attr("__doc__") = doc;
  return type;
}

} // namespace

void register_errors(py::module_& module) {
  const auto exception = py::reinterpret_borrow<py::object>(PyExc_Exception);
  const auto timeout = py::reinterpret_borrow<py::object>(PyExc_TimeoutError);
  // The base first: pybind11 asks the translators in the opposite order.
  const py::object error = register_error<Error>(module, "Error", exception, "The base of all errors of this package.");
  const py::tuple error_and_timeout = py::make_tuple(error, timeout);

  register_error<NotSupported>(module, "NotSupported", error, "This service does not do that (R8).");
  register_error<NotInSimulation>(module, "NotInSimulation", error,
                                  "A call that blocks was made outside a controller or a body.");
  register_error<Deadlock>(module, "Deadlock", error, "Nothing can happen any more while somebody waits (R38).");
  register_error<PlatformError>(module, "PlatformError", error,
                                "A platform that cannot be read or built, or a part that it lacks.");
  register_error<StorageFull>(module, "StorageFull", error, "No room for a write, even after eviction (R4, R6).");
  register_error<FileNotFound>(module, "FileNotFound", error, "No such file in that storage service.");
  register_error<RegistrationRefused>(module, "RegistrationRefused", error,
                                      "No node could ever run the function, or its name is taken (R12).");
  register_error<FunctionNotRegistered>(module, "FunctionNotRegistered", error,
                                        "The provider does not have the function (R14).");
  register_error<InvocationRefused>(module, "InvocationRefused", error, "The provider can't admit the call now (R14).");
  register_error<FunctionTimeout>(module, "FunctionTimeout", error_and_timeout,
                                  "The time limit of the invocation is over (R24): raised in the body.");
  register_error<WaitTimeout>(module, "WaitTimeout", error_and_timeout,
                              "A wait took longer than its timeout (R36); what was waited for goes on.");
  register_error<HostFailure>(module, "HostFailure", error, "A host went off (R37).");
  register_error<TransferFailure>(module, "TransferFailure", error, "A transfer was cut short (R21, R38).");
  register_error<PolicyError>(module, "PolicyError", error, "A policy raised, or gave an answer that is none.");

  // What came from Python goes back as it was, and as the cause of what a policy failed of.
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const PolicyError& failure) {
      const py::object type = py::module_::import("wrench_serverless._core").attr("PolicyError");
      const py::object raised = type(failure.what());
      if (const auto* const nested = dynamic_cast<const std::nested_exception*>(&failure))
        PyException_SetCause(raised.ptr(), to_python(nested->nested_ptr()).release().ptr());
      PyErr_SetObject(type.ptr(), raised.ptr());
    } catch (const PythonException& from_python) {
      PyErr_SetObject(py::type::handle_of(from_python.value).ptr(), from_python.value.ptr());
    }
  });
}

} // namespace wrench_serverless
