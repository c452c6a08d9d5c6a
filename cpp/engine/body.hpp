// A body, whatever it is written in, and one run of it on a fibre.
#pragma once

#include "engine/fibres.hpp"
#include "wrench_serverless/function.hpp"

#include <any>
#include <memory>

namespace wrench_serverless {

class Runtime;
class Body;

// Belongs to whoever starts the run, and stays where it is until job.ended is called.
struct BodyRun {
  FibreJob job;
  Body* body = nullptr;
  const std::any* input = nullptr;
  std::shared_ptr<StorageService> storage;
  std::any output; // there once job.ended is called without a failure
};

class Body {
public:
  virtual ~Body() = default;
  // Starts the body on a new fibre of run.job.host.
  virtual FibreId launch(Runtime& runtime, BodyRun& run) = 0;
  // It will not be launched any more: what it holds may hold the simulation in turn.
  virtual void release() {}
};

// A body in C++.
std::shared_ptr<Body> make_body(FunctionBody code);
// The code of a custom action in C++, which has neither input nor storage.
std::shared_ptr<Body> make_action_body(std::function<std::any()> code);

} // namespace wrench_serverless
