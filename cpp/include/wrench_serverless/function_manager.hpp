// How a user deals with providers: makes images and functions, registers them, invokes them, and waits.
#pragma once

#include "wrench_serverless/function.hpp"
#include "wrench_serverless/invocation.hpp"
#include "wrench_serverless/profile.hpp"
#include "wrench_serverless/replay.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wrench_serverless {

class Runtime;
class Records;
class RoutingPolicy;

class FunctionManager {
public:
  FunctionManager(std::shared_ptr<Runtime> runtime, std::shared_ptr<Records> records, const std::string& host,
                  std::shared_ptr<RoutingPolicy> routing = {});
  ~FunctionManager();
  FunctionManager(const FunctionManager&) = delete;
  FunctionManager& operator=(const FunctionManager&) = delete;

  const std::string& host() const;

  // The file has to exist. `memory`: the footprint; default: the file's size.
  std::shared_ptr<const Image> create_image(const std::string& name, const FileLocation& file,
                                            std::optional<Bytes> memory = {});
  std::shared_ptr<const Function> create_function(const std::string& name, FunctionBody body,
                                                  std::shared_ptr<const Image> image);
  // Declared work instead of code.
  std::shared_ptr<const Function> create_function(const std::string& name, Profile profile,
                                                  std::shared_ptr<const Image> image);
  std::shared_ptr<const Function> create_function(const std::string& name, std::shared_ptr<Body> body,
                                                  std::shared_ptr<const Image> image);
  // RegistrationRefused if a provider has that name already, or none of its nodes could ever run it (R12): then none of
  // the providers takes it.
  std::shared_ptr<const RegisteredFunction> register_function(const std::shared_ptr<const Function>& function,
                                                              const std::vector<ServerlessComputeService*>& providers,
                                                              const FunctionLimits& limits = {});

  // Blocks for the head's answer (R13, R14). Default provider: the one that the routing policy of the function, or else
  // of the manager, picks; without a policy the first it is registered at. Throws FunctionNotRegistered;
  // InvocationRefused, unless it will be tried again (R35); HostFailure if the head is off; TransferFailure if the
  // request or the answer is lost (R38).
  Invocation invoke(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input = {},
                    ServerlessComputeService* provider = nullptr);
  // The same, but the head accepts it before it knows whether it can be admitted (R35): to be refused is then an
  // outcome like any other one, which may be tried again. All but InvocationRefused may be thrown.
  Invocation invoke_async(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input = {},
                          ServerlessComputeService* provider = nullptr);

  // R36. Block until this / at least one / all have ended; WaitTimeout after `timeout` seconds.
  InvocationState wait_one(const Invocation& invocation, std::optional<double> timeout = {});
  std::vector<Invocation> wait_any(const std::vector<Invocation>& invocations, std::optional<double> timeout = {});
  std::vector<InvocationState> wait_all(const std::vector<Invocation>& invocations, std::optional<double> timeout = {});

  // Makes all calls of the workload, each at its time from now. It does not block, and works outside controllers too;
  // the simulation lasts until all have ended. std::invalid_argument names what is wrong with the workload.
  Replay replay(Workload workload);
  void wait_one(const Replay& replay, std::optional<double> timeout = {});

  struct Parts;
  Parts& parts() const { return *parts_; }

private:
  std::unique_ptr<Parts> parts_;
};

} // namespace wrench_serverless
