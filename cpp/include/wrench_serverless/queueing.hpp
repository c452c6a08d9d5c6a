// Whose calls go first when several functions wait for room (R16): the interface, and the built-in policies. A change
// costs O(log functions that wait). Calls of one function always go first come first served.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/policy.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace wrench_serverless {

// A function whose calls wait.
struct WaitingFunction {
  FunctionId function;
  const std::string& name;
  std::size_t waiting = 0;  // its calls that are in the queue
  std::size_t slots = 0;    // that it holds now
  std::size_t bodies = 0;   // that have ended
  double mean_duration = 0; // s, of these; 0: none
};

class QueueingPolicy : public Policy {
public:
  // The least rank goes first; among equals, the call that was submitted first. It is asked again whenever a call of
  // the function comes, starts or ends; any number but NaN.
  virtual double rank(const WaitingFunction& function) = 0;
};

// The default: whoever was submitted first.
class FirstComeFirstServed final : public QueueingPolicy {
public:
  std::string name() const override { return "FirstComeFirstServed"; }
  double rank(const WaitingFunction&) override { return 0; }
};

// The function whose bodies took least on average so far. One of which none has ended is expected to take no time: it
// is tried first.
class ShortestExpectedFirst final : public QueueingPolicy {
public:
  std::string name() const override { return "ShortestExpectedFirst"; }
  double rank(const WaitingFunction& function) override { return function.mean_duration; }
};

// The function that holds the fewest slots for its weight: max-min fairness between functions.
class FairShare final : public QueueingPolicy {
public:
  // By name; a function that is not named has 1.
  explicit FairShare(std::map<std::string, double> weights = {});
  std::string name() const override { return "FairShare"; }
  void begin(std::uint64_t) override { weights_.clear(); }
  double rank(const WaitingFunction& function) override;

private:
  std::map<std::string, double> given_;
  std::vector<double> weights_; // by FunctionId; 0: not looked up yet
};

} // namespace wrench_serverless
