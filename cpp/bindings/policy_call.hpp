// The one way to call a method of a policy that is written in Python.
//
// While it runs, the caller is in no fibre, so that nothing blocks, and the simulation can only be looked at. An
// exception becomes a PolicyError that names the policy and the function, with the exception nested in it.
#pragma once

#include "bindings/python_errors.hpp"
#include "engine/runtime.hpp"

#include <pybind11/pybind11.h>

#include <string>

namespace wrench_serverless {

namespace py = pybind11;

std::string type_name(py::handle object);
std::string show(py::handle object); // its repr(), whatever that does

class InPolicy {
public:
  explicit InPolicy(Runtime& runtime);
  ~InPolicy();
  InPolicy(const InPolicy&) = delete;
  InPolicy& operator=(const InPolicy&) = delete;

private:
  Runtime& runtime_;
  FibreId caller_;
};

// What was just raised, as a PolicyError, which is thrown; but Ctrl-C and the like are no mistake of the policy's: the
// simulation ends with that, and this returns.
void throw_policy_error(Runtime& runtime, const char* kind, const std::string& policy, const std::string& function,
                        const py::error_already_set& raised);

} // namespace wrench_serverless
