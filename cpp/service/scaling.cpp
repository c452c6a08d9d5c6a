// How many containers a function has, where a policy says so, and not the calls that wait.
//
// Ticks come at multiples of the policy's period, and only while they may change something: so they cost nothing when
// nobody calls, and a simulation that is stuck runs out of events.
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wrench_serverless {

void ServerlessComputeService::Parts::note_load(FunctionId function) {
  consult("scaling", *options.scaling, function,
          [&] { options.scaling->changed(function, runtime->now(), functions[function.value].under_way); });
  awake.insert(function);
  keep_ticking();
}

void ServerlessComputeService::Parts::keep_ticking() {
  scaling_news = runtime->now();
  if (ticking)
    return;
  ticking = true;
  const double period = options.scaling->period();
  double next = (std::floor(runtime->now() / period) + 1) * period;
  if (!(next > runtime->now()) || std::isinf(next)) // rounded
    next = runtime->now() + period;
  // So late that a period is less than what separates two dates.
  next = std::max(next, std::nextafter(runtime->now(), std::numeric_limits<double>::max()));
  runtime->schedule_at(next, *this, ScalingTick, 0);
}

void ServerlessComputeService::Parts::scaling_tick() {
  ticking = false;
  for (auto next = awake.begin(); next != awake.end();) {
    const FunctionId function = *next++;
    rescale(function);
    // A container that is wanted may come once its image is at the head (R16).
    if (functions[function.value].under_way == 0 && cluster.containers_of(function) == 0 &&
        !head_waiting.waits(function))
      awake.erase(function);
  }
  const double news = scaling_news;
  if (awake.empty() || !(runtime->now() - news <= options.scaling->settles_after()))
    return;
  keep_ticking();
  scaling_news = news; // a tick is none
}

// A call has come, and waits: it wakes up a function without containers. One that is desired and missing is tried for.
void ServerlessComputeService::Parts::start_for_call(FunctionId function, bool tried) {
  if (cluster.containers_of(function) == 0)
    rescale(function);
  else if (functions[function.value].listed && !tried)
    try_claim(function);
}

// Asks the policy, and starts or ends containers accordingly.
void ServerlessComputeService::Parts::rescale(FunctionId function) {
  const FunctionParts& parts = functions[function.value];
  parts.rest->desired = ask_scaling(function);
  relist(function);
  start_missing(function);
  while (has_too_many(function)) {
    const ContainerId idle = cluster.oldest_idle_of(function);
    if (!idle)
      break;
    end_container(idle, ContainerEnd::ScaledDown);
  }
}

void ServerlessComputeService::Parts::start_missing(FunctionId function) {
  const std::size_t desired = functions[function.value].rest->desired;
  const std::size_t had = cluster.containers_of(function);
  for (std::size_t missing = desired > had ? desired - had : 0; missing > 0; --missing)
    if (!has_token(function) || !claim_spare(function, ClaimFor::Scale))
      break;
}

std::size_t ServerlessComputeService::Parts::ask_scaling(FunctionId function) {
  const FunctionParts& parts = functions[function.value];
  return consult("scaling", *options.scaling, function, [&] {
    return options.scaling->desired({.function = function,
                                     .name = *parts.rest->name,
                                     .now = runtime->now(),
                                     .containers = cluster.containers_of(function),
                                     .ready = parts.rest->ready,
                                     .under_way = parts.under_way,
                                     .queued = parts.rest->queue->size() + head_waiting.calls(function),
                                     .concurrency = static_cast<std::uint32_t>(parts.concurrency)});
  });
}

} // namespace wrench_serverless
