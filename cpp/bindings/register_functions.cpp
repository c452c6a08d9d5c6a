#include "bindings/garbage.hpp"
#include "bindings/invocation_object.hpp"
#include "bindings/python_loop.hpp"
#include "bindings/register.hpp"
#include "engine/body.hpp"
#include "wrench_serverless/function.hpp"
#include "wrench_serverless/profile.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"

#include <pybind11/stl.h>

namespace wrench_serverless {

namespace py = pybind11;

namespace {

struct KeptByFunction {
  static int visit(Function& function, visitproc visit, void* arg) {
    Py_VISIT(PythonBody::callable_of(function.body));
    return 0;
  }
  static void clear(Function& function) { function.body->release(); }
};

std::optional<std::vector<std::string>> open_units(const Function& function) {
  const Profile* const profile = function.body->profile();
  if (profile == nullptr)
    return std::nullopt;
  std::vector<std::string> units;
  for (std::size_t index = 0; index < profile->open_values(); ++index)
    units.emplace_back(profile->unit(index));
  return units;
}

} // namespace

void register_functions(py::module_& module) {
  py::class_<Image, std::shared_ptr<Image>>(module, "Image",
                                            "A function's code and environment: a file, and its footprint in memory.")
      .def_readonly("name", &Image::name)
      .def_readonly("file", &Image::file)
      .def_readonly("size", &Image::size, "Bytes on disk.")
      .def_readonly("memory", &Image::memory, "Bytes in a node's memory once loaded.")
      .def("__repr__", [](const Image& image) { return "<Image '" + image.name + "'>"; });

  py::class_<Function, std::shared_ptr<Function>>(module, "Function", "A body and the image that it runs in.",
                                                  collected<Function, KeptByFunction>())
      .def_readonly("name", &Function::name)
      .def_property_readonly("image",
                             [](const Function& function) { return std::const_pointer_cast<Image>(function.image); })
      .def_property_readonly("_open_units", open_units,
                             "What the open steps of declared work take: 'seconds', 'flops', 'bytes'. None: a body.")
      .def("__repr__", [](const Function& function) { return "<Function '" + function.name + "'>"; });

  py::class_<RegisteredFunction, std::shared_ptr<RegisteredFunction>>(
      module, "RegisteredFunction", "A function with its limits, at the providers that took it (R11).")
      .def_property_readonly("name", &RegisteredFunction::name)
      .def_property_readonly(
          "function", [](const RegisteredFunction& self) { return std::const_pointer_cast<Function>(self.function); })
      .def_property_readonly(
          "image", [](const RegisteredFunction& self) { return std::const_pointer_cast<Image>(self.function->image); })
      .def_property_readonly(
          "time_limit", [](const RegisteredFunction& self) { return self.limits.time_limit; }, "s; inf: none.")
      .def_property_readonly("memory", [](const RegisteredFunction& self) { return self.limits.memory; })
      .def_property_readonly("ephemeral_storage",
                             [](const RegisteredFunction& self) { return self.limits.ephemeral_storage; })
      .def_property_readonly("ingress", [](const RegisteredFunction& self) { return self.limits.ingress; })
      .def_property_readonly("egress", [](const RegisteredFunction& self) { return self.limits.egress; })
      .def_property_readonly(
          "concurrency", [](const RegisteredFunction& self) { return self.limits.concurrency; },
          "None: the provider's.")
      .def_property_readonly("provisioned_concurrency",
                             [](const RegisteredFunction& self) { return self.limits.provisioned_concurrency; })
      .def_property_readonly(
          "reserved_concurrency", [](const RegisteredFunction& self) { return self.limits.reserved_concurrency; },
          "None: it shares what others have not reserved.")
      .def_property_readonly(
          "retries", [](const RegisteredFunction& self) { return self.limits.retries; }, "None: there are none.")
      .def_property_readonly(
          "dead_letters", [](const RegisteredFunction& self) { return *self.dead_letters; },
          "Invocations that ended otherwise than well after their last attempt, if `retries` was given (R35). Empty\n"
          "again once the simulation is closed.")
      .def("__repr__", [](const RegisteredFunction& self) { return "<RegisteredFunction '" + self.name() + "'>"; });
}

} // namespace wrench_serverless
