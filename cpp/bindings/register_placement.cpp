#include "bindings/register.hpp"
#include "wrench_serverless/placement.hpp"

#include <memory>

namespace wrench_serverless {

namespace py = pybind11;

void register_placement(py::module_& module) {
  py::class_<PlacementPolicy, std::shared_ptr<PlacementPolicy>>(module, "PlacementPolicy",
                                                                "Picks the node of a new container (R18).")
      .def_property_readonly("name", &PlacementPolicy::name);
  py::class_<WarmestFirst, PlacementPolicy, std::shared_ptr<WarmestFirst>>(
      module, "WarmestFirst",
      "The node where the image is nearest to running: in memory, on its way there, on disk, on its way there, "
      "elsewhere; among equals the first in the order given (R18).")
      .def(py::init<>());
}

} // namespace wrench_serverless
