#include "bindings/garbage.hpp"
#include "bindings/invocation_object.hpp"
#include "bindings/kept_alive.hpp"
#include "bindings/options.hpp"
#include "bindings/python_errors.hpp"
#include "bindings/python_loop.hpp"
#include "bindings/quantities.hpp"
#include "bindings/register.hpp"
#include "engine/bare_metal.hpp"
#include "service/manager.hpp"
#include "wrench_serverless/errors.hpp"

#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

#include <utility>
#include <variant>

namespace wrench_serverless {

namespace {

double to_timeout(const py::object& timeout) {
  return timeout.is_none() ? std::numeric_limits<double>::infinity() : to_seconds(timeout, "timeout");
}

// A text is read as what the step takes.
double to_value(const std::string& text, std::size_t index, const Profile& profile) {
  const std::string_view unit = index < profile.open_values() ? profile.unit(index) : "seconds";
  if (unit == "bytes")
    return static_cast<double>(parse_bytes(text, "input"));
  return unit == "flops" ? parse_flops(text, "input") : parse_seconds(text, "input");
}

// The input of a call of declared work: a number or a text such as "250ms", or several.
std::any to_values(const py::object& input, const Profile& profile) {
  std::vector<double> values;
  if (detail::is_real(input)) {
    values.push_back(detail::to_double(input));
  } else if (PyUnicode_Check(input.ptr())) {
    values.push_back(to_value(input.cast<std::string>(), 0, profile));
  } else if (!input.is_none()) {
    try {
      for (const auto& each : input.cast<std::vector<std::variant<double, std::string>>>())
        values.push_back(std::holds_alternative<double>(each)
                             ? std::get<double>(each)
                             : to_value(std::get<std::string>(each), values.size(), profile));
    } catch (const py::cast_error&) {
      throw py::type_error("input: the function has declared work, so give a number or a sequence of numbers, not " +
                           std::string(py::str(py::type::of(input).attr("__name__"))));
    }
  }
  return values;
}

// None: the one that the function is registered at, or that the routing policy says.
ServerlessComputeService* to_provider(const py::object& provider) {
  if (provider.is_none())
    return nullptr;
  if (!py::isinstance<ServerlessComputeService>(provider))
    throw py::type_error("provider: give a ServerlessComputeService or None, not " +
                         std::string(py::str(py::type::of(provider).attr("__name__"))));
  return provider.cast<ServerlessComputeService*>();
}

// An invocation that waits for the head's answer comes in a tuple: the greenlet has to give way.
// `provider` is no pointer, for pybind11 takes None for one only when it has raised and dropped two exceptions in a
// first try, which costs more than all the rest.
py::object request(FunctionManager& manager, const std::shared_ptr<RegisteredFunction>& function, py::object input,
                   const py::object& provider, bool asynchronous) {
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  std::any given;
  if (const Profile* const profile = function->function->body->profile(); profile != nullptr)
    given = to_values(input, *profile);
  else if (!input.is_none())
    given = std::move(input);
  ServerlessComputeService* const where = to_provider(provider);
  FunctionManager::Parts& parts = manager.parts();
  if (loop.runtime().fibres().interrupted(loop.runtime().fibres().current())) { // raises what it is doomed by
    loop.begin({"its end"}, [](const Continuation&) { return Canceller{}; });
    return py::make_tuple(py::none()); // or it is past hope, and gives way for ever
  }
  auto request = parts.request(function, std::move(given), where, asynchronous);
  if (request.answered)
    return py::cast(request.invocation);
  loop.begin({"the head's answer"},
             [&](const Continuation& done) { return parts.start_answer(request.invocation, done); });
  return py::make_tuple(request.invocation);
}

// True: there is something to wait for, and the greenlet has to give way. Invocations and replays.
bool start_wait(FunctionManager& manager, const std::vector<std::variant<Invocation, Replay>>& handles, bool all,
                const py::object& timeout) {
  const double limit = to_timeout(timeout);
  if (!all && handles.empty())
    throw std::invalid_argument("invocations is empty: waiting for any of none would never end");
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  FunctionManager::Parts& parts = manager.parts();
  std::vector<WaiterList*> open;
  for (const auto& handle : handles)
    if (WaiterList* const list = std::visit([&](const auto& which) { return parts.open(which); }, handle))
      open.push_back(list);
  if (all ? open.empty() : open.size() < handles.size())
    return false;
  std::string what = std::to_string(handles.size()) + " invocations";
  if (handles.size() == 1) {
    const auto* invocation = std::get_if<Invocation>(&handles.front());
    what = invocation != nullptr ? "invocation " + std::to_string(invocation->id()) : "a replay";
  }
  loop.begin(parts.waiting(), [&](const Continuation& done) {
    return parts.start_wait(open, all ? open.size() : 1, limit, std::move(what), done);
  });
  return true;
}

bool start_wait_for_action(CustomAction& action, const py::object& timeout) {
  const double limit = to_timeout(timeout);
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  if (action.state() == ActionState::Created)
    throw Error("action '" + action.name() + "' was not submitted: waiting for it would never end");
  if (action.state() >= ActionState::Completed)
    return false;
  loop.begin({"an action to end"}, [&](const Continuation& done) { return action.parts().start_wait(limit, done); });
  return true;
}

py::object check_callable(py::object callable, const char* argument) {
  py::module_::import("wrench_serverless._arguments").attr("check_plain_function")(callable, argument);
  return callable;
}

struct KeptByAction {
  static int visit(CustomAction& action, visitproc visit, void* arg) {
    CustomAction::Parts& parts = action.parts();
    uncover_failure(parts.failure, parts.peer);
    Py_VISIT(PythonBody::callable_of(parts.body));
    Py_VISIT(object_in(parts.run.output));
    Py_VISIT(object_in(parts.peer));
    return 0;
  }
  static void clear(CustomAction& action) {
    CustomAction::Parts& parts = action.parts();
    const std::any output = std::exchange(parts.run.output, {});
    const std::any failure = std::exchange(parts.peer, {});
    parts.body->release();
  }
};

py::object check_body(py::object body) {
  py::object checked = check_callable(std::move(body), "body");
  py::module_::import("wrench_serverless._arguments").attr("check_takes")(checked, 2, "body", "body(input, storage)");
  return checked;
}

void register_actions(py::module_& module) {
  py::native_enum<ActionState>(module, "ActionState", "enum.IntEnum", "Where a custom action stands.")
      .value("CREATED", ActionState::Created)
      .value("QUEUED", ActionState::Queued)
      .value("RUNNING", ActionState::Running)
      .value("COMPLETED", ActionState::Completed)
      .value("FAILED", ActionState::Failed)
      .finalize();

  py::class_<CustomAction, std::shared_ptr<CustomAction>>(
      module, "CustomAction", "Code to be run once on a host: it may block, compute, and use storage services.",
      collected<CustomAction, KeptByAction>())
      .def(py::init([](const std::string& name, py::object body) {
             return std::make_shared<CustomAction>(
                 name, std::make_shared<PythonBody>(check_callable(std::move(body), "body"), false));
           }),
           py::arg("name"), py::arg("body"), "`body` is called without arguments.")
      .def_property_readonly("name", &CustomAction::name)
      .def_property_readonly("state", &CustomAction::state)
      .def_property_readonly("submitted", &CustomAction::submitted)
      .def_property_readonly("started", &CustomAction::started)
      .def_property_readonly("ended", &CustomAction::ended)
      .def_property_readonly("output",
                             [](const CustomAction& self) {
                               PyObject* const output = object_in(self.output());
                               return output != nullptr ? py::reinterpret_borrow<py::object>(output)
                                                        : py::object(py::none());
                             })
      .def_property_readonly("failure",
                             [](const CustomAction& self) { return failure_object(self.failure(), self.parts().peer); })
      .def("_start_wait", &start_wait_for_action, py::arg("timeout"))
      .def("__repr__", [](const CustomAction& self) {
        return "<CustomAction '" + self.name() + "': " + to_string(self.state()) + ">";
      });
}

} // namespace

void register_services(py::module_& module) {
  register_actions(module);

  py::class_<ComputeService, std::shared_ptr<ComputeService>>(module, "ComputeService",
                                                              "What all services that compute have in common.")
      .def_property_readonly("name", &ComputeService::name)
      .def_property_readonly("host", &ComputeService::host)
      .def("submit_standard_job", &ComputeService::submit_standard_job, "Raises NotSupported (R8).")
      .def("submit_compound_job", &ComputeService::submit_compound_job, "Raises NotSupported (R8).")
      .def("submit_pilot_job", &ComputeService::submit_pilot_job, "Raises NotSupported (R8).")
      .def("terminate_standard_job", &ComputeService::terminate_standard_job, "Raises NotSupported (R8).")
      .def("terminate_compound_job", &ComputeService::terminate_compound_job, "Raises NotSupported (R8).")
      .def("terminate_pilot_job", &ComputeService::terminate_pilot_job, "Raises NotSupported (R8).");

  py::class_<BareMetalComputeService, ComputeService, std::shared_ptr<BareMetalComputeService>>(
      module, "BareMetalComputeService", "Runs custom actions on a host, as many at a time as it has slots.")
      .def_property_readonly("slots", &BareMetalComputeService::slots)
      .def_property_readonly("used_slots", &BareMetalComputeService::used_slots)
      .def("submit", &BareMetalComputeService::submit, py::arg("action").none(false),
           "Queues the action, first come first served. Takes no time.");

  py::class_<ServerlessComputeService, ComputeService, std::shared_ptr<ServerlessComputeService>>(
      module, "ServerlessComputeService", "A provider: a head with an image store, and nodes that run functions (R7).")
      .def_property_readonly("nodes", &ServerlessComputeService::nodes)
      .def_property_readonly("image_store", &ServerlessComputeService::image_store)
      .def_property_readonly("queued", &ServerlessComputeService::queued, "Invocations admitted and not yet assigned.")
      .def_property_readonly("running", &ServerlessComputeService::running, "Invocations starting or running.")
      .def("__repr__", [](const ServerlessComputeService& self) {
        return "<ServerlessComputeService '" + self.name() + "': " + std::to_string(self.nodes().size()) + " nodes>";
      });

  py::class_<FunctionManager, std::shared_ptr<FunctionManager>>(
      module, "FunctionManager", "How a user deals with providers: makes, registers and invokes functions, and waits.")
      .def_property_readonly("host", &FunctionManager::host)
      .def(
          "create_image",
          [](FunctionManager& self, const std::string& name, const FileLocation& file, const py::object& memory) {
            return std::const_pointer_cast<Image>(
                self.create_image(name, file, to_optional(memory, "memory", to_bytes)));
          },
          py::arg("name"), py::arg("file"), py::arg("memory") = py::none(),
          "An image: a file, and the bytes that it takes in memory once loaded (default: the file's size).")
      .def(
          "create_function",
          [](FunctionManager& self, const std::string& name, py::object body, const std::shared_ptr<Image>& image) {
            const auto made = py::isinstance<Profile>(body) ? make_body(body.cast<const Profile&>())
                                                            : std::make_shared<PythonBody>(check_body(std::move(body)));
            return std::const_pointer_cast<Function>(self.create_function(name, made, image));
          },
          py::arg("name"), py::arg("body"), py::arg("image"),
          "A function. `body(input, storage)` runs on a node; it may call what blocks, and may raise. Or a Profile: "
          "declared work, without any code.")
      .def(
          "_register_function",
          [](const py::object& self, const std::shared_ptr<Function>& function,
             const std::vector<ServerlessComputeService*>& providers, const py::dict& options) {
            return kept_alive(
                std::const_pointer_cast<RegisteredFunction>(
                    self.cast<FunctionManager&>().register_function(function, providers, to_function_limits(options))),
                self);
          },
          py::arg("function").none(false), py::arg("providers"), py::arg("options"))
      .def("_request", &request, py::arg("function").none(false), py::arg("input"), py::arg("provider"),
           py::arg("asynchronous"))
      .def("_start_wait", &start_wait, py::arg("invocations"), py::arg("all"), py::arg("timeout"));
}

} // namespace wrench_serverless
