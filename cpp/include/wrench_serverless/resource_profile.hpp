// How a host or a link varies by itself over time: on and off, its speed, its bandwidth, its latency.
#pragma once

#include <optional>
#include <vector>

namespace wrench_serverless {

// From each date on, the value of its point: 1 or 0 for a state (on, off), a share of the host's speed, bytes/s, or s.
struct ResourceProfile {
  struct Point {
    double date = 0; // s, ascending from 0
    double value = 0;
  };
  std::vector<Point> points;
  std::optional<double> period = {}; // s after which it starts again; none: the last value stays
};

} // namespace wrench_serverless
