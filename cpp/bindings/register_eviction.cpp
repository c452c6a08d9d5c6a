#include "bindings/python_policy.hpp"
#include "bindings/register.hpp"

#include <memory>

namespace wrench_serverless {

namespace {

template <class Eviction> void register_built_in(py::module_& module, const char* name, const char* doc) {
  py::class_<Eviction, EvictionPolicy, std::shared_ptr<Eviction>>(module, name, doc).def(py::init<>());
}

} // namespace

void register_eviction(py::module_& module) {
  py::class_<EvictionPolicy, std::shared_ptr<EvictionPolicy>>(
      module, "EvictionPolicy",
      "Says which idle containers of a node go first where a new one needs their room (R9, R10). Derive from it, or\n"
      "from a built-in one, and write `priority(self, container)`. Images that nobody uses go before any container.")
      .def(py::init([] { return std::make_shared<EvictionInPython>(); }))
      .def_property_readonly(
          "name", [](py::handle self) { return py::type::handle_of(self).attr("__name__"); }, "That of its class.")
      .def("begin", &EvictionPolicy::begin, py::arg("seed"), "A provider begins to use it.")
      .def(
          "used", [](EvictionPolicy& self, const PythonContainer& container) { self.used(container.view); },
          py::arg("container"), "The container takes an invocation.")
      .def(
          "priority",
          [](EvictionPolicy& self, const PythonContainer& container) { return self.priority(container.view); },
          py::arg("container"),
          "The container has just become idle. A number: the lowest of a node goes first, and among equals the one "
          "that "
          "has been idle for longest. It holds until the container is used again.")
      .def(
          "evicted",
          [](EvictionPolicy& self, const PythonContainer& container, double priority) {
            self.evicted(container.view, priority);
          },
          py::arg("container"), py::arg("priority"), "The container had to go.")
      .def(
          "ended", [](EvictionPolicy& self, const PythonContainer& container) { self.ended(container.view); },
          py::arg("container"), "The container has ended, evicted or not.");
  register_built_in<LeastRecentlyUsed>(module, "LeastRecentlyUsed",
                                       "The container that has been idle for longest goes first.");
  register_built_in<SmallestFirst>(module, "SmallestFirst", "The container with the least memory goes first.");
  register_built_in<LeastFrequentlyUsed>(
      module, "LeastFrequentlyUsed",
      "The container goes first whose function was invoked least often on the node since it has containers there.");
  register_built_in<GreedyDual>(
      module, "GreedyDual",
      "FaasCache's: priority = clock + frequency × cost / size, and the lowest goes first. The clock is the node's, "
      "and\n"
      "becomes the priority of whom it evicts; a container takes it with each invocation. The frequency counts the\n"
      "function's invocations on the node since it has containers there, the cost is the mean of its cold starts so "
      "far\n"
      "(s, images included), the size the container's memory (MB). Fuerst and Sharma, FaasCache: Keeping Serverless\n"
      "Computing Alive with Greedy-Dual Caching, ASPLOS 2021.");
}

} // namespace wrench_serverless
