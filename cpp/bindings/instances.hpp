// Objects of our classes that nobody has initialised: by C.__new__(C), by unpickling, or of pybind11's own base class.
// pybind11 gives such an object memory that nothing was written to as soon as a member is asked for, or ends the
// process.
#pragma once

#include <pybind11/pybind11.h>

namespace wrench_serverless {

// Before any class is registered: they inherit it.
void refuse_bare_instances();
// Of all classes of the module: whatever is asked of an object that was not initialised is a TypeError.
void refuse_uninitialised(const pybind11::module_& module);

} // namespace wrench_serverless
