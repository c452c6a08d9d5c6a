// What is invoked: an image, a function made of a body and an image, and a function registered at providers.
#pragma once

#include "wrench_serverless/retries.hpp"
#include "wrench_serverless/storage_service.hpp"

#include <any>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wrench_serverless {

class Body;
class RoutingPolicy;
class ServerlessComputeService;

// For a container that takes any number of invocations at once.
inline constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

using FunctionInput = std::any;
using FunctionOutput = std::any;
// A body's code: called with the invocation's input and its container's storage (R23). It may block, and may throw:
// what it throws is the invocation's failure (R25).
using FunctionBody = std::function<FunctionOutput(const FunctionInput& input, StorageService& storage)>;

// A file with the code and its environment, and the memory that it takes once loaded (its footprint).
struct Image {
  std::string name;
  FileLocation file;
  Bytes size = 0;
  Bytes memory = 0;
};

struct Function {
  std::string name;
  std::shared_ptr<Body> body;
  std::shared_ptr<const Image> image;
};

// R11. The defaults: no time limit, 128 MB of memory, 512 MB of ephemeral storage, no payload.
struct FunctionLimits {
  double time_limit = std::numeric_limits<double>::infinity(); // s, of the body
  Bytes memory = 128'000'000;                                  // of a container
  Bytes ephemeral_storage = 512'000'000;                       // of a container
  Bytes ingress = 0;                                           // carried with each call (R15)
  Bytes egress = 0;                                            // carried with each answer
  std::optional<std::uint32_t> concurrency = {};               // of a container (R34); default: the provider's
  // Containers that start with the registration, and stay (R32).
  std::uint32_t provisioned_concurrency = 0;
  // So many invocations may be under way at once, always, and never more (R31).
  std::optional<std::uint32_t> reserved_concurrency = {};
  // Attempts after the first (R35). None: there are none, and no dead letters.
  std::optional<Retries> retries = {};
  std::shared_ptr<RoutingPolicy> routing = {}; // between its providers; default: the manager's
};

// A function with its limits, and the providers that took it.
struct RegisteredFunction {
  std::shared_ptr<const Function> function;
  FunctionLimits limits;
  std::vector<ServerlessComputeService*> providers;
  // Invocations that have ended otherwise than well, after the last attempt of several or of one: those of a function
  // for which `retries` was given (R35). In order of their ends; empty again once the simulation is closed.
  std::shared_ptr<std::vector<Invocation>> dead_letters = std::make_shared<std::vector<Invocation>>();

  const std::string& name() const { return function->name; }
};

} // namespace wrench_serverless
