// Policies that are written in Python: what the provider asks is passed on to the user's object.
#pragma once

#include "bindings/cluster_objects.hpp"
#include "bindings/python_errors.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/eviction.hpp"
#include "wrench_serverless/placement.hpp"

#include <pybind11/pybind11.h>

#include <memory>
#include <string>

namespace wrench_serverless {

namespace py = pybind11;

// What an object whose class derives, in Python, from one of the abstract classes holds in C++: nothing.
class PlacementInPython final : public PlacementPolicy {
public:
  std::string name() const override { return "PlacementPolicy"; }
  NodeId place(FunctionId, const ClusterView&) override { return {}; }
};

class EvictionInPython final : public EvictionPolicy {
public:
  std::string name() const override { return "EvictionPolicy"; }
  double priority(const ContainerView&) override { return 0; }
};

// The user's object, kept alive until the simulation is over, and calls into it.
class PythonPolicy {
public:
  explicit PythonPolicy(py::object policy);
  const std::string& name() const { return name_; }
  ClusterObjects& objects() const { return *objects_; }
  py::object method(const char* name) const { return policy_.attr(name); }
  void take(const char* option, const std::string& provider);
  void begin(const char* kind, std::uint64_t seed);
  // Once the provider is there, before it asks anything.
  void serve(ServerlessComputeService& provider);
  void end();
  py::object cluster() const { return cluster_; }

  // Nothing: it was no mistake of the policy's, such as Ctrl-C, and the simulation ends with that. `kind` is what the
  // policy decides. PolicyError, with the Python exception nested in it.
  py::object call(const char* kind, const py::object& method, FunctionId function, py::handle first, py::handle second);

private:
  py::object policy_;
  std::shared_ptr<Policy> core_; // its C++ part, which says whose it is
  std::string name_;
  std::shared_ptr<ClusterObjects> objects_;
  py::object cluster_;
  Runtime* runtime_ = nullptr;
};

class PythonPlacement final : public PlacementPolicy {
public:
  explicit PythonPlacement(const py::object& policy) : python(policy), place_(policy.attr("place")) {}
  std::string name() const override { return python.name(); }
  void take(const char* option, const std::string& provider) override { python.take(option, provider); }
  void give_back() override { python.take(nullptr, {}); }
  void begin(std::uint64_t seed) override { python.begin("placement", seed); }
  void end() override;
  NodeId place(FunctionId function, const ClusterView& cluster) override;

  PythonPolicy python;

private:
  NodeId to_node(FunctionId function, const py::object& answer) const;
  py::object place_; // its bound method
};

class PythonEviction final : public EvictionPolicy {
public:
  explicit PythonEviction(const py::object& policy);
  std::string name() const override { return python.name(); }
  void take(const char* option, const std::string& provider) override { python.take(option, provider); }
  void give_back() override { python.take(nullptr, {}); }
  void begin(std::uint64_t seed) override { python.begin("eviction", seed); }
  void end() override;
  void used(const ContainerView& container) override;
  double priority(const ContainerView& container) override;
  void evicted(const ContainerView& container, double priority) override;
  void ended(const ContainerView& container) override;

  PythonPolicy python;

private:
  py::object to_object(const ContainerView& container) const;
  py::object used_, priority_, evicted_, ended_; // its bound methods
};

// A built-in policy as it is; one whose class is written in Python by way of the classes above. TypeError.
std::shared_ptr<PlacementPolicy> to_placement(const py::object& policy);
std::shared_ptr<EvictionPolicy> to_eviction(const py::object& policy);
// Gives those in Python the provider to look at.
void serve_python_policies(ServerlessComputeService& provider);

} // namespace wrench_serverless
