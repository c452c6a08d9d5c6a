#include "service/failure_name.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <string_view>
#include <typeinfo>

namespace wrench_serverless {

std::string unqualified_name(const std::string& type) {
  std::string_view name = type;
  constexpr std::string_view nested = "std::_Nested_exception<";
  if (name.starts_with(nested) && name.ends_with('>'))
    name = name.substr(nested.size(), name.size() - nested.size() - 1);
  // Its arguments and the function that it is local to have qualified names of their own.
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t place = 0; place < name.size(); ++place) {
    const char letter = name[place];
    if (letter == '<' || letter == '(' || letter == '{' || letter == '[')
      ++depth;
    else if (letter == '>' || letter == ')' || letter == '}' || letter == ']')
      --depth;
    else if (depth == 0 && letter == ':')
      begin = place + 1;
  }
  return std::string(name.substr(begin));
}

namespace {

std::string name_of_current_exception() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr)
    return "unknown";
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                    std::free);
  return unqualified_name(status == 0 ? name.get() : type->name());
}

} // namespace

std::string failure_name(const std::exception_ptr& failure) {
  if (failure == nullptr)
    return {};
  try {
    std::rethrow_exception(failure);
  } catch (const ForeignException& exception) {
    return exception.type_name;
  } catch (...) {
    return name_of_current_exception();
  }
}

} // namespace wrench_serverless
