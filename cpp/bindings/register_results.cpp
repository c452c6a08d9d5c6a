#include "bindings/register.hpp"
#include "bindings/result_columns.hpp"
#include "model/costs.hpp"
#include "wrench_serverless/results.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <memory>
#include <span>
#include <vector>

namespace wrench_serverless {

namespace py = pybind11;

namespace {

py::object read_only(const py::object& array) {
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

// A column as a read-only array that shares the table's memory, and keeps the table.
template <class T, class Table>
py::object column(const std::vector<T>& values, const std::shared_ptr<const Table>& table) {
  auto* owner = new std::shared_ptr<const Table>(table);
  const py::capsule keep(owner, [](void* kept) { delete static_cast<std::shared_ptr<const Table>*>(kept); });
  return read_only(py::array_t<T>({values.size()}, {sizeof(T)}, values.data(), keep));
}

py::dict invocations(const Results& results) { return invocation_columns(results.invocations); }

} // namespace

py::dict invocation_columns(const std::shared_ptr<const InvocationTable>& t) {
  py::dict columns;
  columns["id"] = t->id.size() == t->size() && t->size() > 0
                      ? column(t->id, t)
                      : read_only(py::module_::import("numpy").attr("arange")(t->size(), py::arg("dtype") = "uint32"));
  columns["function"] = column(t->function, t);
  columns["provider"] = column(t->provider, t);
  columns["node"] = column(t->node, t);
  columns["state"] = column(t->state, t);
  columns["cold"] = column(t->cold, t).attr("view")("bool");
  columns["attempts"] = column(t->attempts, t);
  columns["failure"] = column(t->failure, t);
  columns["requested"] = column(t->requested, t);
  columns["admitted"] = column(t->admitted, t);
  columns["assigned"] = column(t->assigned, t);
  columns["started"] = column(t->started, t);
  columns["ended"] = column(t->ended, t);
  columns["memory"] = column(t->memory, t);
  columns["billed_seconds"] = column(t->billed_seconds, t);
  return columns;
}

namespace {

py::dict containers(const Results& results) {
  const auto& t = results.containers;
  py::dict columns;
  columns["function"] = column(t->function, t);
  columns["provider"] = column(t->provider, t);
  columns["node"] = column(t->node, t);
  columns["claimed"] = column(t->claimed, t);
  columns["ready"] = column(t->ready, t);
  columns["ended"] = column(t->ended, t);
  columns["reason"] = column(t->reason, t);
  columns["invocations"] = column(t->invocations, t);
  columns["busy_seconds"] = column(t->busy_seconds, t);
  columns["memory"] = column(t->memory, t);
  columns["provisioned"] = column(t->provisioned, t).attr("view")("bool");
  return columns;
}

py::dict transfers(const Results& results) {
  const auto& t = results.transfers;
  const py::object array = py::module_::import("numpy").attr("array");
  const auto texts = [&array](const std::vector<std::string>& values) {
    return read_only(array(py::cast(values), py::arg("dtype") = "object"));
  };
  py::dict columns;
  columns["file"] = texts(t->file);
  columns["source"] = texts(t->source);
  columns["destination"] = texts(t->destination);
  columns["bytes"] = column(t->bytes, t);
  columns["started"] = column(t->started, t);
  columns["ended"] = column(t->ended, t);
  columns["completed"] = column(t->completed, t).attr("view")("bool");
  return columns;
}

template <class T> using Column = py::array_t<T, py::array::c_style | py::array::forcecast>;

template <class T> std::span<const T> values(const Column<T>& column) {
  return {column.data(), static_cast<std::size_t>(column.size())};
}

py::object costs(const Column<std::uint16_t>& provider, const Column<std::int32_t>& node, const Column<double>& memory,
                 const Column<double>& billed_seconds, const std::vector<Billing>& billing) {
  const std::vector<double> costs =
      costs_of({values(provider), values(node), values(memory), values(billed_seconds)}, billing);
  return read_only(py::array_t<double>(static_cast<py::ssize_t>(costs.size()), costs.data()));
}

py::list summary(const Results& results) {
  py::list lines;
  for (const SummaryLine& line : results.summary())
    lines.append(py::make_tuple(line.name, line.value, line.unit));
  return lines;
}

} // namespace

void register_results(py::module_& module) {
  py::class_<Results>(module, "Results")
      .def_property_readonly("invocations", &invocations)
      .def_property_readonly("statistics",
                             [](const Results& self) { return std::const_pointer_cast<Statistics>(self.statistics); })
      .def_property_readonly("containers", &containers)
      .def_property_readonly("transfers", &transfers)
      .def_readonly("function_names", &Results::function_names)
      .def_readonly("provider_names", &Results::provider_names)
      .def_readonly("node_names", &Results::node_names)
      .def_readonly("failure_names", &Results::failure_names)
      .def_property_readonly("slot_use",
                             [](const Results& self) { return std::const_pointer_cast<SlotUse>(self.slot_use); })
      .def_readonly("node_slots", &Results::node_slots)
      .def_readonly("now", &Results::now)
      .def_readonly("seed", &Results::seed)
      .def("summary", &summary)
      .def("failures", &Results::failures)
      .def_readonly("billing", &Results::billing);
  module.def("costs", &costs, py::arg("provider"), py::arg("node"), py::arg("memory"), py::arg("billed_seconds"),
             py::arg("billing"), "What invocations cost, by columns of their table.");
}

} // namespace wrench_serverless
