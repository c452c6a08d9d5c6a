// Every register_<concept>.cpp adds its types and functions to the module.
#pragma once

#include <pybind11/pybind11.h>

namespace wrench_serverless {

void register_errors(pybind11::module_& module);
void register_platform(pybind11::module_& module);
void register_storage(pybind11::module_& module);
void register_views(pybind11::module_& module);
void register_placement(pybind11::module_& module);
void register_eviction(pybind11::module_& module);
void register_limits(pybind11::module_& module);
void register_keep_alive(pybind11::module_& module);
void register_queueing(pybind11::module_& module);
void register_routing(pybind11::module_& module);
void register_scaling(pybind11::module_& module);
void register_functions(pybind11::module_& module);
void register_invocation(pybind11::module_& module);
void register_replay(pybind11::module_& module);
void register_services(pybind11::module_& module);
void register_results(pybind11::module_& module);
void register_statistics(pybind11::module_& module);
void register_observing(pybind11::module_& module);
void register_simulation(pybind11::module_& module);

} // namespace wrench_serverless
