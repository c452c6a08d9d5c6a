// Where a call goes when its function has several providers: the interface, and the built-in policies. The manager that
// sends the call asks; what it knows of its own calls is what a client could know.
#pragma once

#include "wrench_serverless/function.hpp"
#include "wrench_serverless/policy.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

namespace wrench_serverless {

// The providers of a function, at this moment.
class RouteView {
public:
  RouteView(const RegisteredFunction& function, double now, const std::vector<std::size_t>& outstanding)
      : function_(&function), now_(now), outstanding_(&outstanding) {}

  const RegisteredFunction& function() const { return *function_; }
  double now() const { return now_; }
  std::size_t size() const { return function_->providers.size(); }
  ServerlessComputeService& provider(std::size_t index) const { return *function_->providers[index]; }
  // Calls of any function that this manager has sent there, chosen or not, and that have not ended.
  std::size_t outstanding(std::size_t index) const;
  // Could a call of the function that is there now start at once: is a container or a node free, and are its limits
  // not reached? Nobody waits before it, then; but calls that are on their way there are not known.
  bool has_room(std::size_t index) const { return room(index) > 0; }
  // 0: no. 1: yes, and nothing has to go for it. 2: images that nobody uses have to. 3: idle containers have to (R18).
  int room(std::size_t index) const;

private:
  const RegisteredFunction* function_;
  double now_;
  const std::vector<std::size_t>* outstanding_; // by ProviderId
};

// Picks a provider for each call that does not name one.
class RoutingPolicy : public Policy {
public:
  // The place of one of them in function().providers.
  virtual std::size_t route(const RouteView& view) = 0;
  // A call that was sent to that one has ended, `seconds` after its request.
  virtual void ended(const RegisteredFunction& /*function*/, std::size_t /*provider*/, double /*now*/,
                     double /*seconds*/, bool /*completed*/) {}
};

// The default.
class FirstProvider final : public RoutingPolicy {
public:
  std::string name() const override { return "FirstProvider"; }
  std::size_t route(const RouteView&) override { return 0; }
};

// One after the other, for each function by itself.
class RoundRobinProviders final : public RoutingPolicy {
public:
  std::string name() const override { return "RoundRobinProviders"; }
  std::size_t route(const RouteView& view) override { return next_[&view.function()]++ % view.size(); }
  void end() override { next_.clear(); }

private:
  std::unordered_map<const RegisteredFunction*, std::size_t> next_; // looked up only
};

// The one with the fewest of this manager's calls under way; among equals the first.
class LeastOutstanding final : public RoutingPolicy {
public:
  std::string name() const override { return "LeastOutstanding"; }
  std::size_t route(const RouteView& view) override;
};

// The first of those with the best degree of room, or else the first of all. It knows what a client does not: the state
// of the providers.
class FirstWithRoom final : public RoutingPolicy {
public:
  std::string name() const override { return "FirstWithRoom"; }
  std::size_t route(const RouteView& view) override;
};

// The one whose answers come soonest: the least moving mean of the response times that this manager has seen for the
// function (from request to end, those that completed), mean += weight * (time - mean). One that has not been measured,
// or not for `forget` seconds, is tried by one call at a time; among equals the first. One whose last two calls or more
// did not complete is taken for broken: it gets none for `forget` seconds, unless all are.
class LowestLatency final : public RoutingPolicy {
public:
  explicit LowestLatency(double weight = 0.2, double forget = 300);
  std::string name() const override { return "LowestLatency"; }
  std::size_t route(const RouteView& view) override;
  void ended(const RegisteredFunction& function, std::size_t provider, double now, double seconds,
             bool completed) override;
  void end() override { seen_.clear(); }

private:
  struct Seen {
    double mean = 0;
    double measured = -std::numeric_limits<double>::infinity(); // when last
    std::size_t outstanding = 0;                                // of the function
    std::size_t failures = 0;                                   // calls that did not complete, since one did
    double failed = 0;                                          // when the last of these ended
  };
  static constexpr std::size_t too_many = 2;
  std::vector<Seen>& seen(const RegisteredFunction& function);
  double weight_;
  double forget_;
  std::unordered_map<const RegisteredFunction*, std::vector<Seen>> seen_; // looked up only
};

} // namespace wrench_serverless
