#include "service/evictor.hpp"

#include "wrench_serverless/errors.hpp"

#include <cmath>

namespace wrench_serverless {

ContainerView Evictor::view(ContainerId id) const {
  const model::Container& container = cluster_.container(id);
  const std::size_t function = container.function.value;
  const Starts starts = function < starts_.size() ? starts_[function] : Starts{};
  return {.id = id,
          .function = container.function,
          .node = container.node,
          .memory = cluster_.shape(container.function).memory,
          .cold_start = starts.count > 0 ? starts.seconds / static_cast<double>(starts.count) : 0,
          .now = runtime_.now()};
}

std::string Evictor::where(ContainerId id) const {
  const model::Container& container = cluster_.container(id);
  return " for a container of function '" + cluster_.shape(container.function).name + "' on node '" +
         cluster_.contents(container.node).name + "'";
}

template <class Ask> auto Evictor::ask(ContainerId id, Ask&& ask) -> decltype(ask()) {
  return failure_.ask("eviction", policy_, [&] { return where(id); }, ask);
}

void Evictor::used(ContainerId id) {
  ask(id, [&] { policy_.used(view(id)); });
}

double Evictor::priority(ContainerId id) {
  return ask(id, [&] {
    const double answer = policy_.priority(view(id));
    if (!std::isfinite(answer))
      throw PolicyError("eviction policy " + policy_.name() + " answered the priority " + format_number(answer) +
                        where(id) + ": it must be a finite number");
    return answer;
  });
}

void Evictor::evicted(ContainerId id, double priority) {
  ask(id, [&] { policy_.evicted(view(id), priority); });
}

void Evictor::ended(ContainerId id) {
  ask(id, [&] { policy_.ended(view(id)); });
}

void Evictor::started(FunctionId function, double seconds) {
  if (starts_.size() <= function.value)
    starts_.resize(function.value + 1);
  starts_[function.value].seconds += seconds;
  ++starts_[function.value].count;
}

} // namespace wrench_serverless
