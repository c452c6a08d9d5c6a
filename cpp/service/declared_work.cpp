// Declared work: the steps of a profile, one after the other, by continuation instead of on a fibre.
//
// A fibre whose operation has ended is resumed in its turn, before any other event; so the work goes on in its turn,
// too, and whatever else happens at that date happens in the same order as with a body that does the same.
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/profile.hpp"

#include <cmath>
#include <new>
#include <utility>

namespace wrench_serverless {

namespace {

double next_value(LiveInvocation& live) {
  const std::uint32_t index = live.next_value++;
  return index == 0 ? live.value : live.unusual().more_values[index - 1];
}

Outcome failure_of(const LiveInvocation& live) {
  const Unusual* const unusual = live.what_is_unusual();
  return unusual != nullptr ? unusual->failure : nullptr;
}

double value_of(LiveInvocation& live, const std::optional<double>& given) { return given ? *given : next_value(live); }
Bytes value_of(LiveInvocation& live, const std::optional<Bytes>& given) {
  return given ? *given : static_cast<Bytes>(std::llround(next_value(live)));
}

} // namespace

void ServerlessComputeService::Parts::start_work(LiveInvocation& live) {
  live.working = true;
  runtime->fibres().defer(*this, WorkGoesOn, records->tag(live.id));
}

// Nobody else is ready when an event comes: it is this one's turn at once.
void ServerlessComputeService::Parts::sleep_is_over(std::uint64_t tag) {
  LiveInvocation* live = records->find(tag);
  if (live != nullptr && live->working && failure_of(*live) == nullptr) // else it was stopped
    go_on_working(*live);
}

void ServerlessComputeService::Parts::step_ended(std::uint64_t tag, Outcome failure) {
  LiveInvocation* live = records->find(tag);
  if (live == nullptr || !live->working || failure_of(*live) != nullptr)
    return;
  live->operation = {};
  if (failure != nullptr)
    live->unusual().failure = std::move(failure);
  runtime->fibres().defer(*this, WorkGoesOn, tag);
}

void ServerlessComputeService::Parts::stop_work(LiveInvocation& live, const Outcome& failure) {
  std::exchange(live.operation, {})();
  live.unusual().failure = failure;
  runtime->fibres().defer(*this, WorkGoesOn, records->tag(live.id));
}

void ServerlessComputeService::Parts::go_on_working(std::uint64_t tag) {
  LiveInvocation* live = records->find(tag);
  if (live != nullptr && live->working)
    go_on_working(*live);
}

void ServerlessComputeService::Parts::go_on_working(LiveInvocation& live) {
  const FunctionParts& function = functions[live.function.value];
  if (failure_of(live) == nullptr && live.step < function.steps) {
    if (live.step == 0 && function.first_sleep != FunctionParts::no_sleep) { // most work: its steps are not looked at
      ++live.step;
      const bool brought = function.first_sleep == FunctionParts::sleep_of_the_call;
      const double seconds = brought ? next_value(live) : function.first_sleep;
      return may_lie_down(live) ? lie_down(live, seconds) : sleep(live, seconds);
    }
    try {
      live.operation = start_step(live, function.rest->steps[live.step]);
      ++live.step;
      return;
    } catch (const std::bad_alloc&) { // nobody's failure: the run ends
      throw;
    } catch (const std::exception&) { // no room, no such file: what a body would meet
      live.unusual().failure = std::current_exception();
    }
  }
  body_ended(records->tag(live.id), live.is_unusual ? std::exchange(live.unusual().failure, nullptr) : nullptr);
}

void ServerlessComputeService::Parts::sleep(const LiveInvocation& live, double seconds) {
  runtime->schedule(seconds, *this, StepIsOver, records->tag(live.id));
}

Canceller ServerlessComputeService::Parts::start_step(LiveInvocation& live, const Step& step) {
  simgrid::s4u::Host& host = *nodes[cluster.container(live.container).node.value].host;
  const std::uint64_t tag = records->tag(live.id);
  const auto done = Continuation::of<&Parts::step_ended>(this, tag);
  const auto for_a_while = [&](double seconds) {
    sleep(live, seconds);
    return Canceller{};
  };
  const auto at = [&](const std::shared_ptr<StorageService>& given) -> StorageService& {
    return given ? *given : *storage_of(live.container);
  };
  if (const auto* sleeping = std::get_if<Sleep>(&step))
    return for_a_while(value_of(live, sleeping->seconds));
  if (const auto* computing = std::get_if<Compute>(&step)) {
    const double flops = value_of(live, computing->flops);
    return flops == 0
               ? for_a_while(0)
               : runtime->start_compute(host, core_of(live.container), most_flops(live.function, host), flops, done);
  }
  if (const auto* writing = std::get_if<Write>(&step))
    return runtime->storages().start_write(at(writing->storage), writing->file, value_of(live, writing->bytes), host,
                                           done);
  if (const auto* reading = std::get_if<Read>(&step))
    return runtime->storages().start_read(at(reading->storage), reading->file,
                                          reading->whole ? std::nullopt : std::optional(value_of(live, reading->bytes)),
                                          host, done);
  const auto& transfer = std::get<Transfer>(step);
  return runtime->transfers().start(at(transfer.from), transfer.file, at(transfer.to), done);
}

} // namespace wrench_serverless
