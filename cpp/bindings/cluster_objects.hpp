// The nodes of a provider as Python policies see them: one object for each node and function, made once.
//
// A policy is asked 100,000 times a second and looks at many nodes each time. So NodeView is a type of CPython's own
// kind, whose attributes are read by a plain function; and nothing is made for a question.
#pragma once

#include "wrench_serverless/serverless_compute_service.hpp"

#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <vector>

namespace wrench_serverless {

namespace py = pybind11;

// What the objects of one provider share. Once the simulation is over they raise Error.
class ClusterObjects : public std::enable_shared_from_this<ClusterObjects> {
public:
  explicit ClusterObjects(ServerlessComputeService& provider);
  // Lets go of all objects, which refer to this, and to the simulation.
  void release();

  ServerlessComputeService& provider() const; // Error: the simulation is over
  ClusterView view() const { return provider().cluster(); }
  double now() const;

  py::object node(NodeId id); // None for none
  py::tuple nodes();
  py::list candidates(FunctionId function);
  py::object function(FunctionId id);
  // ValueError, TypeError: it is not registered there, or no function.
  FunctionId id_of(py::handle function);
  ImageId image_of(py::handle image); // none: no function of the provider has it

private:
  ServerlessComputeService* provider_; // nullptr: it is over
  std::vector<py::object> nodes_;
  py::tuple all_nodes_;
  std::vector<py::object> functions_;
};

// The ClusterView of Python.
struct PythonCluster {
  std::shared_ptr<ClusterObjects> objects;
};

// The ContainerView of Python.
struct PythonContainer {
  std::shared_ptr<ClusterObjects> objects;
  ContainerView view;
};

// The type NodeView. And what such an object is of; nullptr: it is none.
py::object make_node_type(py::module_& module);
ClusterObjects* objects_of_node(py::handle object);
NodeId id_of_node(py::handle object);

} // namespace wrench_serverless
