#include "wrench_serverless/policy.hpp"

#include <stdexcept>

namespace wrench_serverless {

void Policy::take(const char* option, const std::string& provider, const std::string& name) {
  if (!provider_.empty())
    throw std::invalid_argument(std::string(option) + " is a " + name + " that provider '" + provider_ +
                                "' has already: give each provider one of its own");
  provider_ = provider;
}

} // namespace wrench_serverless
