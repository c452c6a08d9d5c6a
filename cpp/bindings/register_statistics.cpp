#include "bindings/register.hpp"
#include "wrench_serverless/slot_use.hpp"
#include "wrench_serverless/statistics.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wrench_serverless {

namespace py = pybind11;

namespace {

// As numbers, lists and dictionaries of them: for pickle, and for a file of JSON.
py::dict state_of_sketch(const Sketch& sketch) {
  const Sketch::Contents contents = sketch.contents();
  py::dict state;
  state["count"] = contents.count;
  state["zeros"] = contents.zeros;
  state["sum"] = contents.sum;
  state["max"] = contents.max;
  state["first"] = contents.first;
  state["buckets"] = contents.buckets;
  return state;
}

template <class T> T take(const py::dict& state, const char* name) {
  try {
    return state[name].cast<T>();
  } catch (const py::error_already_set&) {
    throw py::value_error(std::string("the state has no '") + name + "'");
  } catch (const py::cast_error&) {
    throw py::value_error(std::string("the state has a '") + name + "' that can't be one");
  }
}

Sketch sketch_of_state(const py::dict& state) {
  return Sketch::of({.count = take<std::uint64_t>(state, "count"),
                     .zeros = take<std::uint64_t>(state, "zeros"),
                     .sum = take<double>(state, "sum"),
                     .max = take<double>(state, "max"),
                     .first = take<std::uint32_t>(state, "first"),
                     .buckets = take<std::vector<std::uint64_t>>(state, "buckets")});
}

// With any protocol: by default, 0 and 1 would ask for an object of pybind11's base class.
py::tuple reduce(const py::object& self) {
  return py::make_tuple(py::module_::import("copyreg").attr("__newobj__"), py::make_tuple(py::type::of(self)),
                        self.attr("__getstate__")());
}

constexpr std::pair<const char*, Sketch Statistics::*> sketches[] = {{"latency", &Statistics::latency},
                                                                     {"waiting", &Statistics::waiting},
                                                                     {"queueing", &Statistics::queueing},
                                                                     {"starting", &Statistics::starting},
                                                                     {"running", &Statistics::running}};
constexpr std::pair<const char*, double Statistics::*> sums[] = {{"byte_seconds", &Statistics::byte_seconds},
                                                                 {"cost", &Statistics::cost}};

py::dict state_of_slot_use(const SlotUse& use) {
  py::dict state;
  state["begin"] = use.begin;
  state["end"] = use.end;
  state["width"] = use.width;
  state["held"] = use.held;
  state["body"] = use.body;
  return state;
}

std::shared_ptr<SlotUse> slot_use_of_state(const py::dict& state) {
  auto use = std::make_shared<SlotUse>();
  use->begin = take<double>(state, "begin");
  use->end = take<double>(state, "end");
  use->width = take<double>(state, "width");
  use->held = take<std::vector<double>>(state, "held");
  use->body = take<std::vector<double>>(state, "body");
  if (use->held.size() != use->body.size())
    throw py::value_error("the state of slots in use has " + std::to_string(use->held.size()) +
                          " bins in 'held', and " + std::to_string(use->body.size()) + " in 'body'");
  return use;
}

py::dict state_of_statistics(const Statistics& statistics) {
  py::dict state;
  state["by_state"] = statistics.by_state;
  state["assigned"] = statistics.assigned;
  state["cold"] = statistics.cold;
  state["failures"] = statistics.failures;
  for (const auto& [name, sum] : sums)
    state[name] = statistics.*sum;
  for (const auto& [name, sketch] : sketches)
    state[name] = state_of_sketch(statistics.*sketch);
  return state;
}

std::shared_ptr<Statistics> statistics_of_state(const py::dict& state) {
  auto statistics = std::make_shared<Statistics>();
  statistics->by_state = take<decltype(Statistics::by_state)>(state, "by_state");
  statistics->cold = take<std::uint64_t>(state, "cold");
  for (const auto& [name, sum] : sums)
    (*statistics).*sum = take<double>(state, name);
  for (const auto& [name, sketch] : sketches)
    (*statistics).*sketch = sketch_of_state(take<py::dict>(state, name));
  // Earlier versions kept neither: then those that ran are known.
  statistics->assigned =
      state.contains("assigned") ? take<std::uint64_t>(state, "assigned") : statistics->waiting.count();
  if (state.contains("failures"))
    statistics->failures = take<decltype(Statistics::failures)>(state, "failures");
  return statistics;
}

} // namespace

void register_statistics(py::module_& module) {
  py::class_<Sketch>(module, "Sketch",
                     "The distribution of a quantity: each value is known to within `relative_error` of itself, in "
                     "little memory, as in HdrHistogram.")
      .def_property_readonly_static("relative_error", [](const py::object&) { return Sketch::relative_error; })
      .def_property_readonly("count", &Sketch::count)
      .def_property_readonly("mean", &Sketch::mean)
      .def_property_readonly("max", &Sketch::max)
      .def("percentile", &Sketch::percentile, py::arg("percent"), "The value below which so many percent lie.")
      .def("__repr__", [](const Sketch& self) { return "<Sketch of " + std::to_string(self.count()) + " values>"; })
      .def(py::pickle(&state_of_sketch, &sketch_of_state))
      .def("__reduce__", &reduce);

  py::class_<SlotUse, std::shared_ptr<SlotUse>>(module, "SlotUse", "Slot-seconds in use, in bins of equal width (s).")
      .def_readonly("begin", &SlotUse::begin)
      .def_readonly("end", &SlotUse::end)
      .def_readonly("width", &SlotUse::width)
      .def_readonly("held", &SlotUse::held)
      .def_readonly("body", &SlotUse::body)
      .def(
          "utilisation",
          [](const SlotUse& self, double slots) {
            const SlotUse::Shares shares = self.utilisation(slots);
            return py::make_tuple(shares.held, shares.body);
          },
          py::arg("slots"), "The shares of so many slots that were held, and that had a body in them.")
      .def(py::pickle(&state_of_slot_use, &slot_use_of_state))
      .def("__reduce__", &reduce);

  py::class_<Statistics, std::shared_ptr<Statistics>>(
      module, "Statistics", "Counts and distributions (s) of all invocations, where not all are recorded.")
      .def_property_readonly("count", &Statistics::count)
      .def_property_readonly(
          "by_state", [](const Statistics& self) { return self.by_state; }, "Counts in the order of InvocationState.")
      .def_readonly("assigned", &Statistics::assigned, "Those that a container took.")
      .def_readonly("cold", &Statistics::cold, "Of these, those that waited for any part of its start.")
      .def_readonly("failures", &Statistics::failures, "How many failed, were refused or timed out, by reason.")
      .def_readonly("latency", &Statistics::latency, "ended - requested")
      .def_readonly("waiting", &Statistics::waiting, "started - requested")
      .def_readonly("queueing", &Statistics::queueing, "assigned - admitted")
      .def_readonly("starting", &Statistics::starting, "started - assigned")
      .def_readonly("running", &Statistics::running, "ended - started")
      .def("merge", &Statistics::merge, py::arg("other"), "Adds those of another simulation.")
      .def(py::pickle(&state_of_statistics, &statistics_of_state))
      .def("__reduce__", &reduce);
}

} // namespace wrench_serverless
