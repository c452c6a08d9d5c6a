#include "wrench_serverless/queueing.hpp"

#include "wrench_serverless/units.hpp"

#include <cmath>
#include <stdexcept>

namespace wrench_serverless {

FairShare::FairShare(std::map<std::string, double> weights) : given_(std::move(weights)) {
  for (const auto& [function, weight] : given_)
    if (!(weight > 0) || std::isinf(weight))
      throw std::invalid_argument("weight of '" + function + "' is " + format_number(weight) +
                                  ": it must be positive and finite");
}

double FairShare::rank(const WaitingFunction& function) {
  const std::uint32_t index = function.function.value;
  if (weights_.size() <= index)
    weights_.resize(index + 1, 0);
  double& weight = weights_[index];
  if (weight == 0) {
    const auto found = given_.find(function.name);
    weight = found == given_.end() ? 1 : found->second;
  }
  return static_cast<double>(function.slots) / weight;
}

} // namespace wrench_serverless
