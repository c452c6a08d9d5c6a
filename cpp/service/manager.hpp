// A function manager from the inside: the asynchronous forms of what its users call.
#pragma once

#include "engine/runtime.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/function_manager.hpp"

#include <optional>
#include <vector>

namespace wrench_serverless {

struct FunctionManager::Parts {
  std::shared_ptr<Runtime> runtime;
  std::shared_ptr<Records> records;
  std::string host;

  struct Request {
    Invocation invocation;
    bool answered; // the head has answered already: nothing to wait for
  };
  // Sends the request. What the head answers at once is thrown from here, or returned as answered.
  Request request(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                  ServerlessComputeService* provider);
  // Ends with the head's answer: null, or why not.
  Canceller start_answer(const Invocation& invocation, const Continuation& done);
  void forget_answer(std::uint64_t tag);

  // How many have ended. Throws std::invalid_argument for a handle of another simulation.
  std::size_t count_done(const std::vector<Invocation>& invocations) const;
  // Ends when `missing` of those that have not ended yet have.
  Canceller start_wait(const std::vector<Invocation>& invocations, std::size_t missing, double timeout,
                       const Continuation& done);
  // Says, in a deadlock, what a wait is for.
  Waiting waiting() const {
    return {"", [](const void* self, std::uint64_t tag) { return static_cast<const Waiters*>(self)->describe(tag); },
            &runtime->waiters()};
  }
};

} // namespace wrench_serverless
