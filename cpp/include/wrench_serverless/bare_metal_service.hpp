// A bare-metal compute service: runs custom actions on a host, as many at a time as it has slots, first come first
// served.
//
// A provider has one on each node (R7); it works as well alone.
#pragma once

#include "wrench_serverless/compute_service.hpp"
#include "wrench_serverless/invocation.hpp"

#include <any>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace wrench_serverless {

class Body;
class Runtime;

enum class ActionState : std::uint8_t { Created, Queued, Running, Completed, Failed };
const char* to_string(ActionState state);

// Code to be run once on a host. It may block, compute, and use storage services.
class CustomAction {
public:
  CustomAction(std::string name, std::function<std::any()> code);
  CustomAction(std::string name, std::shared_ptr<Body> body);
  ~CustomAction();

  const std::string& name() const;
  ActionState state() const;
  double submitted() const; // s; NaN: not yet
  double started() const;
  double ended() const;
  const std::any& output() const;     // empty unless it has completed
  std::exception_ptr failure() const; // what it threw

  // Blocks until it has ended; WaitTimeout after `timeout` seconds.
  void wait(std::optional<double> timeout = {});

  struct Parts;
  Parts& parts() const { return *parts_; }

private:
  std::unique_ptr<Parts> parts_;
};

class BareMetalComputeService final : public ComputeService {
public:
  BareMetalComputeService(std::shared_ptr<Runtime> runtime, const std::string& host, std::optional<int> slots,
                          const std::string& name = {});
  ~BareMetalComputeService() override;

  int slots() const;
  int used_slots() const;
  // Takes no time: the action waits for a slot, if it has to. An action can be submitted once.
  void submit(const std::shared_ptr<CustomAction>& action);

  struct Parts;
  Parts& parts() const { return *parts_; }

private:
  const char* kind() const override { return "BareMetalComputeService"; }
  std::unique_ptr<Parts> parts_;
};

} // namespace wrench_serverless
