// What claims="each_pass" can't be combined with (R18b).
#include "service/each_pass.hpp"

#include <stdexcept>
#include <string>

namespace wrench_serverless {

namespace {

void refuse_if(bool given, const std::string& what, const std::string& why) {
  if (given)
    throw std::invalid_argument(what + " can't be combined with claims=\"each_pass\": " + why);
}

} // namespace

void EachPass::check(const ServerlessOptions& options) {
  if (options.claims != Claims::EachPass)
    return;
  refuse_if(options.placement != nullptr, "placement", "it has a rule of its own for the node of each call (R18b)");
  refuse_if(options.queueing != nullptr && dynamic_cast<FirstComeFirstServed*>(options.queueing.get()) == nullptr,
            "queueing=" + (options.queueing ? options.queueing->name() : ""),
            "its calls are first come first served (R18b)");
  refuse_if(options.scaling != nullptr && !options.scaling->per_call(),
            "scaling=" + (options.scaling ? options.scaling->name() : ""),
            "a container is only started for a call that waits (R18b)");
  refuse_if(options.concurrency > 1, "concurrency=" + std::to_string(options.concurrency),
            "a container takes one call at a time (R18b)");
  refuse_if(options.burst_limit.has_value(), "burst_limit", "nothing is reserved that a token could be for (R18b)");
  refuse_if(options.queue_capacity == 0U, "queue_capacity=0",
            "a call waits in the queue until its container starts (R18b); give at least 1");
  refuse_if(options.keep_alive_policy != nullptr && options.keep_alive_policy->prewarms(),
            "keep_alive=" + (options.keep_alive_policy ? options.keep_alive_policy->name() : ""),
            "a container is only started for a call that waits (R18b), and this policy starts them in advance");
}

void EachPass::check(const ServerlessOptions& options, const std::string& function, const FunctionLimits& limits) {
  if (options.claims != Claims::EachPass)
    return;
  const std::string of = " of function '" + function + "'";
  const std::uint32_t concurrency = limits.concurrency.value_or(options.concurrency);
  refuse_if(concurrency > 1, "concurrency=" + std::to_string(concurrency) + of,
            "a container takes one call at a time (R18b)");
  refuse_if(limits.provisioned_concurrency > 0,
            "provisioned_concurrency=" + std::to_string(limits.provisioned_concurrency) + of,
            "a container is only started for a call that waits (R18b)");
}

} // namespace wrench_serverless
