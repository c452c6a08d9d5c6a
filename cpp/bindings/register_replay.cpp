#include "bindings/kept_alive.hpp"
#include "bindings/options.hpp"
#include "bindings/python_loop.hpp"
#include "bindings/register.hpp"
#include "service/manager.hpp"
#include "wrench_serverless/profile.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

namespace wrench_serverless {

namespace {

using Doubles = py::array_t<double, py::array::c_style>;
using Indices = py::array_t<std::uint32_t, py::array::c_style>;

template <class T> std::span<const T> span_of(const py::array_t<T, py::array::c_style>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

// While an array has a weak reference, NumPy refuses to resize it, whatever `refcheck` says: the memory that is read
// stays. It belongs to the array at the end of the views.
py::weakref pin(const py::handle& array) {
  auto owner = py::reinterpret_borrow<py::object>(array);
  for (;;) {
    py::object base = owner.attr("base");
    if (!py::isinstance<py::array>(base))
      return py::weakref(owner);
    owner = std::move(base);
  }
}

// The columns stay where they are; the workload keeps the arrays.
Workload to_workload(const std::vector<std::shared_ptr<RegisteredFunction>>& functions, const Doubles& times,
                     const std::vector<Doubles>& values, const std::optional<Indices>& which) {
  struct Arrays {
    Doubles times;
    std::vector<Doubles> values;
    std::optional<Indices> which;
    std::vector<py::weakref> pins;
  };
  auto arrays = std::make_shared<Arrays>(Arrays{times, values, which, {}});
  arrays->pins.push_back(pin(times));
  for (const Doubles& column : values)
    arrays->pins.push_back(pin(column));
  if (which)
    arrays->pins.push_back(pin(*which));
  Workload workload;
  workload.functions.assign(functions.begin(), functions.end());
  workload.times = span_of(arrays->times);
  for (const Doubles& column : arrays->values)
    workload.values.push_back(span_of(column));
  if (arrays->which)
    workload.which = span_of(*arrays->which);
  workload.owner = std::move(arrays);
  return workload;
}

using Columns =
    std::tuple<std::vector<std::shared_ptr<RegisteredFunction>>, Doubles, std::vector<Doubles>, std::optional<Indices>>;

// `next()` gives the parts one after the other, and None at the end.
Replay replay(FunctionManager& manager, const py::function& next) {
  const auto part = [next]() -> std::optional<Workload> {
    const py::object given = next();
    if (given.is_none())
      return std::nullopt;
    const auto [functions, times, values, which] = given.cast<Columns>();
    return to_workload(functions, times, values, which);
  };
  auto first = part();
  if (!first)
    throw py::value_error("workload has no part: give a Workload, or an iterable of at least one");
  first->next = part;
  return manager.replay(std::move(*first));
}

std::optional<Bytes> bytes_or_none(const py::object& size) { return to_optional(size, "size", to_bytes); }

void register_steps(py::module_& module) {
  py::class_<Sleep>(module, "Sleep", "A step of declared work: seconds pass. Without a value: from the workload.")
      .def(py::init([](const py::object& seconds) { return Sleep{to_optional(seconds, "seconds", to_seconds)}; }),
           py::arg("seconds") = py::none())
      .def_readonly("seconds", &Sleep::seconds);
  py::class_<Compute>(
      module, "Compute",
      "A step of declared work: flops on the node, shared with whoever computes there. Without a value: "
      "from the workload.")
      .def(py::init([](const py::object& flops) { return Compute{to_optional(flops, "flops", to_flops)}; }),
           py::arg("flops") = py::none())
      .def_readonly("flops", &Compute::flops);
  py::class_<Write>(
      module, "Write",
      "A step of declared work: a file of so many bytes is written, by default to the container's storage. "
      "Without a size: from the workload.")
      .def(py::init([](const py::object& size, const std::string& name, std::shared_ptr<StorageService> storage) {
             return Write{bytes_or_none(size), name, std::move(storage)};
           }),
           py::arg("size") = py::none(), py::arg("name") = "file", py::arg("storage") = py::none())
      .def_readonly("size", &Write::bytes)
      .def_readonly("name", &Write::file)
      .def_readonly("storage", &Write::storage);
  py::class_<Read>(module, "Read",
                   "A step of declared work: the first bytes of a file are read, by default from the container's "
                   "storage; size 'all': all of it. Without a size: from the workload.")
      .def(py::init([](const py::object& size, const std::string& name, std::shared_ptr<StorageService> storage) {
             const bool whole = py::isinstance<py::str>(size) && size.cast<std::string>() == "all";
             return Read{whole ? std::nullopt : bytes_or_none(size), name, std::move(storage), whole};
           }),
           py::arg("size") = py::none(), py::arg("name") = "file", py::arg("storage") = py::none())
      .def_readonly("size", &Read::bytes)
      .def_readonly("name", &Read::file)
      .def_readonly("storage", &Read::storage)
      .def_readonly("whole", &Read::whole);
  py::class_<Transfer>(module, "Transfer",
                       "A step of declared work: a file is copied from one storage service to another (R5); by default "
                       "each is the container's.")
      .def(
          py::init([](const std::string& name, std::shared_ptr<StorageService> source,
                      std::shared_ptr<StorageService> to) { return Transfer{name, std::move(source), std::move(to)}; }),
          py::arg("name") = "file", py::arg("source") = py::none(), py::arg("to") = py::none())
      .def_readonly("name", &Transfer::file)
      .def_readonly("source", &Transfer::from)
      .def_readonly("to", &Transfer::to);
}

} // namespace

void register_replay(py::module_& module) {
  register_steps(module);

  py::class_<Profile>(module, "Profile",
                      "Declared work: what an invocation does, as steps instead of a body. It means what a body means "
                      "that does the same, at a fraction of the cost. Steps without a value take it from the workload, "
                      "or from the input of the call.")
      .def(py::init([](const py::args& steps) {
        std::vector<Step> given;
        for (const py::handle step : steps) {
          try {
            given.push_back(step.cast<Step>());
          } catch (const py::cast_error&) {
            throw py::type_error("steps: give Sleep, Compute, Write, Read or Transfer, not " +
                                 std::string(py::str(py::type::of(step).attr("__name__"))));
          }
        }
        return Profile(std::move(given));
      }))
      .def_property_readonly("steps", &Profile::steps)
      .def_property_readonly("open_values", &Profile::open_values,
                             "How many steps take their value from the workload.");

  py::class_<Replay>(module, "Replay", "A workload that is being replayed; can be waited for like an invocation.")
      .def_property_readonly("requested", &Replay::requested, "Calls so far.")
      .def_property_readonly("ended", &Replay::ended, "Those of them that have ended.")
      .def_property_readonly("is_done", &Replay::is_done, "Have all calls of the workload ended?")
      .def_property_readonly(
          "state",
          [](const Replay& self) { return self.is_done() ? InvocationState::Completed : InvocationState::Running; },
          "RUNNING; COMPLETED once all calls have ended, whatever became of them.")
      .def("__repr__", [](const Replay& self) {
        return "<Replay: " + std::to_string(self.ended()) + " of " + std::to_string(self.requested()) +
               " calls so far have ended>";
      });

  module.def(
      "start_replay",
      [](const py::object& manager, const py::function& next) {
        return kept_alive(replay(manager.cast<FunctionManager&>(), next), manager);
      },
      py::arg("manager"), py::arg("next"));
}

} // namespace wrench_serverless
