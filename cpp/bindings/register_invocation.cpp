#include "bindings/python_errors.hpp"
#include "bindings/python_loop.hpp"
#include "bindings/register.hpp"
#include "wrench_serverless/invocation.hpp"

#include <pybind11/native_enum.h>

namespace wrench_serverless {

namespace {

py::object failure_of(const Invocation& invocation) {
  auto& peer = invocation.data()->peer; // the same object each time
  if (!peer.has_value()) {
    if (invocation.failure() == nullptr)
      return py::none();
    peer = to_python(invocation.failure());
  }
  return std::any_cast<const py::object&>(peer);
}

py::object output_of(const Invocation& invocation) {
  const auto* output = std::any_cast<py::object>(&invocation.output());
  return output != nullptr ? *output : py::none();
}

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

  py::class_<Invocation>(module, "Invocation",
                         "An invocation as its caller sees it. Times in simulated seconds; NaN: it has not happened.")
      .def_property_readonly("id", &Invocation::id, "In order of the calls: its row in results.invocations.")
      .def_property_readonly("function", &Invocation::function, "The function's name.")
      .def_property_readonly("state", &Invocation::state)
      .def_property_readonly("is_done", &Invocation::is_done)
      .def_property_readonly("is_running", &Invocation::is_running)
      .def_property_readonly("cold", &Invocation::cold,
                             "Did it wait for any part of the start of a container, at its last attempt?")
      .def_property_readonly("attempts", &Invocation::attempts, "How often it was tried (R35).")
      .def_property_readonly(
          "node",
          [](const Invocation& self) -> py::object {
            const std::string node = self.node();
            return node.empty() ? py::object(py::none()) : py::object(py::str(node));
          },
          "The name of its node; None: it never got one.")
      .def_property_readonly("requested", &Invocation::requested, "When the caller called.")
      .def_property_readonly("admitted", &Invocation::admitted, "When the head answered.")
      .def_property_readonly("assigned", &Invocation::assigned, "When a container took it (R17, R20).")
      .def_property_readonly("started", &Invocation::started, "When the body started.")
      .def_property_readonly("ended", &Invocation::ended)
      .def_property_readonly("output", &output_of, "What the body returned; None unless it has completed.")
      .def_property_readonly("failure", &failure_of,
                             "The exception that it failed of, with its traceback; None: it did not fail.")
      .def(
          "__eq__", [](const Invocation& self, const Invocation& other) { return self.data() == other.data(); },
          py::is_operator())
      .def("__hash__",
           [](const Invocation& self) { return std::hash<const void*>()(static_cast<const void*>(self.data().get())); })
      .def("__repr__", [](const Invocation& self) {
        return "<Invocation " + std::to_string(self.id()) + " of '" + self.function() +
               "': " + to_string(self.state()) + ">";
      });
}

} // namespace wrench_serverless
