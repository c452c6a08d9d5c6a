// What a policy in Python has raised becomes a PolicyError that names the policy and the function, with the exception
// nested in it. (That it can only look at the simulation is PolicyFailure's to see to.)
#pragma once

#include "bindings/python_errors.hpp"
#include "engine/runtime.hpp"

#include <pybind11/pybind11.h>

#include <string>

namespace wrench_serverless {

namespace py = pybind11;

std::string type_name(py::handle object);
std::string what_is(py::handle object); // the same for an error; a class is one that lacks its ()
std::string show(py::handle object);    // its repr(), whatever that does

// Is its class one of ours, and not one that derives from it in Python?
bool is_of_core(py::handle object);
// Has it the attribute? Not py::hasattr, which takes whatever a property raises for a no.
bool has_attribute(py::handle object, const char* name);

// What was just raised, as a PolicyError, which is thrown; but Ctrl-C and the like are no mistake of the policy's: the
// simulation ends with that, and this returns.
void throw_policy_error(Runtime& runtime, const char* kind, const std::string& policy, const std::string& function,
                        const py::error_already_set& raised);

} // namespace wrench_serverless
