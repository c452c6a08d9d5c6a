#include "bindings/user_policies.hpp"

#include "bindings/options.hpp"
#include "bindings/policy_call.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"

#include <cmath>
#include <string>

namespace wrench_serverless {

namespace {

// The user's object, and how it is called.
class User {
public:
  User(py::object policy, const char* kind) : policy_(std::move(policy)), kind_(kind), name_(type_name(policy_)) {}

  const std::string& name() const { return name_; }
  bool has(const char* method) const { return has_attribute(policy_, method); }
  py::object get(const char* attribute) const { return policy_.attr(attribute); }
  void release() { policy_ = py::object(); }

  template <class... Arguments>
  py::object call(const char* method, const std::string& function, Arguments&&... arguments) const {
    if (!policy_)
      return py::none(); // the simulation is over
    try {
      return policy_.attr(method)(std::forward<Arguments>(arguments)...);
    } catch (const py::error_already_set& raised) {
      throw_policy_error(*Runtime::live(), kind_, name_, function, raised);
      return py::none();
    }
  }

  void begin(std::uint64_t seed) const {
    try {
      policy_.attr("begin")(seed);
    } catch (const py::error_already_set& raised) {
      throw_policy_error(*Runtime::live(), kind_, name_, "", raised);
    }
  }

  [[noreturn]] void refuse(const std::string& function, const py::object& answer, const std::string& right) const {
    throw PolicyError(std::string(kind_) + " policy " + name_ + " answered " + show(answer) + " for function '" +
                      function + "': give " + right);
  }

private:
  py::object policy_;
  const char* kind_;
  std::string name_;
};

// What the wrappers have in common. The C++ part of the user's object says whose it is.
template <class Base> class OfUser : public Base {
public:
  OfUser(const py::object& policy, const char* kind)
      : user_(policy, kind), core_(policy.cast<std::shared_ptr<Base>>()) {}
  std::string name() const override { return user_.name(); }
  void take(const char* option, const std::string& provider) override { core_->take(option, provider, name()); }
  void give_back() override { core_->give_back(); }
  void begin(std::uint64_t seed) override {
    if (user_.has("begin"))
      user_.begin(seed);
  }
  void end() override { user_.release(); }

protected:
  User user_; // NOLINT(readability-identifier-naming): protected, so it looks like a private one

private:
  std::shared_ptr<Base> core_;
};

bool is_number(const py::object& value) { return detail::is_real(value); }

class UserKeepAlive final : public OfUser<KeepAlivePolicy> {
public:
  explicit UserKeepAlive(const py::object& policy) : OfUser(policy, "keep-alive"), observes_(user_.has("invoked")) {}
  void registered(FunctionId function, const std::string& name) override {
    names_.resize(function.value + 1);
    names_[function.value] = name;
  }
  KeepAlive keep_alive(FunctionId function, double now) override {
    const std::string& name = names_[function.value];
    const py::object answer = user_.call("keep_alive", name, name, now);
    if (py::isinstance<KeepAlive>(answer))
      return answer.cast<KeepAlive>();
    if (is_number(answer))
      if (const double seconds = detail::to_double(answer); seconds >= 0)
        return seconds;
    if (PyUnicode_Check(answer.ptr())) {
      try {
        return to_seconds(answer, "keep_alive");
      } catch (const std::exception&) { // no time: refused below, with what would be one
      }
    }
    user_.refuse(name, answer, "seconds >= 0, or a KeepAlive");
  }
  void invoked(FunctionId function, double now, double idle) override {
    if (observes_)
      user_.call("invoked", names_[function.value], names_[function.value], now, idle);
  }

private:
  bool observes_;
  std::vector<std::string> names_; // by FunctionId
};

class UserQueueing final : public OfUser<QueueingPolicy> {
public:
  explicit UserQueueing(const py::object& policy) : OfUser(policy, "queueing") {}
  double rank(const WaitingFunction& function) override {
    const py::object answer = user_.call(
        "rank", function.name,
        WaitingView{function.name, function.waiting, function.slots, function.bodies, function.mean_duration});
    if (is_number(answer))
      if (const double rank = detail::to_double(answer); !std::isnan(rank))
        return rank;
    user_.refuse(function.name, answer, "a number: the least goes first");
  }
};

class UserScaling final : public OfUser<ScalingPolicy> {
public:
  explicit UserScaling(const py::object& policy) : OfUser(policy, "scaling") {
    period_ = user_.has("period") ? to_seconds(user_.get("period"), "period") : 2;
    settles_after_ = user_.has("settles_after") ? to_seconds(user_.get("settles_after"), "settles_after") : 3600;
  }
  double period() const override { return period_; }
  double settles_after() const override { return settles_after_; }
  std::size_t desired(const FunctionLoad& function) override {
    const py::object answer = user_.call("desired", function.name,
                                         LoadView{function.name, function.now, function.containers, function.ready,
                                                  function.under_way, function.queued, function.concurrency});
    if (PyIndex_Check(answer.ptr()) != 0 && !PyBool_Check(answer.ptr())) { // also NumPy's integers
      const auto whole = py::reinterpret_steal<py::object>(PyNumber_Index(answer.ptr()));
      if (!whole)
        throw py::error_already_set();
      int overflow = 0;
      const long long count = PyLong_AsLongLongAndOverflow(whole.ptr(), &overflow);
      if (overflow == 0 && count >= 0)
        return static_cast<std::size_t>(count);
    }
    user_.refuse(function.name, answer, "a number of containers, an int >= 0 (math.ceil rounds up to one)");
  }

private:
  double period_;
  double settles_after_;
};

class UserRouting final : public OfUser<RoutingPolicy> {
public:
  explicit UserRouting(const py::object& policy) : OfUser(policy, "routing"), observes_(user_.has("ended")) {}
  std::size_t route(const RouteView& view) override {
    py::tuple providers(view.size());
    for (std::size_t index = 0; index < view.size(); ++index)
      providers[index] = py::cast(ProviderView{&view.provider(index), view.outstanding(index), view.room(index)});
    const std::string& name = view.function().name();
    const py::object answer = user_.call("route", name, name, providers);
    for (std::size_t index = 0; index < view.size(); ++index) {
      const bool is_provider = py::isinstance<ServerlessComputeService>(answer) &&
                               answer.cast<ServerlessComputeService*>() == &view.provider(index);
      if (answer.is(py::object(providers[index])) || is_provider)
        return index;
    }
    user_.refuse(name, answer, "one of the providers that it was given");
  }
  void ended(const RegisteredFunction& function, std::size_t provider, double /*now*/, double seconds,
             bool completed) override {
    if (observes_)
      user_.call("ended", function.name(), function.name(), function.providers[provider], seconds, completed);
  }

private:
  bool observes_;
};

template <class Policy, class Wrapper>
std::shared_ptr<Policy> to_policy(const py::object& policy, const char* option, const char* type, const char* method) {
  if (policy.is_none())
    return nullptr;
  if (!py::isinstance<Policy>(policy))
    throw py::type_error(std::string(option) + ": give a " + type + ", not " + what_is(policy));
  const bool base = py::type::of<Policy>().is(py::type::handle_of(policy));
  if (is_of_core(policy) && !base)
    return policy.cast<std::shared_ptr<Policy>>();
  if (!has_attribute(policy, method))
    throw py::type_error(std::string(option) + ": " + type_name(policy) + " has no method " + method);
  return std::make_shared<Wrapper>(policy);
}

} // namespace

std::shared_ptr<KeepAlivePolicy> to_keep_alive_policy(const py::object& policy) {
  return to_policy<KeepAlivePolicy, UserKeepAlive>(policy, "keep_alive", "KeepAlivePolicy", "keep_alive");
}
std::shared_ptr<QueueingPolicy> to_queueing_policy(const py::object& policy) {
  return to_policy<QueueingPolicy, UserQueueing>(policy, "queueing", "QueueingPolicy", "rank");
}
std::shared_ptr<ScalingPolicy> to_scaling_policy(const py::object& policy) {
  return to_policy<ScalingPolicy, UserScaling>(policy, "scaling", "ScalingPolicy", "desired");
}
std::shared_ptr<RoutingPolicy> to_routing_policy(const py::object& policy) {
  return to_policy<RoutingPolicy, UserRouting>(policy, "routing", "RoutingPolicy", "route");
}

} // namespace wrench_serverless
