#include "wrench_serverless/routing.hpp"

#include "service/provider.hpp"

#include <cmath>
#include <stdexcept>

namespace wrench_serverless {

std::size_t RouteView::outstanding(std::size_t index) const {
  const std::uint32_t row = provider(index).id().value;
  return row < outstanding_->size() ? (*outstanding_)[row] : 0;
}

int RouteView::room(std::size_t index) const {
  return static_cast<int>(provider(index).parts().room(function_->name()));
}

// A container that is there, or is coming, and has no call yet takes no room: as where nothing has to go.
model::Room ServerlessComputeService::Parts::room(const std::string& function) const {
  using model::Room;
  const auto found = function_by_name.find(function);
  if (found == function_by_name.end() || !head->is_on())
    return Room::None;
  const FunctionParts& parts = functions[found->second.value];
  if (is_over_concurrency(parts))
    return Room::None;
  if (parts.rest->queue->size() < parts.expected())
    return Room::Free;
  if (parts.rest->waiting > 0)
    return Room::None;
  if (cluster.available_container(found->second))
    return Room::Free;
  const bool may_claim = !options.scaling && (!options.burst_limit || tokens(parts) >= whole_token);
  if (!may_claim)
    return Room::None;
  for (const Room most : {Room::Free, Room::Images, Room::Idle})
    if (most <= cluster.worst_room() && has_room_beside_head(found->second, most))
      return most;
  return Room::None;
}

// The function's own calls that wait at the head hold nothing yet, but will take their slots before one that comes now
// (R16). Looks at as many nodes as there are such calls, at most, and at one more.
bool ServerlessComputeService::Parts::has_room_beside_head(FunctionId function, model::Room most) const {
  std::size_t slots = functions[function.value].containers_for(head_waiting.calls(function) + 1);
  for (NodeId id = cluster.first_with_room(function, most); id;
       id = cluster.first_with_room(function, most, NodeId(id.value + 1))) {
    const model::Node& node = cluster.node(id);
    const auto free = static_cast<std::size_t>(node.slots - node.used_slots);
    if (free >= slots)
      return true;
    slots -= free;
  }
  return false;
}

std::size_t LeastOutstanding::route(const RouteView& view) {
  std::size_t best = 0;
  for (std::size_t index = 1; index < view.size(); ++index)
    if (view.outstanding(index) < view.outstanding(best))
      best = index;
  return best;
}

std::size_t FirstWithRoom::route(const RouteView& view) {
  std::size_t best = 0;
  int least = 0; // that has to go there; 0: there is no room
  for (std::size_t index = 0; index < view.size() && least != 1; ++index)
    if (const int room = view.room(index); room > 0 && (least == 0 || room < least)) {
      best = index;
      least = room;
    }
  return best;
}

LowestLatency::LowestLatency(double weight, double forget) : weight_(weight), forget_(forget) {
  if (!(weight > 0 && weight <= 1))
    throw std::invalid_argument("weight is " + format_number(weight) + ": it must be above 0, up to 1");
  if (!(forget > 0))
    throw std::invalid_argument("forget is " + format_number(forget) + ": it must be seconds > 0, or infinity");
}

std::vector<LowestLatency::Seen>& LowestLatency::seen(const RegisteredFunction& function) {
  auto& all = seen_[&function];
  if (all.empty())
    all.resize(function.providers.size());
  return all;
}

std::size_t LowestLatency::route(const RouteView& view) {
  auto& all = seen(view.function());
  // Not measured and not being measured: first of all; measured: its mean; being measured, or failing: last of all.
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t index = 0; index < all.size(); ++index) {
    const Seen& one = all[index];
    const bool known = view.now() - one.measured <= forget_;
    const bool fails = one.failures >= too_many && view.now() - one.failed <= forget_;
    const double unknown = one.outstanding == 0 ? -1 : std::numeric_limits<double>::max();
    const double expected = fails ? std::numeric_limits<double>::max() : known ? one.mean : unknown;
    if (expected < least) {
      least = expected;
      best = index;
    }
  }
  ++all[best].outstanding;
  return best;
}

void LowestLatency::ended(const RegisteredFunction& function, std::size_t provider, double now, double seconds,
                          bool completed) {
  Seen& one = seen(function)[provider];
  if (one.outstanding > 0)
    --one.outstanding;
  if (!completed) {
    ++one.failures;
    one.failed = now;
    return;
  }
  one.failures = 0;
  const bool known = now - one.measured <= forget_;
  one.mean = known ? one.mean + weight_ * (seconds - one.mean) : seconds;
  one.measured = now;
}

} // namespace wrench_serverless
