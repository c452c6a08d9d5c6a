// Who waits for things to end: one, any or all of them, with or without a timeout (R36).
//
// O(1) for each thing that ends and each waiter: a waiter counts down, and is never looked for.
#pragma once

#include "engine/continuation.hpp"
#include "engine/event_queue.hpp"
#include "model/slab.hpp"
#include "wrench_serverless/ids.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wrench_serverless {

class Runtime;

// The waiters of one thing, which stays where it is while somebody waits for it. Notified at most once.
struct WaiterList {
  static constexpr std::uint32_t none = 0xffffffff;
  std::uint32_t oldest = none;
  std::uint32_t newest = none;
};

class Waiters final : public EventSink {
public:
  explicit Waiters(Runtime& runtime) : runtime_(runtime) {}

  // A waiter for `count` of the things that it is then added to. With a timeout, ends with WaitTimeout after it.
  std::uint64_t add(std::size_t count, const Continuation& done, double timeout, std::string what);
  void wait_for(std::uint64_t waiter, WaiterList& list);
  static Canceller canceller(Waiters* waiters, std::uint64_t waiter) {
    return Canceller::of<&Waiters::cancel>(waiters, waiter);
  }
  // Something ended.
  void notify(WaiterList& list);
  std::string describe(std::uint64_t waiter) const;

private:
  struct Waiter {
    std::size_t missing = 0;
    std::uint32_t generation = 0;
    std::uint32_t links = WaiterList::none; // all of them, one for each thing
    Continuation done;
    double timeout = 0;
    std::string what;
  };
  struct Link {
    std::uint64_t waiter = 0;
    WaiterList* list = nullptr;
    std::uint32_t older = WaiterList::none; // of the same thing
    std::uint32_t newer = WaiterList::none;
    std::uint32_t next = WaiterList::none; // of the same waiter; or of the free ones
  };
  using WaiterId = Id<struct WaiterTag>;
  Waiter* find(std::uint64_t tag);
  void unlink(std::uint32_t link);
  void cancel(std::uint64_t tag);
  void on_event(std::uint32_t kind, std::uint64_t tag) override; // a timeout

  Runtime& runtime_;
  model::Slab<Waiter, WaiterId> waiters_;
  std::vector<Link> links_;
  std::uint32_t free_link_ = WaiterList::none;
  std::uint32_t generation_ = 0;
};

} // namespace wrench_serverless
