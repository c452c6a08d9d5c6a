#include "bindings/register.hpp"
#include "bindings/user_policies.hpp"

#include <pybind11/stl.h>

namespace wrench_serverless {

void register_queueing(py::module_& module) {
  py::class_<WaitingView>(module, "WaitingFunction", "A function whose calls wait, as a queueing policy sees it.")
      .def_readonly("name", &WaitingView::name)
      .def_readonly("waiting", &WaitingView::waiting, "Its calls in the queue.")
      .def_readonly("slots", &WaitingView::slots, "That it holds now.")
      .def_readonly("bodies", &WaitingView::bodies, "That have ended.")
      .def_readonly("mean_duration", &WaitingView::mean_duration, "s, of these; 0: none.");
  py::class_<QueueingPolicy, std::shared_ptr<QueueingPolicy>>(
      module, "QueueingPolicy",
      "Says whose calls go first when several functions wait (R16). To derive from: `rank(self, function)` gives a "
      "number; the least goes first, and among equals the call that was submitted first. It is asked again whenever a "
      "call of the function comes, starts or ends. Calls of one function are always first come first served.")
      .def(py::init([]() -> std::shared_ptr<QueueingPolicy> { return std::make_shared<QueueingInPython>(); }))
      .def_property_readonly("name", &QueueingPolicy::name);
  py::class_<FirstComeFirstServed, QueueingPolicy, std::shared_ptr<FirstComeFirstServed>>(
      module, "FirstComeFirstServed", py::is_final(), "The default: whoever was submitted first.")
      .def(py::init<>());
  py::class_<ShortestExpectedFirst, QueueingPolicy, std::shared_ptr<ShortestExpectedFirst>>(
      module, "ShortestExpectedFirst", py::is_final(),
      "The function whose bodies took least on average so far; one of which none has ended before all.")
      .def(py::init<>());
  py::class_<FairShare, QueueingPolicy, std::shared_ptr<FairShare>>(
      module, "FairShare", py::is_final(),
      "The function that holds the fewest slots for its weight: max-min fairness. `weights` by name; others have 1.")
      .def(py::init(
               [](std::map<std::string, double> weights) { return std::make_shared<FairShare>(std::move(weights)); }),
           py::arg("weights") = std::map<std::string, double>{});
}

} // namespace wrench_serverless
