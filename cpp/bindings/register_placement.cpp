#include "bindings/options.hpp"
#include "bindings/python_policy.hpp"
#include "bindings/register.hpp"
#include "wrench_serverless/placement.hpp"

#include <memory>
#include <optional>

namespace wrench_serverless {

namespace {

template <class Placement> auto register_built_in(py::module_& module, const char* name, const char* doc) {
  return py::class_<Placement, PlacementPolicy, std::shared_ptr<Placement>>(module, name, doc);
}

} // namespace

void register_placement(py::module_& module) {
  py::class_<PlacementPolicy, std::shared_ptr<PlacementPolicy>>(
      module, "PlacementPolicy",
      "Picks the node of a new container (R18). Derive from it, or from a built-in one, and write\n"
      "`place(self, function, cluster)`. A policy serves one provider at a time. Room comes in three degrees\n"
      "(`node.room(function)`): each built-in policy applies its rule among the nodes of the best degree that there\n"
      "is, so that none ends a warm container while another node has room.")
      .def(py::init([] { return std::make_shared<PlacementInPython>(); }))
      .def_property_readonly(
          "name", [](py::handle self) { return py::type::handle_of(self).attr("__name__"); }, "That of its class.")
      .def("begin", &PlacementPolicy::begin, py::arg("seed"),
           "A provider begins to use it; `seed` is for its random choices, and follows the simulation's.")
      .def(
          "place",
          [](PlacementPolicy& self, py::handle function, const PythonCluster& cluster) {
            if (dynamic_cast<PlacementInPython*>(&self) != nullptr) {
              PyErr_SetString(PyExc_NotImplementedError, "a placement policy needs a method place(function, cluster)");
              throw py::error_already_set();
            }
            return cluster.objects->node(self.place(cluster.objects->id_of(function), cluster.objects->view()));
          },
          py::arg("function"), py::arg("cluster"),
          "A node with room for a new container of the function, one of cluster.nodes; or None: the call stays queued. "
          "It must not block, and change nothing. What it raises ends the simulation, as the cause of a PolicyError.");
  register_built_in<WarmestFirst>(
      module, "WarmestFirst",
      "The node where the image is nearest to running: in memory, on its way there, on disk, on its way there, "
      "elsewhere; among equals one where no image has to be dropped, then the first in the order given. Nodes where a "
      "warm container would have to end come last (R18).")
      .def(py::init<>());
  register_built_in<LeastLoaded>(
      module, "LeastLoaded",
      "The node with the smallest share of its slots in use; among equals the one with the most memory free as it is, "
      "then the first in the order given.")
      .def(py::init<>());
  register_built_in<MostPacked>(
      module, "MostPacked",
      "Best fit: the node with the least free memory that is enough, counted with what could be dropped where "
      "something has to be (R18); among equals the first in the order given.")
      .def(py::init<>());
  register_built_in<RoundRobin>(
      module, "RoundRobin", "The next node with room after the one chosen last, in the order given and round again.")
      .def(py::init<>());
  register_built_in<Random>(module, "Random",
                            "Any node with room, each as likely as the others, by the simulation's seed.")
      .def(py::init<>());
  register_built_in<PowerOfTwoChoices>(module, "PowerOfTwoChoices",
                                       "Draws two nodes with room, and takes the one with the smaller share of its "
                                       "slots in use. Mitzenmacher, The Power "
                                       "of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10), 2001.")
      .def(py::init<>());
  register_built_in<HashAffinity>(
      module, "HashAffinity",
      "OpenWhisk's: a function's home node by a hash of its name, and from there on in steps of its own, coprime to "
      "the "
      "number of nodes, to the first with room. After `steps` nodes without (math.inf: after all), any node with room, "
      "at random. Unlike OpenWhisk, which forces the call on a random node, it stays queued while no node has room.")
      .def(py::init([](const py::object& steps) {
             const std::uint32_t count = to_count(steps, "steps", 1);
             return std::make_shared<HashAffinity>(count == unlimited ? std::nullopt
                                                                      : std::optional<std::size_t>(count));
           }),
           py::arg("steps") = HashAffinity::default_steps);
}

} // namespace wrench_serverless
