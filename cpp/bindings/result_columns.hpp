// Columns of the tables as read-only NumPy arrays that share the tables' memory, and keep it.
#pragma once

#include "wrench_serverless/results.hpp"

#include <pybind11/pybind11.h>

#include <memory>

namespace wrench_serverless {

pybind11::dict invocation_columns(const std::shared_ptr<const InvocationTable>& table);

} // namespace wrench_serverless
