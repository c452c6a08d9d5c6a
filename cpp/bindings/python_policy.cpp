#include "bindings/python_policy.hpp"

#include "bindings/policy_call.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <stdexcept>
#include <utility>

namespace wrench_serverless {

PythonPolicy::PythonPolicy(py::object policy)
    : policy_(std::move(policy)), core_(py::isinstance<PlacementPolicy>(policy_)
                                            ? std::shared_ptr<Policy>(policy_.cast<std::shared_ptr<PlacementPolicy>>())
                                            : std::shared_ptr<Policy>(policy_.cast<std::shared_ptr<EvictionPolicy>>())),
      name_(type_name(policy_)) {}

void PythonPolicy::take(const char* option, const std::string& provider) {
  if (option != nullptr)
    core_->take(option, provider, name_);
  else
    core_->give_back();
}

void PythonPolicy::begin(const char* kind, std::uint64_t seed) {
  try {
    policy_.attr("begin")(seed);
  } catch (const py::error_already_set& raised) {
    throw_policy_error(*Runtime::live(), kind, name_, "", raised);
  }
}

void PythonPolicy::serve(ServerlessComputeService& provider) {
  runtime_ = provider.parts().runtime.get();
  objects_ = std::make_shared<ClusterObjects>(provider);
  cluster_ = py::cast(PythonCluster{objects_});
}

void PythonPolicy::end() {
  if (objects_)
    objects_->release();
  objects_ = nullptr;
  policy_ = cluster_ = py::object();
}

py::object PythonPolicy::call(const char* kind, const py::object& method, FunctionId function, py::handle first,
                              py::handle second) {
  PyObject* arguments[] = {nullptr, first.ptr(), second.ptr()};
  auto answer = py::reinterpret_steal<py::object>(
      PyObject_Vectorcall(method.ptr(), &arguments[1], (second ? 2 : 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
  if (answer)
    return answer;
  const py::error_already_set raised;
  throw_policy_error(*runtime_, kind, name_, objects_->view().name_of(function), raised);
  return {};
}

void PythonPlacement::end() {
  python.end();
  place_ = py::object();
}

NodeId PythonPlacement::place(FunctionId function, const ClusterView&) {
  const py::object answer =
      python.call("placement", place_, function, python.objects().function(function), python.cluster());
  return !answer || answer.is_none() ? NodeId() : to_node(function, answer);
}

NodeId PythonPlacement::to_node(FunctionId function, const py::object& answer) const {
  ClusterObjects* const owner = objects_of_node(answer);
  if (owner == &python.objects())
    return id_of_node(answer);
  const std::string of = " for function '" + python.objects().view().name_of(function) + "'";
  if (owner != nullptr)
    throw PolicyError("placement policy " + python.name() + " answered " + show(answer) + of +
                      ": that is a node of another provider");
  throw PolicyError("placement policy " + python.name() + " answered " + show(answer) + of +
                    ": give one of cluster.nodes, or None to leave the call in the queue");
}

PythonEviction::PythonEviction(const py::object& policy)
    : python(policy), used_(policy.attr("used")), priority_(policy.attr("priority")), evicted_(policy.attr("evicted")),
      ended_(policy.attr("ended")) {}

void PythonEviction::end() {
  python.end();
  used_ = priority_ = evicted_ = ended_ = py::object();
}

py::object PythonEviction::to_object(const ContainerView& container) const {
  return py::cast(PythonContainer{python.objects().shared_from_this(), container});
}

void PythonEviction::used(const ContainerView& container) {
  python.call("eviction", used_, container.function, to_object(container), py::handle());
}

double PythonEviction::priority(const ContainerView& container) {
  const py::object answer = python.call("eviction", priority_, container.function, to_object(container), py::handle());
  if (!answer)
    return 0;
  const double number = PyBool_Check(answer.ptr()) ? -1.0 : PyFloat_AsDouble(answer.ptr());
  if (PyBool_Check(answer.ptr()) || (number == -1.0 && PyErr_Occurred() != nullptr)) {
    PyErr_Clear();
    throw PolicyError("eviction policy " + name() + " answered " + show(answer) + " for function '" +
                      python.objects().view().name_of(container.function) + "': give a finite number");
  }
  return number;
}

void PythonEviction::evicted(const ContainerView& container, double priority) {
  python.call("eviction", evicted_, container.function, to_object(container), py::float_(priority));
}

void PythonEviction::ended(const ContainerView& container) {
  python.call("eviction", ended_, container.function, to_object(container), py::handle());
}

namespace {

// TypeError: the method is still that of the abstract class.
template <class Abstract, class InPython>
void check_method(const std::shared_ptr<Abstract>& core, py::handle policy, const char* argument, const char* method,
                  const char* parameters) {
  if (dynamic_cast<InPython*>(core.get()) != nullptr &&
      py::type::handle_of(policy).attr(method).is(py::type::of<Abstract>().attr(method)))
    throw py::type_error(std::string(argument) + ": " + type_name(policy) + " has no method " + method + "(self, " +
                         parameters + ")");
}

} // namespace

std::shared_ptr<PlacementPolicy> to_placement(const py::object& policy) {
  if (policy.is_none())
    return nullptr;
  if (!py::isinstance<PlacementPolicy>(policy))
    throw py::type_error("placement: give a PlacementPolicy, not " + what_is(policy));
  auto core = policy.cast<std::shared_ptr<PlacementPolicy>>();
  check_method<PlacementPolicy, PlacementInPython>(core, policy, "placement", "place", "function, cluster");
  return is_of_core(policy) ? core : std::make_shared<PythonPlacement>(policy);
}

std::shared_ptr<EvictionPolicy> to_eviction(const py::object& policy) {
  if (policy.is_none())
    return nullptr;
  if (!py::isinstance<EvictionPolicy>(policy))
    throw py::type_error("eviction: give an EvictionPolicy, not " + what_is(policy));
  auto core = policy.cast<std::shared_ptr<EvictionPolicy>>();
  check_method<EvictionPolicy, EvictionInPython>(core, policy, "eviction", "priority", "container");
  return is_of_core(policy) ? core : std::make_shared<PythonEviction>(policy);
}

void serve_python_policies(ServerlessComputeService& provider) {
  const ServerlessOptions& options = provider.parts().options;
  if (auto* placement = dynamic_cast<PythonPlacement*>(options.placement.get()))
    placement->python.serve(provider);
  if (auto* eviction = dynamic_cast<PythonEviction*>(options.eviction.get()))
    eviction->python.serve(provider);
}

} // namespace wrench_serverless
