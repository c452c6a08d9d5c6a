#include "service/evictor.hpp"

#include "wrench_serverless/errors.hpp"

#include <cmath>
#include <exception>
#include <utility>

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

template <class Ask> void Evictor::ask(ContainerId id, Ask&& ask) {
  if (failure_.happened())
    return; // the simulation is ending
  const auto where = [&] {
    const model::Container& container = cluster_.container(id);
    return " for a container of function '" + cluster_.shape(container.function).name + "' on node '" +
           cluster_.node(container.node).name + "'";
  };
  try {
    try {
      ask(where);
    } catch (const PolicyError&) {
      throw;
    } catch (const std::exception& failure) {
      std::throw_with_nested(
          PolicyError("eviction policy " + policy_.name() + " threw" + where() + ": " + failure.what()));
    } catch (...) {
      std::throw_with_nested(PolicyError("eviction policy " + policy_.name() + " threw" + where()));
    }
  } catch (const PolicyError&) {
    failure_.end_simulation(std::current_exception());
  }
}

void Evictor::used(ContainerId id) {
  ask(id, [&](auto&) { policy_.used(view(id)); });
}

double Evictor::priority(ContainerId id) {
  double result = 0;
  ask(id, [&](auto& where) {
    const double answer = policy_.priority(view(id));
    if (!std::isfinite(answer))
      throw PolicyError("eviction policy " + policy_.name() + " answered the priority " + format_number(answer) +
                        where() + ": it must be a finite number");
    result = answer;
  });
  return result;
}

void Evictor::evicted(ContainerId id, double priority) {
  ask(id, [&](auto&) { policy_.evicted(view(id), priority); });
}

void Evictor::ended(ContainerId id) {
  ask(id, [&](auto&) { policy_.ended(view(id)); });
}

void Evictor::started(FunctionId function, double seconds) {
  if (starts_.size() <= function.value)
    starts_.resize(function.value + 1);
  starts_[function.value].seconds += seconds;
  ++starts_[function.value].count;
}

} // namespace wrench_serverless
