// A fluid model of streams over links, for tests: it knows nothing of SimGrid but the formulas of its model LV08.
//
// A stream waits for 13.01 times the latency that its route has at its start. Then all streams' rates are raised
// together, each in proportion to its weight, until a link is full or a window of TCP is used up; and so on with those
// that are left. A stream's rate counts 1.05 times on each link, for its acknowledgements, and moves 0.97 of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

struct Fluid {
  static constexpr double never = std::numeric_limits<double>::infinity();

  struct Change {
    double date;
    std::size_t link;
    bool of_latency; // else of the bandwidth
    double value;
  };
  struct Stream {
    double start;
    double bytes; // that are left
    std::vector<std::size_t> route;
    double active = never; // from when on it moves
    double rate = 0;
    double end = never;
    bool moves(double now) const { return active <= now && end == never; }
  };
  std::vector<double> bandwidths, latencies;
  std::vector<Change> changes; // by date
  std::vector<Stream> streams;

  // Afterwards each stream has its end.
  void run() {
    std::size_t next = 0;
    for (double now = 0; now != never;) {
      for (; next < changes.size() && changes[next].date <= now; ++next)
        (changes[next].of_latency ? latencies : bandwidths)[changes[next].link] = changes[next].value;
      for (Stream& stream : streams)
        if (stream.start <= now && stream.active == never)
          stream.active = now + 13.01 * latency_of(stream);
      share(now);
      double then = next < changes.size() ? changes[next].date : never;
      for (const Stream& stream : streams)
        then = std::min(then, next_date(stream, now));
      for (Stream& stream : streams) {
        if (!stream.moves(now))
          continue;
        stream.bytes -= (then - now) * stream.rate;
        if (stream.bytes < 1e-6 * stream.rate)
          stream.end = then;
      }
      now = then;
    }
  }

private:
  double latency_of(const Stream& stream) const {
    double sum = 0;
    for (const std::size_t link : stream.route)
      sum += latencies[link];
    return sum;
  }
  double weight(const Stream& stream) const {
    double rtt = latency_of(stream);
    for (const std::size_t link : stream.route)
      rtt += 20537 / bandwidths[link];
    return 1 / rtt;
  }
  // The level, rate by weight, at which its window is used up.
  double most(const Stream& stream) const { return 4194304 / (2 * latency_of(stream)) / weight(stream); }

  static double next_date(const Stream& stream, double now) {
    if (stream.start > now)
      return stream.start;
    if (stream.active > now)
      return stream.active;
    return stream.moves(now) ? now + stream.bytes / stream.rate : never;
  }

  // The level at which the link is full.
  double level_of(std::size_t link, double left, const std::vector<Stream*>& open) const {
    double weights = 0;
    for (const Stream* stream : open)
      if (std::ranges::count(stream->route, link) > 0)
        weights += weight(*stream);
    return weights > 0 ? left / (1.05 * weights) : never;
  }

  void share(double now) {
    std::vector<double> left = bandwidths;
    std::vector<Stream*> open;
    for (Stream& stream : streams)
      if (stream.moves(now))
        open.push_back(&stream);
    while (!open.empty()) {
      std::vector<double> levels;
      for (std::size_t link = 0; link < left.size(); ++link)
        levels.push_back(level_of(link, left[link], open));
      double level = *std::ranges::min_element(levels);
      for (const Stream* stream : open)
        level = std::min(level, most(*stream));
      const auto is_full = [&](const Stream* stream) {
        return most(*stream) <= level || std::ranges::any_of(stream->route, [&](std::size_t link) {
                 return levels[link] <= level * (1 + 1e-12);
               });
      };
      std::vector<Stream*> rest;
      for (Stream* stream : open) {
        if (!is_full(stream)) {
          rest.push_back(stream);
          continue;
        }
        stream->rate = 0.97 * level * weight(*stream);
        for (const std::size_t link : stream->route)
          left[link] -= 1.05 * level * weight(*stream);
      }
      open = rest;
    }
  }
};
