// A function manager from the inside: the asynchronous forms of what its users call.
#pragma once

#include "engine/runtime.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/function_manager.hpp"
#include "wrench_serverless/replay.hpp"

#include <optional>
#include <vector>

namespace wrench_serverless {

struct FunctionManager::Parts final : public Router {
  std::shared_ptr<Runtime> runtime;
  std::shared_ptr<Records> records;
  std::string host;

  struct Request {
    Invocation invocation;
    bool answered; // the head has answered already: nothing to wait for
  };
  // Throws std::invalid_argument if the function is of another simulation.
  void check_function(const std::shared_ptr<const RegisteredFunction>& function) const;
  // What a call is for, looked up once: a line of the cache.
  struct alignas(64) Target {
    std::shared_ptr<const RegisteredFunction> registered;
    ServerlessComputeService::Parts* provider = nullptr;
    FunctionId function;           // there; none: it is not registered there
    FunctionId function_row;       // in the tables
    ProviderId provider_row;       // and that of the provider
    std::uint32_t open_values = 0; // that each call brings for its declared work
    bool declared = false;         // has it declared work?
    bool routed = false;           // may a policy choose another provider?
  };
  Target target(const std::shared_ptr<const RegisteredFunction>& function, ServerlessComputeService* provider) const;
  // A call that is about to be made, by a program (null source) or by a replay.
  LiveId begin(const Target& target, simgrid::s4u::Host& caller, ReplaySource* source);
  // And off it goes. True: the head has answered at once.
  bool send(LiveId id);
  // Asks the function's routing policy, or the manager's, where a call goes, and counts calls (router.cpp).
  RoutingPolicy* routing_of(const RegisteredFunction& function) const;
  std::size_t route(RoutingPolicy& policy, const RegisteredFunction& function);
  LiveId begin_routed(RoutingPolicy& policy, const Target& target, simgrid::s4u::Host& caller, ReplaySource* source);
  void count_call(LiveInvocation& live);
  void call_ended(const LiveInvocation& live) override;
  // The simulation is over: lets go of what Python gave.
  void close();
  // Sends the request. What the head answers at once is thrown from here, or returned as answered.
  Request request(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                  ServerlessComputeService* provider, bool asynchronous);
  // Blocks for the head's answer.
  Invocation call(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                  ServerlessComputeService* provider, bool asynchronous);
  // Ends with the head's answer: null, or why not.
  Canceller start_answer(const Invocation& invocation, const Continuation& done);
  void forget_answer(std::uint64_t tag);
  Replay replay(Workload workload);

  // What can be waited for, if it has not ended yet: whom to tell. Null: it has. Error: it never will, as its
  // simulation is over.
  WaiterList* open(const Invocation& invocation) const;
  static WaiterList* open(const Replay& replay);
  // Ends when `missing` of those have ended; `what`: to say so in a deadlock.
  Canceller start_wait(const std::vector<WaiterList*>& open, std::size_t missing, double timeout, std::string what,
                       const Continuation& done);
  // Says, in a deadlock, what a wait is for.
  Waiting waiting() const {
    return {"", [](const void* self, std::uint64_t tag) { return static_cast<const Waiters*>(self)->describe(tag); },
            &runtime->waiters()};
  }

  std::shared_ptr<RoutingPolicy> routing = {};
  std::vector<std::size_t> outstanding = {};            // by ProviderId: calls to one of several, not ended
  std::vector<std::shared_ptr<ReplayRun>> replays = {}; // kept: their calls refer to them
};

} // namespace wrench_serverless
