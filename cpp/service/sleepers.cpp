// Replayed calls that sleep in their containers.
//
// Where 80,000 calls are under way, a LiveInvocation of each is 25 MB of memory, and is needed twice: when the call
// starts, and when it ends. Of one that does nothing but sleep, in a container that it has to itself, all that its end
// needs has room in the container, which the end needs anyway; and its row can be written to the end when it lies down.
// So its place among the live ones serves the next call, and is always in the cache.
//
// Nothing differs but the time that it takes: whoever needs such a call as a live one wakes it.
#include "service/provider.hpp"

#include <utility>

namespace wrench_serverless {

bool ServerlessComputeService::Parts::may_lie_down(const LiveInvocation& live) const {
  return functions[live.function.value].only_sleeps && live.row_begun && live.is_plain() &&
         live.source->number < model::ContainerNotes::nobody && !records->on_invocation_state.observed();
}

void ServerlessComputeService::Parts::lie_down(LiveInvocation& live, double seconds) {
  const ContainerId container = live.container;
  const double end = runtime->now() + seconds;
  const model::Sleeper sleeper{live.record.id, end - live.record.started};
  cluster.container(container).lay_down(sleeper, static_cast<std::uint8_t>(live.source->number));
  records->fall_asleep(live.id, end, billed(sleeper.seconds));
  runtime->schedule_at(end, *this, SleeperWakes, std::uint64_t{container.value} << 32 | sleeper.call);
}

// All that body_ended, finish and tell would do. It is never late: events come before what SimGrid has at their date,
// and where SimGrid's clock is rounded beyond a date, it is to the next number.
void ServerlessComputeService::Parts::sleeper_wakes(std::uint64_t argument) {
  const ContainerId id(static_cast<std::uint32_t>(argument >> 32));
  model::Container& container = cluster.container(id);
  const model::Sleeper sleeper = container.sleeper();
  if (!container.has_sleeper() || sleeper.call != static_cast<std::uint32_t>(argument))
    return; // its node went off
  if (records->on_invocation_state.observed())
    return go_on_working(wake(id));
  const std::uint8_t source = std::exchange(container.notes.sleeps_for, model::ContainerNotes::nobody);
  const FunctionId function = container.function;
  const NodeId node = container.node;
  note_body(function, sleeper.seconds);
  container.notes.busy_seconds += sleeper.seconds;
  records->slot_meter().run_body(-1);
  note_ended(function);
  const Left left = leave(id);
  if (options.queueing)
    relist(function);
  runtime->let_go();
  records->end_asleep(sleeper.call, source, runtime->now(), billed(sleeper.seconds));
  if (left != Left::Unnoticed)
    dispatch(node);
}

// As it was when it lay down; when its sleep is over, nobody is there.
LiveInvocation& ServerlessComputeService::Parts::wake(ContainerId id) {
  model::Container& container = cluster.container(id);
  const std::uint8_t source = std::exchange(container.notes.sleeps_for, model::ContainerNotes::nobody);
  LiveInvocation& live = records->wake(container.sleeper().call, source);
  live.function = container.function;
  live.provider = this;
  live.container = id;
  live.working = true;
  live.step = 1;
  return live;
}

} // namespace wrench_serverless
