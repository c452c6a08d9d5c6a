#include "bindings/cluster_objects.hpp"

#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <stdexcept>

namespace wrench_serverless {

ClusterObjects::ClusterObjects(ServerlessComputeService& provider) : provider_(&provider) {}

void ClusterObjects::release() {
  provider_ = nullptr;
  nodes_.clear();
  functions_.clear();
  all_nodes_ = py::tuple();
}

ServerlessComputeService& ClusterObjects::provider() const {
  if (provider_ == nullptr)
    throw Error("this simulation is over: there is no cluster to look at any more");
  return *provider_;
}

double ClusterObjects::now() const { return provider().parts().runtime->now(); }

py::tuple ClusterObjects::nodes() {
  const std::size_t count = view().size();
  if (all_nodes_.size() != count) {
    all_nodes_ = py::tuple(count);
    for (std::size_t index = 0; index < count; ++index)
      all_nodes_[index] = node(NodeId(index));
  }
  return all_nodes_;
}

py::list ClusterObjects::candidates(FunctionId function) {
  const std::vector<NodeId> ids = view().candidates(function);
  py::list result(ids.size());
  for (std::size_t place = 0; place < ids.size(); ++place)
    PyList_SET_ITEM(result.ptr(), static_cast<Py_ssize_t>(place), node(ids[place]).release().ptr());
  return result;
}

py::object ClusterObjects::function(FunctionId id) {
  const auto& functions = provider().parts().functions;
  if (functions_.size() <= id.value)
    functions_.resize(functions.size());
  py::object& object = functions_[id.value];
  if (!object)
    object = py::cast(std::const_pointer_cast<RegisteredFunction>(functions[id.value].rest->registered));
  return object;
}

FunctionId ClusterObjects::id_of(py::handle function) {
  for (std::size_t index = 0; index < std::min<std::size_t>(functions_.size(), 8); ++index)
    if (functions_[index].is(function))
      return FunctionId(index);
  if (!py::isinstance<RegisteredFunction>(function))
    throw py::type_error("function: give a RegisteredFunction, not " +
                         std::string(py::str(py::type::handle_of(function).attr("__name__"))));
  const auto registered = function.cast<std::shared_ptr<RegisteredFunction>>();
  const auto& parts = provider().parts();
  const auto found = parts.function_by_name.find(registered->name());
  if (found == parts.function_by_name.end() || parts.functions[found->second.value].rest->registered != registered)
    throw std::invalid_argument("function is '" + registered->name() + "', which is not registered at provider '" +
                                provider().name() + "'");
  return found->second;
}

ImageId ClusterObjects::image_of(py::handle image) {
  if (!py::isinstance<Image>(image))
    throw py::type_error("image: give an Image, not " +
                         std::string(py::str(py::type::handle_of(image).attr("__name__"))));
  const auto& ids = provider().parts().image_ids;
  const auto found = ids.find(image.cast<std::shared_ptr<Image>>().get());
  return found == ids.end() ? ImageId() : found->second;
}

} // namespace wrench_serverless
