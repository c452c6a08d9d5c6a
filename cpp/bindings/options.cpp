#include "bindings/options.hpp"

#include "bindings/policy_call.hpp"
#include "bindings/python_policy.hpp"
#include "bindings/user_policies.hpp"

#include <pybind11/stl.h>

#include <cmath>
#include <utility>

namespace wrench_serverless {

std::uint32_t to_count(const py::object& value, const char* argument, std::uint32_t least) {
  if (PyFloat_Check(value.ptr()) && std::isinf(PyFloat_AS_DOUBLE(value.ptr())) && PyFloat_AS_DOUBLE(value.ptr()) > 0)
    return unlimited;
  if (PyIndex_Check(value.ptr()) == 0 || PyBool_Check(value.ptr()))
    throw py::type_error(std::string(argument) + ": give a whole number or math.inf, not " +
                         std::string(py::str(py::type::of(value).attr("__name__"))));
  const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  int overflow = 0;
  const long long count = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
  if (overflow != 0 || count < static_cast<long long>(least) || count >= static_cast<long long>(unlimited))
    throw py::value_error(std::string(argument) + " is " + std::string(py::str(number)) + ": it must be at least " +
                          std::to_string(least) + ", and less than " + std::to_string(unlimited) + " or math.inf");
  return static_cast<std::uint32_t>(count);
}

double to_seconds_or_infinity(const py::object& value, const char* argument) {
  if (PyFloat_Check(value.ptr()) && std::isinf(PyFloat_AS_DOUBLE(value.ptr())) && PyFloat_AS_DOUBLE(value.ptr()) > 0)
    return std::numeric_limits<double>::infinity();
  return to_seconds(value, argument);
}

namespace {

// Options by name, each with its own converter.
class Given {
public:
  explicit Given(const py::dict& options) : options_(options) {}
  py::object operator[](const char* name) const { return options_[name]; }
  bool has(const char* name) const { return !(*this)[name].is_none(); }
  double seconds(const char* name) const { return to_seconds((*this)[name], name); }
  Bytes bytes(const char* name) const { return to_bytes((*this)[name], name); }
  std::optional<std::uint32_t> count(const char* name, std::uint32_t least) const {
    return has(name) ? std::optional(to_count((*this)[name], name, least)) : std::nullopt;
  }

  std::uint32_t finite_count(const char* name) const {
    const std::uint32_t value = to_count((*this)[name], name, 0);
    if (value == unlimited)
      throw py::value_error(std::string(name) + " is inf: it must be a whole number");
    return value;
  }
  // Positive and finite; the service checks that.
  double rate(const char* name) const {
    if (!detail::is_real((*this)[name]))
      throw py::type_error(std::string(name) + ": give a number per second, not " +
                           std::string(py::str(py::type::of((*this)[name]).attr("__name__"))));
    const double value = detail::to_double((*this)[name]);
    if (!(value > 0) || std::isinf(value))
      throw py::value_error(std::string(name) + " is " + format_number(value) +
                            ": it must be a number per second, positive and finite");
    return value;
  }

private:
  const py::dict& options_;
};

Claims to_claims(const py::object& value) {
  if (!PyUnicode_Check(value.ptr()))
    throw py::type_error("claims: give 'at_head', 'before_image' or 'each_pass', not " + what_is(value));
  for (const auto& [name, claims] :
       {std::pair{"at_head", Claims::AtHead}, {"before_image", Claims::BeforeImage}, {"each_pass", Claims::EachPass}})
    if (value.equal(py::str(name)))
      return claims;
  throw py::value_error("claims is " + std::string(py::repr(value)) +
                        ": give 'at_head', 'before_image' or 'each_pass'");
}

} // namespace

ServerlessOptions to_serverless_options(const py::dict& options) {
  const Given given(options);
  ServerlessOptions result;
  if (const py::object store = given["image_store"]; py::isinstance<StorageService>(store))
    result.image_store = store.cast<std::shared_ptr<StorageService>>();
  else if (!store.is_none()) // else what fits
    result.image_store = to_bytes(store, "image_store");
  result.slots = given["slots"].cast<std::optional<int>>();
  result.node_store = to_optional(given["node_store"], "node_store", to_bytes);
  result.node_memory = to_optional(given["node_memory"], "node_memory", to_bytes);
  result.cold_start_overhead = given.seconds("cold_start_overhead");
  result.warm_start_overhead = given.seconds("warm_start_overhead");
  result.dispatch_overhead = given.seconds("dispatch_overhead");
  if (const py::object kept = given["keep_alive"]; py::isinstance<KeepAlivePolicy>(kept))
    result.keep_alive_policy = to_keep_alive_policy(kept);
  else if (!detail::is_real(kept) && !PyUnicode_Check(kept.ptr()))
    throw py::type_error("keep_alive: give seconds, a text such as '10min', or a KeepAlivePolicy, not " +
                         what_is(kept));
  else
    result.keep_alive = to_seconds_or_infinity(kept, "keep_alive");
  result.queueing = to_queueing_policy(given["queueing"]);
  result.scaling = to_scaling_policy(given["scaling"]);
  result.concurrency = to_count(given["concurrency"], "concurrency", 1);
  if (const auto capacity = given.count("queue_capacity", 0); capacity && *capacity != unlimited)
    result.queue_capacity = *capacity;
  if (const auto most = given.count("max_concurrency", 1); most != unlimited)
    result.max_concurrency = most;
  if (const auto burst = given.count("burst_limit", 1); burst != unlimited)
    result.burst_limit = burst;
  if (given.has("burst_rate"))
    result.burst_rate = given.rate("burst_rate");
  result.cpu_per_memory = to_optional(given["cpu_per_memory"], "cpu_per_memory", to_bytes);
  result.control_message_size = given.bytes("control_message_size");
  result.placement = to_placement(given["placement"]);
  result.eviction = to_eviction(given["eviction"]);
  result.billing = given["billing"].cast<std::optional<Billing>>();
  result.claims = to_claims(given["claims"]);
  result.name = given["name"].cast<std::string>();
  return result;
}

FunctionLimits to_function_limits(const py::dict& options) {
  const Given given(options);
  FunctionLimits result;
  if (given.has("time_limit"))
    result.time_limit = given.seconds("time_limit");
  result.memory = given.bytes("memory");
  result.ephemeral_storage = given.bytes("ephemeral_storage");
  result.ingress = given.bytes("ingress");
  result.egress = given.bytes("egress");
  result.concurrency = given.count("concurrency", 1);
  result.provisioned_concurrency = given.finite_count("provisioned_concurrency");
  result.reserved_concurrency = given.count("reserved_concurrency", 0);
  if (given.has("retries"))
    result.retries = to_retries(given["retries"]);
  result.routing = to_routing_policy(given["routing"]);
  return result;
}

} // namespace wrench_serverless
