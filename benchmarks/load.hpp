// The load that all benchmarks of replays share: Poisson arrivals and exponential durations of 1 s on average.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

struct Load {
  std::vector<double> times;
  std::vector<double> durations; // s
  std::vector<std::uint32_t> which;
};

// Of this process so far: unlike the clock on the wall, it does not count what others do on the machine.
inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

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
