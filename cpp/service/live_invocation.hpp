// An invocation between its request and its end.
//
// What every invocation needs is here by value; what only a call from a program needs (a handle, an input, a body on a
// fibre) is in a LiveCall, which a replayed invocation does without. So a replay allocates nothing for each.
#pragma once

#include "engine/body.hpp"
#include "engine/waiters.hpp"
#include "wrench_serverless/invocation.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"

#include <any>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace wrench_serverless {

// Where replayed invocations come from.
class ReplaySource {
public:
  virtual void one_ended() = 0;
  simgrid::s4u::Host* caller = nullptr; // of all of them
  std::uint32_t number = 0;             // among all sources, from Records::add

protected:
  ~ReplaySource() = default;
};

struct LiveInvocation;

// Who counts the calls, and may have chosen the provider of one.
class Router {
public:
  virtual void call_ended(const LiveInvocation& live) = 0;

protected:
  ~Router() = default;
};

// Of an invocation that a program asked for. Used again and again.
struct LiveCall {
  std::shared_ptr<InvocationData> data; // shared with the handles
  std::any input;
  BodyRun run;
  FibreId fibre;       // of its body
  Continuation answer; // who waits for the head's answer
  WaiterList waiters;
};

// What most invocations never have.
struct Unusual {
  Outcome failure;                  // of a step
  Outcome timeout;                  // set once its time is over
  Outcome lost;                     // set once its node has gone off
  Router* router = nullptr;         // null: nobody has to choose for any call
  std::optional<std::size_t> route; // its choice, if it had one
  std::vector<double> more_values;  // for the steps after the first that has none of its own
};

// What every event asks comes first, and what hardly anybody needs comes last: where many are under way, each line of
// the cache counts.
struct alignas(64) LiveInvocation {
  LiveId id;
  std::uint32_t generation = 0;   // of the attempt
  FunctionId function;            // at its provider
  ContainerId container;          // once assigned
  std::uint64_t sequence = 0;     // order of admission (R16)
  std::uint32_t step = 0;         // of its declared work: the next one
  std::uint32_t next_value = 0;   // of those for steps that have none of their own
  double value = 0;               // for the first step of declared work that has none of its own
  bool live = false;              // else its place is free
  bool working = false;           // its declared work is under way
  bool asynchronous = false;      // accepted before it is admitted (R35)
  bool answered = false;          // the head has said yes
  bool between = false;           // two attempts
  bool is_unusual = false;        // something is in unusual()
  bool row_begun = false;         // its body has started, and the table has what was known then
  std::unique_ptr<LiveCall> call; // null: a replay did
  ReplaySource* source = nullptr; // null: a program asked for it
  InvocationRecord record;
  Canceller operation; // the step that goes on, if it can be cancelled
  ServerlessComputeService::Parts* provider = nullptr;
  simgrid::s4u::Host* caller = nullptr;
  std::uint32_t first_generation = 0;
  Unusual in_case; // in a line of its own: use unusual() or what_is_unusual()

  Unusual& unusual() {
    is_unusual = true;
    return in_case;
  }
  // Null: nothing is.
  const Unusual* what_is_unusual() const { return is_unusual ? &in_case : nullptr; }
  // Has it nothing but what a QueuedCall (call_queue.hpp) has too?
  bool is_plain() const { return source != nullptr && !call && !is_unusual && record.attempts == 1; }
  // As new, but for its generation.
  void reset() {
    container = ContainerId();
    step = next_value = 0;
    live = working = asynchronous = answered = between = row_begun = false;
    source = nullptr;
    operation = {};
    if (std::exchange(is_unusual, false))
      in_case = Unusual{};
  }
};

} // namespace wrench_serverless
