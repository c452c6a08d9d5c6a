// The floor: the same arrivals, durations and slots in a bare event heap, without SimGrid, containers or records.
// Usage: event_heap NODES SLOTS LOAD% INVOCATIONS. Prints one line of JSON.
#include "arguments.hpp"
#include "load.hpp"

#include <cstdio>
#include <queue>
#include <tuple>
#include <vector>

int main(int argc, char** argv) {
  const auto arguments = arguments_of(argc, argv, 4, "NODES SLOTS LOAD% INVOCATIONS");
  const int nodes = arguments[0];
  const int slots = arguments[1];
  const auto invocations = static_cast<std::size_t>(arguments[3]);
  const Load load = poisson(invocations, static_cast<double>(nodes) * slots * arguments[2] / 100, 1);
  using Event = std::tuple<double, std::size_t, int>; // date, sequence number, node; -1: an arrival
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
  std::vector<int> used(static_cast<std::size_t>(nodes), 0);
  std::vector<int> open;
  for (int node = nodes - 1; node >= 0; --node)
    open.push_back(node);
  std::queue<std::size_t> waiting;
  std::size_t sequence = 0;
  std::size_t arrived = 0;
  std::size_t ended = 0;

  const double begin = cpu_seconds();
  events.emplace(load.times.front(), sequence++, -1);
  const auto start = [&](double now, std::size_t call) {
    const int node = open.back();
    if (++used[static_cast<std::size_t>(node)] == slots)
      open.pop_back();
    events.emplace(now + load.durations[call], sequence++, node);
  };
  while (!events.empty()) {
    const auto [now, order, node] = events.top();
    events.pop();
    if (node < 0) {
      const std::size_t call = arrived++;
      if (arrived < invocations)
        events.emplace(load.times[arrived], sequence++, -1);
      if (open.empty())
        waiting.push(call);
      else
        start(now, call);
      continue;
    }
    ++ended;
    if (used[static_cast<std::size_t>(node)]-- == slots)
      open.push_back(node);
    if (!waiting.empty()) {
      const std::size_t call = waiting.front();
      waiting.pop();
      start(now, call);
    }
  }
  const double seconds = cpu_seconds() - begin;
  if (ended != invocations)
    return 1;
  std::printf("{\"nodes\": %d, \"invocations\": %zu, \"seconds\": %.6f}\n", nodes, invocations, seconds);
}
