// Bare-metal services and custom actions from the inside.
#pragma once

#include "engine/body.hpp"
#include "engine/faults.hpp"
#include "engine/waiters.hpp"
#include "wrench_serverless/bare_metal_service.hpp"

#include <deque>
#include <memory>

namespace wrench_serverless {

struct CustomAction::Parts {
  std::string name;
  std::shared_ptr<Body> body;
  ActionState state = ActionState::Created;
  double submitted = never;
  double started = never;
  double ended = never;
  std::exception_ptr failure;
  BodyRun run;
  WaiterList waiters;
  std::shared_ptr<Runtime> runtime; // once submitted
  std::any peer;                    // what the bindings keep with it

  // The operation behind wait(). Precondition: it was submitted, and has not ended. Error: it never will.
  Canceller start_wait(double timeout, const Continuation& done);
};

struct BareMetalComputeService::Parts final : FaultWatcher {
  std::shared_ptr<Runtime> runtime;
  simgrid::s4u::Host* host = nullptr;
  std::string host_name;
  int slots = 0;
  int used = 0;
  std::deque<std::shared_ptr<CustomAction>> queue;
  std::deque<std::shared_ptr<CustomAction>> running; // kept alive

  // The one place where a body starts on a host; the slot is the caller's business.
  FibreId start(Body& body, BodyRun& run);
  void start_queued();
  // The simulation is over: lets go of the actions, which may refer to it.
  void close() { queue.clear(), running.clear(); }
  void action_ended(std::uint64_t tag, Outcome failure);
  void host_went_off(simgrid::s4u::Host&) override {} // its fibres have ended: that is all
  void host_came_back(simgrid::s4u::Host& which) override {
    if (&which == host)
      start_queued();
  }
};

} // namespace wrench_serverless
