// A body, whatever it is written in, and one run of it on a fibre.
#pragma once

#include "engine/fibres.hpp"
#include "wrench_serverless/function.hpp"

#include <any>
#include <memory>
#include <span>
#include <vector>

namespace wrench_serverless {

class Runtime;
class Body;
class Profile;

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
  // Declared work, which runs without a fibre, and is not launched; null: code.
  virtual const Profile* profile() const { return nullptr; }
  // The input of a replayed call: a double, or several as a vector.
  virtual std::any input_of(std::span<const double> values) const {
    return values.size() == 1 ? std::any(values.front()) : std::any(std::vector(values.begin(), values.end()));
  }
  // It will not be launched any more: what it holds may hold the simulation in turn.
  virtual void release() {}
};

// Declared work. std::invalid_argument names what is wrong with it.
std::shared_ptr<Body> make_body(Profile profile);
// A body in C++.
std::shared_ptr<Body> make_body(FunctionBody code);
// The code of a custom action in C++, which has neither input nor storage.
std::shared_ptr<Body> make_action_body(std::function<std::any()> code);

} // namespace wrench_serverless
