#include "bindings/garbage.hpp"
#include "bindings/invocation_object.hpp"
#include "bindings/register.hpp"
#include "wrench_serverless/invocation.hpp"

#include <pybind11/native_enum.h>

#include <memory>
#include <utility>

namespace wrench_serverless {

namespace {

using Data = std::shared_ptr<InvocationData>;

// A getter of the object for one of the handle.
template <auto Getter> auto of() {
  return [](const Data& self) { return (Invocation(self).*Getter)(); };
}

py::object output_of(const Data& self) {
  PyObject* const output = object_in(self->output);
  return output != nullptr ? py::reinterpret_borrow<py::object>(output) : py::none();
}

struct Kept {
  static int visit(InvocationData& data, visitproc visit, void* arg) {
    uncover_failure(data.failure, data.peer);
    Py_VISIT(object_in(data.output));
    Py_VISIT(object_in(data.peer));
    return 0;
  }
  static void clear(InvocationData& data) {
    const std::any output = std::exchange(data.output, {});
    const std::any failure = std::exchange(data.peer, {});
  }
};

} // namespace

void register_invocation(py::module_& module) {
  py::native_enum<InvocationState>(module, "InvocationState", "enum.IntEnum",
                                   "QUEUED, STARTING, RUNNING; then for ever COMPLETED, FAILED or TIMED_OUT; or "
                                   "REFUSED (R26).")
      .value("QUEUED", InvocationState::Queued)
      .value("STARTING", InvocationState::Starting)
      .value("RUNNING", InvocationState::Running)
      .value("COMPLETED", InvocationState::Completed)
      .value("FAILED", InvocationState::Failed)
      .value("TIMED_OUT", InvocationState::TimedOut)
      .value("REFUSED", InvocationState::Refused)
      .finalize();

  py::class_<InvocationData, Data>(
      module, "Invocation",
      "An invocation as its caller sees it. Times in simulated seconds; NaN: it has not happened.",
      collected<InvocationData, Kept>())
      .def_property_readonly("id", of<&Invocation::id>(), "In order of the calls: its row in results.invocations.")
      .def_property_readonly("function", of<&Invocation::function>(), "The function's name.")
      .def_property_readonly("state", of<&Invocation::state>())
      .def_property_readonly("is_done", of<&Invocation::is_done>())
      .def_property_readonly("is_running", of<&Invocation::is_running>())
      .def_property_readonly("cold", of<&Invocation::cold>(),
                             "Did it wait for any part of the start of a container, at its last attempt?")
      .def_property_readonly("attempts", of<&Invocation::attempts>(), "How often it was tried (R35).")
      .def_property_readonly(
          "node",
          [](const Data& self) -> py::object {
            const std::string node = Invocation(self).node();
            return node.empty() ? py::object(py::none()) : py::object(py::str(node));
          },
          "The name of its node; None: it never got one.")
      .def_property_readonly("requested", of<&Invocation::requested>(), "When the caller called.")
      .def_property_readonly("admitted", of<&Invocation::admitted>(), "When the head answered.")
      .def_property_readonly("assigned", of<&Invocation::assigned>(), "When a container took it (R17, R20).")
      .def_property_readonly("started", of<&Invocation::started>(), "When the body started.")
      .def_property_readonly("ended", of<&Invocation::ended>())
      .def_property_readonly("output", &output_of, "What the body returned; None unless it has completed.")
      .def_property_readonly(
          "failure", [](const Data& self) { return failure_object(self->failure, self->peer); },
          "The exception that it failed of, with its traceback; None: it did not fail.")
      .def("__repr__", [](const Data& self) {
        const Invocation invocation(self);
        return "<Invocation " + std::to_string(invocation.id()) + " of '" + invocation.function() +
               "': " + to_string(invocation.state()) + ">";
      });
}

} // namespace wrench_serverless
