// An invocation as its caller sees it: where it stands, when what happened, and what came out of it.
#pragma once

#include "wrench_serverless/ids.hpp"

#include <any>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <string>

namespace wrench_serverless {

// R26: Queued → Starting → Running → Completed | Failed | TimedOut, or Refused. The last four are final.
enum class InvocationState : std::uint8_t { Queued, Starting, Running, Completed, Failed, TimedOut, Refused };

constexpr bool is_final(InvocationState state) { return state >= InvocationState::Completed; }

// "QUEUED", "TIMED_OUT" …
const char* to_string(InvocationState state);

inline constexpr double never = std::numeric_limits<double>::quiet_NaN();

// What is kept of each invocation: one row of Results::invocations. Times in simulated seconds; NaN: it never happened.
struct InvocationRecord {
  std::uint32_t id = 0; // in order of the calls
  FunctionId function;  // index in Results::function_names
  ProviderId provider;  // index in Results::provider_names
  NodeId node;          // index in Results::node_names; none: it never got one
  InvocationState state = InvocationState::Queued;
  bool cold = false; // at its last attempt it waited for any part of a container's start, whoever that was started for
  std::uint16_t attempts = 1; // R35
  std::uint16_t failure = 0;  // why its last attempt failed: index in Results::failure_names; 0: it did not
  double requested = never;   // the caller's call
  double admitted = never;    // the head's answer
  double assigned = never;    // taken by a container (R17, R20)
  double started = never;     // the body
  double ended = never;
  double memory = 0;         // bytes: the function's limit
  double billed_seconds = 0; // the body's duration
};

// What the handles of an invocation share: the record as it stands, and its output or the cause of its failure.
struct InvocationData {
  InvocationRecord record;
  std::any output;
  std::exception_ptr failure;
  LiveId live;                             // none once it has ended
  std::shared_ptr<const std::string> name; // of its function
  std::shared_ptr<const std::string> node; // of its node, once it has one
  std::any peer;                           // what the bindings keep with it
};

// A handle; cheap to copy, and good for as long as it is kept, also after the simulation.
class Invocation {
public:
  Invocation() = default;
  explicit Invocation(std::shared_ptr<InvocationData> data) : data_(std::move(data)) {}

  std::uint32_t id() const { return data_->record.id; }
  const std::string& function() const { return *data_->name; }
  InvocationState state() const { return data_->record.state; }
  bool is_done() const { return is_final(state()); }
  bool is_running() const { return state() == InvocationState::Running; }
  bool cold() const { return data_->record.cold; }
  std::uint16_t attempts() const { return data_->record.attempts; }               // R35
  std::string node() const { return data_->node ? *data_->node : std::string(); } // empty: it never got one

  double requested() const { return data_->record.requested; }
  double admitted() const { return data_->record.admitted; }
  double assigned() const { return data_->record.assigned; }
  double started() const { return data_->record.started; }
  double ended() const { return data_->record.ended; }

  // What the body returned; empty unless it has completed.
  const std::any& output() const { return data_->output; }
  // What it failed of, or nullptr.
  std::exception_ptr failure() const { return data_->failure; }

  const InvocationRecord& record() const { return data_->record; }
  const std::shared_ptr<InvocationData>& data() const { return data_; }

private:
  std::shared_ptr<InvocationData> data_;
};

} // namespace wrench_serverless
