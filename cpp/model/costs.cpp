#include "model/costs.hpp"

#include "wrench_serverless/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace wrench_serverless {

std::vector<double> Results::costs() const {
  const InvocationTable& table = *invocations;
  std::vector<double> costs(table.size(), 0);
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.node[row] >= 0 || table.billed_seconds[row] > 0) // a container took it, or an earlier attempt
      costs[row] = billing[table.provider[row]].cost(table.billed_seconds[row], table.memory[row]);
  return costs;
}

void add_cost_lines(std::vector<SummaryLine>& lines, const Results& results) {
  const ContainerTable& table = *results.containers;
  double idle = 0;
  double provisioned = 0;
  double cost = 0;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const double end = std::isnan(table.ended[row]) ? results.now : table.ended[row];
    if (!std::isnan(table.ready[row]))
      idle += (end - table.ready[row] - table.busy_seconds[row]) * table.memory[row];
    if (table.provisioned[row] == 0)
      continue;
    const Billing& billing = results.billing[table.provider[row]];
    const double byte_seconds = (end - table.claimed[row]) * table.memory[row];
    provisioned += byte_seconds;
    cost += byte_seconds / static_cast<double>(billing.gigabyte) * billing.per_provisioned_gb_second;
  }
  lines.push_back({"idle", idle / 1e9, "GB-s"});
  lines.push_back({"provisioned", provisioned > 0 ? provisioned / 1e9 : never, "GB-s"});
  const bool asks = std::any_of(results.billing.begin(), results.billing.end(),
                                [](const Billing& billing) { return billing.asks_for_anything(); });
  if (asks && results.statistics) {
    cost += results.statistics->cost;
  } else if (asks) {
    const std::vector<double> costs = results.costs();
    cost = std::accumulate(costs.begin(), costs.end(), cost);
  }
  lines.push_back({"cost", asks ? cost : never, ""});
}

} // namespace wrench_serverless
