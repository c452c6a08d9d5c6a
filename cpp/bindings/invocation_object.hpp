// Invocations on their way between the languages: there is one Python object for each, however many handles there are
// in C++. So Python's garbage collector can be told what only that object keeps (garbage.hpp).
#pragma once

#include "wrench_serverless/invocation.hpp"

#include <pybind11/pybind11.h>

#include <memory>

namespace pybind11::detail {

template <> struct type_caster<wrench_serverless::Invocation> {
  using Data = std::shared_ptr<wrench_serverless::InvocationData>;
  PYBIND11_TYPE_CASTER(wrench_serverless::Invocation, const_name("Invocation"));

  bool load(handle source, bool convert) {
    make_caster<Data> data;
    if (source.is_none() || !data.load(source, convert))
      return false;
    value = wrench_serverless::Invocation(cast_op<Data>(data));
    return true;
  }
  static handle cast(const wrench_serverless::Invocation& invocation, return_value_policy policy, handle parent) {
    return make_caster<Data>::cast(invocation.data(), policy, parent);
  }
};

} // namespace pybind11::detail
