// Policies that users write in Python: what a provider or a manager asks is passed on to the user's object.
//
// An exception there, and an answer that is none, become a PolicyError (policy_call.hpp).
#pragma once

#include "wrench_serverless/policies.hpp"

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <string>

namespace wrench_serverless {

namespace py = pybind11;

// A built-in policy as it is, a user's by way of an object that calls it; null for None. TypeError.
std::shared_ptr<KeepAlivePolicy> to_keep_alive_policy(const py::object& policy);
std::shared_ptr<QueueingPolicy> to_queueing_policy(const py::object& policy);
std::shared_ptr<ScalingPolicy> to_scaling_policy(const py::object& policy);
std::shared_ptr<RoutingPolicy> to_routing_policy(const py::object& policy);

// What a class in Python that derives from one of the interfaces holds in C++: nothing.
struct KeepAliveInPython final : KeepAlivePolicy {
  std::string name() const override { return "KeepAlivePolicy"; }
  KeepAlive keep_alive(FunctionId, double) override { return {}; }
};
struct QueueingInPython final : QueueingPolicy {
  std::string name() const override { return "QueueingPolicy"; }
  double rank(const WaitingFunction&) override { return 0; }
};
struct ScalingInPython final : ScalingPolicy {
  std::string name() const override { return "ScalingPolicy"; }
  double period() const override { return 1; }
  std::size_t desired(const FunctionLoad&) override { return 0; }
};
struct RoutingInPython final : RoutingPolicy {
  std::string name() const override { return "RoutingPolicy"; }
  std::size_t route(const RouteView&) override { return 0; }
};

// What policies in Python see: copies, which may be kept.
struct WaitingView {
  std::string name;
  std::size_t waiting;
  std::size_t slots;
  std::size_t bodies;
  double mean_duration;
};
struct LoadView {
  std::string name;
  double now;
  std::size_t containers;
  std::size_t ready;
  std::size_t under_way;
  std::size_t queued;
  std::uint32_t concurrency;
};
struct ProviderView {
  ServerlessComputeService* provider;
  std::size_t outstanding;
  int room; // its degree (R18)
};

} // namespace wrench_serverless
