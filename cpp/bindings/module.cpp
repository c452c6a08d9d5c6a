// wrench_serverless._core: the C++ library as Python sees it, under the typed facade of the package.
#include "bindings/instances.hpp"
#include "bindings/python_interrupts.hpp"
#include "bindings/register.hpp"

PYBIND11_MODULE(_core, module) {
  using namespace wrench_serverless;
  module.doc() = "The C++ core of wrench_serverless. Use the package, not this module.";
  install_python_interrupts();
  refuse_bare_instances();
  register_errors(module);
  register_platform(module);
  register_storage(module);
  register_views(module);
  register_placement(module);
  register_eviction(module);
  register_limits(module);
  register_keep_alive(module);
  register_queueing(module);
  register_scaling(module);
  register_functions(module);
  register_invocation(module);
  register_replay(module);
  register_services(module);
  register_routing(module);
  register_statistics(module);
  register_results(module);
  register_observing(module);
  register_simulation(module);
  refuse_uninitialised(module);
}
