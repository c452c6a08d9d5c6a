#include "model/costs.hpp"

#include "wrench_serverless/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace wrench_serverless {

std::vector<double> costs_of(const CostColumns& columns, const std::vector<Billing>& billing) {
  const std::size_t size = columns.provider.size();
  for (const auto& [name, other] : {std::pair{"node", columns.node.size()},
                                    {"memory", columns.memory.size()},
                                    {"billed_seconds", columns.billed_seconds.size()}})
    if (other != size)
      throw std::invalid_argument(std::string(name) + " has " + std::to_string(other) + " rows: provider has " +
                                  std::to_string(size));
  std::vector<double> costs(size);
  for (std::size_t row = 0; row < size; ++row) {
    const std::size_t provider = columns.provider[row];
    if (provider >= billing.size())
      throw std::invalid_argument("provider is " + std::to_string(provider) + " in row " + std::to_string(row) +
                                  ": there are " + std::to_string(billing.size()) + ", numbered from 0");
    costs[row] = cost_of(billing[provider], columns.node[row] >= 0, columns.memory[row], columns.billed_seconds[row]);
  }
  return costs;
}

std::vector<double> Results::costs() const {
  const InvocationTable& table = *invocations;
  return costs_of({table.provider, table.node, table.memory, table.billed_seconds}, billing);
}

MemoryCosts memory_costs(const Results& results) {
  const ContainerTable& table = *results.containers;
  MemoryCosts costs;
  double cost = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const double end = std::isnan(table.ended[row]) ? results.now : table.ended[row];
    if (!std::isnan(table.ready[row]))
      costs.idle += (end - table.ready[row] - table.busy_seconds[row]) * table.memory[row];
    if (table.provisioned[row] == 0)
      continue;
    const Billing& billing = results.billing[table.provider[row]];
    const double byte_seconds = (end - table.claimed[row]) * table.memory[row];
    costs.provisioned += byte_seconds;
    cost += byte_seconds / static_cast<double>(billing.gigabyte) * billing.per_provisioned_gb_second;
  }
  const bool asks = std::any_of(results.billing.begin(), results.billing.end(),
                                [](const Billing& billing) { return billing.asks_for_anything(); });
  if (!asks)
    return costs;
  if (results.statistics) {
    costs.cost = cost + results.statistics->cost;
  } else {
    const std::vector<double> of_calls = results.costs();
    costs.cost = std::accumulate(of_calls.begin(), of_calls.end(), cost);
  }
  return costs;
}

} // namespace wrench_serverless
