// The category under which a failure is recorded and counted: the unqualified name of its type ("StorageFull").
#pragma once

#include <exception>
#include <string>

namespace wrench_serverless {

// What is thrown here for an exception of another language, which knows the name of its type there.
struct ForeignException {
  std::string type_name;
};

// "": there is no failure.
std::string failure_name(const std::exception_ptr& failure);

// "app::Bad" → "Bad", "(anonymous namespace)::Bad<a::B>" → "Bad<a::B>". What std::throw_with_nested throws has the name
// of what was given to it.
std::string unqualified_name(const std::string& type);

} // namespace wrench_serverless
