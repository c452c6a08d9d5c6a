// The load that all benchmarks of replays share: Poisson arrivals and exponential durations of 1 s on average.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

struct Load {
  std::vector<double> times;
  std::vector<double> durations; // s
  std::vector<std::uint32_t> which;
};

// So many calls at so many a second, of so many functions.
inline Load poisson(std::size_t calls, double rate, std::uint32_t functions) {
  std::mt19937_64 random(1);
  std::exponential_distribution<double> gap(rate);
  std::exponential_distribution<double> duration(1.0);
  std::uniform_int_distribution<std::uint32_t> function(0, functions - 1);
  Load load;
  double now = 0;
  for (std::size_t call = 0; call < calls; ++call) {
    load.times.push_back(now += gap(random));
    load.durations.push_back(duration(random));
    load.which.push_back(function(random));
  }
  return load;
}
