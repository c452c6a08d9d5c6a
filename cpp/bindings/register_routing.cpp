#include "bindings/options.hpp"
#include "bindings/register.hpp"
#include "bindings/user_policies.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"

namespace wrench_serverless {

void register_routing(py::module_& module) {
  py::class_<ProviderView>(module, "ProviderView", "One of a function's providers, as a routing policy sees it.")
      .def_property_readonly(
          "provider", [](const ProviderView& self) { return self.provider; }, py::return_value_policy::reference)
      .def_readonly("outstanding", &ProviderView::outstanding,
                    "Calls of any function that this manager has sent there and that have not ended.")
      .def_property_readonly(
          "has_room", [](const ProviderView& self) { return self.room > 0; },
          "Could a call of the function start there at once?")
      .def_readonly("room", &ProviderView::room,
                    "The same by degrees (R18). 0: no. 1: nothing has to go for it. 2: images that nobody uses have "
                    "to. 3: idle containers have to.")
      .def("__repr__", [](const ProviderView& self) {
        return "<ProviderView of '" + self.provider->name() + "': " + std::to_string(self.outstanding) +
               " calls outstanding, " + (self.room > 0 ? "has room>" : "no room>");
      });
  py::class_<RoutingPolicy, std::shared_ptr<RoutingPolicy>>(
      module, "RoutingPolicy",
      "Picks the provider of each call that names none, where a function has several. To derive from: `route(self, "
      "function, providers)` gets the function's name and a tuple of ProviderView, and gives one of them; `ended(self, "
      "function, provider, seconds, completed)`, if there is one, is told when such a call has ended.")
      .def(py::init([]() -> std::shared_ptr<RoutingPolicy> { return std::make_shared<RoutingInPython>(); }))
      .def_property_readonly("name", &RoutingPolicy::name);
  py::class_<FirstProvider, RoutingPolicy, std::shared_ptr<FirstProvider>>(
      module, "FirstProvider", py::is_final(), "The default: the first that the function was registered at.")
      .def(py::init<>());
  py::class_<RoundRobinProviders, RoutingPolicy, std::shared_ptr<RoundRobinProviders>>(
      module, "RoundRobinProviders", py::is_final(), "One after the other, for each function by itself.")
      .def(py::init<>());
  py::class_<LeastOutstanding, RoutingPolicy, std::shared_ptr<LeastOutstanding>>(
      module, "LeastOutstanding", py::is_final(),
      "The one with the fewest of this manager's calls under way; among equals the first.")
      .def(py::init<>());
  py::class_<FirstWithRoom, RoutingPolicy, std::shared_ptr<FirstWithRoom>>(
      module, "FirstWithRoom", py::is_final(),
      "The first where a call could start at once (there is room, and no limit is reached), or else the first of all; "
      "one where no warm container has to end for it before one where that is so (R18). It knows the state of the "
      "providers.")
      .def(py::init<>());
  py::class_<LowestLatency, RoutingPolicy, std::shared_ptr<LowestLatency>>(
      module, "LowestLatency", py::is_final(),
      "The least moving mean of the response times that this manager has seen for the function: mean += weight * "
      "(time - mean). One that has not been measured for `forget` seconds is tried by one call at a time, and one "
      "whose last two calls did not complete gets none for as long, while there is another one.")
      .def(py::init([](double weight, const py::object& forget) {
             return std::make_shared<LowestLatency>(weight, to_seconds_or_infinity(forget, "forget"));
           }),
           py::arg("weight") = 0.2, py::arg("forget") = 300.0);
}

} // namespace wrench_serverless
