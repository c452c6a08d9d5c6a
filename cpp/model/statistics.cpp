#include "wrench_serverless/statistics.hpp"

#include <cmath>
#include <numeric>

namespace wrench_serverless {

std::uint64_t Statistics::count() const { return std::accumulate(by_state.begin(), by_state.end(), std::uint64_t{0}); }

void Statistics::add(const InvocationRecord& record, const std::string& failure, double price) {
  ++by_state[static_cast<std::size_t>(record.state)];
  cost += price;
  byte_seconds += record.memory * record.billed_seconds;
  if (!failure.empty())
    ++failures[failure];
  assigned += std::isnan(record.assigned) ? 0 : 1;
  cold += record.cold ? 1 : 0;
  if (std::isnan(record.started))
    return;
  waiting.add(record.started - record.requested);
  queueing.add(record.assigned - record.admitted);
  starting.add(record.started - record.assigned);
  if (std::isnan(record.ended))
    return;
  latency.add(record.ended - record.requested);
  running.add(record.ended - record.started);
}

void Statistics::merge(const Statistics& other) {
  for (std::size_t state = 0; state < by_state.size(); ++state)
    by_state[state] += other.by_state[state];
  assigned += other.assigned;
  cold += other.cold;
  byte_seconds += other.byte_seconds;
  cost += other.cost;
  for (const auto& [name, count] : other.failures)
    failures[name] += count;
  latency.merge(other.latency);
  waiting.merge(other.waiting);
  queueing.merge(other.queueing);
  starting.merge(other.starting);
  running.merge(other.running);
}

} // namespace wrench_serverless
