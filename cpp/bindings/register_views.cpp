#include "bindings/cluster_objects.hpp"
#include "bindings/register.hpp"

#include <pybind11/native_enum.h>

namespace wrench_serverless {

void register_views(py::module_& module) {
  py::native_enum<Warmth>(module, "Warmth", "enum.IntEnum", "How near an image is to running on a node (R18).")
      .value("IN_MEMORY", Warmth::InMemory)
      .value("TO_MEMORY", Warmth::ToMemory)
      .value("ON_DISK", Warmth::OnDisk)
      .value("TO_DISK", Warmth::ToDisk)
      .value("ABSENT", Warmth::Absent)
      .finalize();
  make_node_type(module);
  py::class_<PythonCluster>(module, "ClusterView",
                            "The nodes of a provider as a policy sees them. Only to be looked at.")
      .def_property_readonly(
          "nodes", [](const PythonCluster& self) { return self.objects->nodes(); }, "All, in the order given.")
      .def(
          "candidates",
          [](const PythonCluster& self, py::handle function) {
            return self.objects->candidates(self.objects->id_of(function));
          },
          py::arg("function"), "The nodes with room for a new container of the function, in the order given.")
      .def_property_readonly(
          "now", [](const PythonCluster& self) { return self.objects->now(); }, "The simulated time in seconds.")
      .def_property_readonly(
          "provider", [](const PythonCluster& self) { return self.objects->provider().name(); }, "Its name.")
      .def("__len__", [](const PythonCluster& self) { return self.objects->view().size(); });
  py::class_<PythonContainer>(module, "ContainerView", "A container as an eviction policy sees it.")
      .def_property_readonly(
          "id", [](const PythonContainer& self) { return self.view.id.value; }, "Used again once it has ended.")
      .def_property_readonly("function",
                             [](const PythonContainer& self) { return self.objects->function(self.view.function); })
      .def_property_readonly("node", [](const PythonContainer& self) { return self.objects->node(self.view.node); })
      .def_property_readonly(
          "memory", [](const PythonContainer& self) { return self.view.memory; }, "Bytes.")
      .def_property_readonly(
          "cold_start", [](const PythonContainer& self) { return self.view.cold_start; },
          "s: the mean of its function so far, from claim to ready.")
      .def_property_readonly("now", [](const PythonContainer& self) { return self.view.now; }, "s.");
}

} // namespace wrench_serverless
