// How many containers a function has: the interface, and the built-in policies.
#pragma once

#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/policy.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace wrench_serverless {

// A function as a scaling policy sees it.
struct FunctionLoad {
  FunctionId function;
  const std::string& name;
  double now = 0;
  std::size_t containers = 0;    // that it has, and that are on their way
  std::size_t ready = 0;         // of these: those that run invocations, or could
  std::size_t under_way = 0;     // its invocations that were admitted and have not ended
  std::size_t queued = 0;        // of these: those in no container
  std::uint32_t concurrency = 1; // invocations that a container takes at once (R34)
};

// Instead of a claim for each call that waits, the policy says how many containers a function should have. It is asked
// at dates that are multiples of its period, while the function has containers or calls, and at once when a call comes
// and the function has no container at all. Calls wait in the queue. Missing containers are started as there is room;
// idle ones beyond that number end, least recently used first; the keep-alive policy is not asked.
class ScalingPolicy : public Policy {
public:
  static constexpr double least_period = 0.001; // s: a shorter one costs more events than anything else
  virtual double period() const = 0;            // s, at least that
  virtual std::size_t desired(const FunctionLoad& function) = 0;
  // The number of invocations under way has changed.
  virtual void changed(FunctionId /*function*/, double /*now*/, std::size_t /*under_way*/) {}
  // It is not asked any more when nothing has happened at the provider for so long (s, finite), until something does:
  // so a simulation that is stuck is told from one that scales (R38).
  virtual double settles_after() const { return 3600; }
  // Is it the default, which starts a container for each call that finds none?
  virtual bool per_call() const { return false; }
};

// The default: a claim for each call that waits (R17).
class OnePerCall final : public ScalingPolicy {
public:
  std::string name() const override { return "OnePerCall"; }
  double period() const override { return 1; }
  std::size_t desired(const FunctionLoad& function) override { return function.containers; }
  bool per_call() const override { return true; }
};

struct KnativeOptions {
  double target = 100;                     // invocations per container, if its concurrency allows as many
  double target_utilization = 0.7;         // of the target, or of the container's concurrency if that is less
  double stable_window = 60;               // s
  double panic_window_percentage = 10;     // of the stable window
  double panic_threshold_percentage = 200; // of the containers that are ready
  double max_scale_up_rate = 1000;         // per decision
  double max_scale_down_rate = 2;          // per decision
  double scale_to_zero_grace = 30;         // s that the last container stays once none is desired
  std::size_t min_scale = 0;
  std::size_t max_scale = 0; // 0: any
  double tick = 2;           // s
};

// Knative's pod autoscaler for concurrency (knative.dev/docs/serving/autoscaling/kpa-specific, and
// pkg/autoscaler/scaling/autoscaler.go of knative/serving). With the mean number of invocations under way over the
// stable and over the panic window, T = utilization * min(target, concurrency), r = max(1, ready):
//   stable = clamp(ceil(mean / T), floor(r / down), ceil(up * r)), and the same for panic with its own mean;
//   it panics while ceil(panic mean / T) / r >= threshold, and for a stable window after; then it wants the most that
//   it wanted since the panic began, and the larger of both; else the stable one.
// None desired: one stays for the grace. A function without containers gets them for its first call at once.
//
// Means are exact, over the time since the function woke up if that is less than the window; Knative samples each
// second. Not modelled: the activator's target burst capacity, requests per second as a metric, scale-down delay.
class KnativeAutoscaler final : public ScalingPolicy {
public:
  explicit KnativeAutoscaler(const KnativeOptions& options = {});
  std::string name() const override { return "KnativeAutoscaler"; }
  void begin(std::uint64_t) override { states_.clear(); }
  double period() const override { return options_.tick; }
  std::size_t desired(const FunctionLoad& function) override;
  void changed(FunctionId function, double now, std::size_t under_way) override;
  double settles_after() const override;

private:
  struct State {
    double since; // when it woke up; NaN: it sleeps
    double last = 0;
    double level = 0;          // invocations under way since then
    double integral = 0;       // of the level over time, from `since` to `last`
    std::vector<double> edges; // the integral at each whole second, round and round
    double panic_since;        // NaN: it does not
    double most_wanted = 0;    // since the panic began
    double zero_since;         // NaN: some are desired
  };
  State& state(FunctionId function);
  void advance(State& state, double now) const;
  double integral_at(const State& state, double date) const;
  double mean(const State& state, double now, double window) const;

  KnativeOptions options_;
  double panic_window_;
  std::vector<State> states_; // by FunctionId
};

} // namespace wrench_serverless
