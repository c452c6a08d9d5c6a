// The floor: the same arrivals, slots and ends in a bare event heap, without SimGrid, containers or records.
// Usage: event_heap NODES INVOCATIONS LIVE. Prints one line of JSON.
#include "arguments.hpp"

#include <chrono>
#include <cstdio>
#include <queue>
#include <tuple>
#include <vector>

int main(int argc, char** argv) {
  const auto arguments = arguments_of(argc, argv, 3, "NODES INVOCATIONS LIVE");
  const int nodes = arguments[0];
  const int invocations = arguments[1];
  constexpr int slots = 10;
  const double gap = 1.0 / arguments[2];
  using Event = std::tuple<double, long, int>; // date, sequence number, node; -1: an arrival
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
  std::vector<int> used(static_cast<std::size_t>(nodes), 0);
  std::vector<int> open;
  for (int node = nodes - 1; node >= 0; --node)
    open.push_back(node);
  std::queue<double> waiting;
  long sequence = 0;
  int arrived = 0;
  int ended = 0;

  const auto begin = std::chrono::steady_clock::now();
  events.emplace(0.0, sequence++, -1);
  const auto start = [&](double now) {
    const int node = open.back();
    if (++used[static_cast<std::size_t>(node)] == slots)
      open.pop_back();
    events.emplace(now + 1.0, sequence++, node);
  };
  while (!events.empty()) {
    const auto [now, order, node] = events.top();
    events.pop();
    if (node < 0) {
      if (++arrived < invocations)
        events.emplace(now + gap, sequence++, -1);
      if (open.empty())
        waiting.push(now);
      else
        start(now);
      continue;
    }
    ++ended;
    if (used[static_cast<std::size_t>(node)]-- == slots)
      open.push_back(node);
    if (!waiting.empty()) {
      waiting.pop();
      start(now);
    }
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  if (ended != invocations)
    return 1;
  std::printf("{\"nodes\": %d, \"invocations\": %d, \"seconds\": %.6f}\n", nodes, invocations, wall.count());
}
