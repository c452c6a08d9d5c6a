// How long idle containers are kept, and when new ones are started in advance (R27): the interface, and the built-in
// policies. Each decides in O(1) or in O(log bins).
#pragma once

#include "wrench_serverless/policy.hpp"
#include "wrench_serverless/views.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace wrench_serverless {

// What becomes of a container that has just become idle, and whether one is started in advance for the next invocation.
struct KeepAlive {
  static constexpr double never = std::numeric_limits<double>::infinity();

  KeepAlive(double keep_seconds = 0, double prewarm_after_seconds = never, double prewarm_keep_seconds = 0)
      : keep(keep_seconds), prewarm_after(prewarm_after_seconds), prewarm_keep(prewarm_keep_seconds) {}

  double keep;          // s; 0: the container ends at once; infinity: it stays
  double prewarm_after; // s from now: a new container is started then, unless the function is invoked before
  double prewarm_keep;  // s that that one is kept, once it is ready
};

// Decides for each container that becomes idle (R27). The decision made last for a function is the one that starts a
// container in advance; an invocation of the function revokes it. It is not started if one is idle then, or if no node
// has room.
class KeepAlivePolicy : public Policy {
public:
  // A function was registered; those of a provider count from 0.
  virtual void registered(FunctionId /*function*/, const std::string& /*name*/) {}
  // A container of the function has just become idle.
  virtual KeepAlive keep_alive(FunctionId function, double now) = 0;
  // An invocation of the function was admitted. `idle`: the seconds since the last one before it had ended; 0 if any is
  // still under way; NaN for the first.
  virtual void invoked(FunctionId /*function*/, double /*now*/, double /*idle*/) {}
  // May it start containers in advance?
  virtual bool prewarms() const { return false; }
};

// The default: every container is kept for the same time.
class Fixed final : public KeepAlivePolicy {
public:
  explicit Fixed(double seconds);
  std::string name() const override { return "Fixed"; }
  KeepAlive keep_alive(FunctionId, double) override { return seconds_; }

private:
  double seconds_;
};

using FixedKeepAlive = Fixed;

// Containers end with their invocation.
class Never final : public KeepAlivePolicy {
public:
  std::string name() const override { return "Never"; }
  KeepAlive keep_alive(FunctionId, double) override { return 0; }
};

// Containers stay until their room is needed.
class Always final : public KeepAlivePolicy {
public:
  std::string name() const override { return "Always"; }
  KeepAlive keep_alive(FunctionId, double) override { return KeepAlive::never; }
};

struct AdaptiveTTLOptions {
  double target = 0.95; // share of invocations that should come while a container is kept, 0 to 1
  double initial = 600; // s
  double step = 60;     // s
  double least = 0;     // s
  double most = 14'400; // s
};

// Each function has a time of its own, which follows what it sees. Source: d-TTL of Basu et al., "Adaptive TTL-Based
// Caching for Content Delivery" (SIGMETRICS 2017), with a constant step. At each invocation that finds the function
// idle since `idle` seconds, hit = (idle <= ttl), and
//   ttl = min(most, max(least, ttl + step * (target - hit))).
// So it grows by step * target at a miss and shrinks by step * (1 - target) at a hit: it settles where the share of
// hits is the target.
class AdaptiveTTL final : public KeepAlivePolicy {
public:
  explicit AdaptiveTTL(const AdaptiveTTLOptions& options = {});
  std::string name() const override { return "AdaptiveTTL"; }
  void begin(std::uint64_t) override { ttls_.clear(); }
  KeepAlive keep_alive(FunctionId function, double now) override;
  void invoked(FunctionId function, double now, double idle) override;

private:
  double& ttl(FunctionId function);
  AdaptiveTTLOptions options_;
  std::vector<double> ttls_; // by FunctionId
};

struct HybridHistogramOptions {
  double bin = 60;            // s
  double range = 14'400;      // s: idle times from here on are out of bounds
  double head = 0.05;         // percentile of idle times before which no container is needed
  double tail = 0.99;         // percentile of idle times until which one is kept
  double margin = 0.1;        // the head comes so much earlier, the tail so much later
  double cv_threshold = 2;    // the histogram counts if its bins vary at least so much
  double out_of_bounds = 0.5; // the histogram does not count if this share of idle times is out of bounds
  double fallback = 14'400;   // s: kept where the histogram does not count
};

// Shahrad et al., "Serverless in the Wild" (USENIX ATC 2020), section 4: for each function a histogram of its idle
// times (from the end of an invocation to the next one). Where it counts,
//   prewarm = head * (1 - margin), and keep = tail * (1 + margin) - prewarm:
// the container ends with its invocation, a new one is started after `prewarm` and kept for `keep`; with a prewarm of 0
// the container itself is kept for `keep`. The head is the lower edge of its bin, the tail the upper edge.
// Where the histogram does not count (no idle time seen; the coefficient of variation of the bins' counts is below the
// threshold; too many out of bounds), containers are kept for `fallback`. The paper forecasts by ARIMA where too many
// are out of bounds: this one does not.
class HybridHistogram final : public KeepAlivePolicy {
public:
  explicit HybridHistogram(const HybridHistogramOptions& options = {});
  ~HybridHistogram() override;
  std::string name() const override { return "HybridHistogram"; }
  void begin(std::uint64_t) override;
  KeepAlive keep_alive(FunctionId function, double now) override;
  void invoked(FunctionId function, double now, double idle) override;
  bool prewarms() const override { return true; }

private:
  class Histogram;
  Histogram& histogram(FunctionId function);
  HybridHistogramOptions options_;
  std::size_t bins_;
  std::vector<std::unique_ptr<Histogram>> histograms_; // by FunctionId
};

} // namespace wrench_serverless
