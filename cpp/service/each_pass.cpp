#include "service/each_pass.hpp"

#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <new>
#include <queue>
#include <string>

namespace wrench_serverless {

using model::Warmth;

namespace {

class PlanningEnds {
public:
  explicit PlanningEnds(bool& planning) : planning_(planning) {}
  ~PlanningEnds() { planning_ = false; }
  PlanningEnds(const PlanningEnds&) = delete;
  PlanningEnds& operator=(const PlanningEnds&) = delete;

private:
  bool& planning_;
};

} // namespace

// A pass may end bodies that take no time, and so call for another one: that comes after it.
void EachPass::plan() {
  if (std::exchange(planning_, true)) {
    again_ = true;
    return;
  }
  const PlanningEnds ends(planning_); // also if an observer raises
  do {
    again_ = false;
    ++pass_;
    if (provider_.queued > 0 && !provider_.cluster.open_nodes().empty())
      carry_out(make_plan());
  } while (again_);
}

bool EachPass::head_is_busy() const { return provider_.head_free_at > provider_.runtime->now(); }

// Before the requests that come from now on.
void EachPass::notice_later(What what, std::uint64_t argument) {
  notices_[++number_] = {.what = what, .argument = argument};
  provider_.runtime->schedule_at(provider_.head_free_at, *this, NoticeIsDue, number_);
}

void EachPass::head_went_off() {
  while (!notices_.empty())
    see(notices_.extract(notices_.begin()).mapped());
}

void EachPass::see(const Notice& notice) {
  const auto index = static_cast<std::uint32_t>(notice.argument);
  switch (notice.what) {
  case What::Plan:
    return plan();
  case What::End:
    ending_.erase(ContainerId(index));
    provider_.to_idle(ContainerId(index));
    return plan();
  case What::Image:
    --unnoticed_images_;
    return provider_.image_is_there(ImageId(index));
  case What::Expiry:
    return provider_.expire(notice.argument);
  }
}

void EachPass::changed() {
  if (head_is_busy())
    notice_later(What::Plan, 0);
  else
    plan();
}

bool EachPass::postpone_end(ContainerId id) {
  if (!head_is_busy())
    return false;
  ending_.insert(id);
  notice_later(What::End, id.value);
  return true;
}

bool EachPass::postpone_image(ImageId id) {
  if (!head_is_busy())
    return false;
  ++unnoticed_images_;
  notice_later(What::Image, id.value);
  return true;
}

bool EachPass::postpone_expiry(std::uint64_t tag) {
  if (!head_is_busy())
    return false;
  notice_later(What::Expiry, tag);
  return true;
}

template <class Visit> void EachPass::in_order(Visit&& visit) const {
  struct Call {
    std::uint64_t sequence;
    FunctionId function;
    std::size_t place; // in its function's queue
    bool operator<(const Call& other) const { return sequence > other.sequence; }
  };
  std::priority_queue<Call> later; // the next call of each function that was visited
  bool stopped = false;
  const auto see = [&](FunctionId function, std::size_t place) {
    const Next next = visit(function);
    stopped = next == Next::Stop;
    const CallQueue& queue = *provider_.functions[function.value].rest->queue;
    if (next == Next::GoOn && place + 1 < queue.size())
      later.push({queue[place + 1].sequence, function, place + 1});
  };
  const auto see_before = [&](std::uint64_t sequence) {
    while (!stopped && !later.empty() && later.top().sequence < sequence) {
      const Call call = later.top();
      later.pop();
      see(call.function, call.place);
    }
  };
  provider_.unclaimed.in_order([&](const auto& first) {
    see_before(first.key.sequence);
    if (!stopped)
      see(FunctionId(first.index), 0);
    return stopped;
  });
  see_before(ServerlessComputeService::Parts::nobody);
}

EachPass::Plan EachPass::make_plan() const {
  const model::Cluster& cluster = provider_.cluster;
  Plan plan;
  Pass pass(cluster);
  in_order([&](FunctionId function) {
    if (pass.full())
      return Next::Stop;
    const ImageId image = cluster.shape(function).image;
    const Pass::Decision decision = pass.next(function, provider_.head_images.has(image));
    switch (decision.step) {
    case Pass::Step::Reuse:
      plan.starts.push_back(
          {function, decision.node, decision.container, cluster.container(decision.container).generation});
      return Next::GoOn;
    case Pass::Step::Start:
      plan.starts.push_back({function, decision.node, {}, 0});
      return Next::GoOn;
    case Pass::Step::Fetch: // its other calls need the same image
      plan.fetches.push_back(function);
      return Next::LeaveFunction;
    case Pass::Step::Stay:
      return Next::LeaveFunction;
    case Pass::Step::Load:
      plan.loads.push_back({function, decision.node});
      break;
    case Pass::Step::Copy:
      plan.copies.push_back({function, decision.node});
      break;
    case Pass::Step::Wait:
      break;
    }
    plan.waits.push_back({function, decision.node});
    return Next::GoOn;
  });
  return plan;
}

bool EachPass::starts_at_once(FunctionId function) const {
  const model::Cluster& cluster = provider_.cluster;
  Pass pass(cluster);
  in_order([&](FunctionId waiting) {
    if (pass.full())
      return Next::Stop;
    const Pass::Step step = pass.next(waiting, provider_.head_images.has(cluster.shape(waiting).image)).step;
    return step == Pass::Step::Fetch || step == Pass::Step::Stay ? Next::LeaveFunction : Next::GoOn;
  });
  const Pass::Decision decision = pass.next(function, true);
  return decision.step == Pass::Step::Reuse ||
         (decision.step == Pass::Step::Start && cluster.fits(decision.node, function));
}

void EachPass::carry_out(const Plan& plan) {
  const model::Cluster& cluster = provider_.cluster;
  for (const Start& planned : plan.starts)
    start(planned);
  for (const Move& move : plan.loads)
    load(move.node, cluster.shape(move.function).image);
  for (const Move& move : plan.copies)
    copy(move.node, cluster.shape(move.function).image);
  note_waiting(plan);
  for (const FunctionId function : plan.fetches)
    provider_.wait_for_image(function);
}

// What was planned may not be possible any more: an idle container, or an image, that had to go for an earlier start.
void EachPass::start(const Start& planned) {
  model::Cluster& cluster = provider_.cluster;
  if (provider_.functions[planned.function.value].rest->queue->empty())
    return;
  if (!planned.container) {
    if (cluster.warmth(planned.node, cluster.shape(planned.function).image) == Warmth::InMemory &&
        cluster.fits(planned.node, planned.function))
      provider_.claim(planned.function, planned.node); // its image is there: it starts at once
    return;
  }
  const model::Container& container = cluster.container(planned.container);
  if (container.generation == planned.generation && container.state == model::ContainerState::Idle &&
      cluster.has_free_slot(planned.node))
    provider_.fill(planned.container, planned.function, false);
}

std::uint64_t EachPass::begin(NodeId node, ImageId image) {
  stagings_[++number_] = {.node = node, .image = image, .pass = 0, .waiting = {}, .failure = nullptr};
  numbers_[{node, image}] = number_;
  return number_;
}

void EachPass::load(NodeId node, ImageId image) {
  if (!provider_.cluster.stage_to_memory(node, image))
    return; // no room now
  const std::uint64_t number = begin(node, image);
  const Bytes footprint = provider_.head_images.image(image).memory;
  Runtime& runtime = *provider_.runtime;
  if (footprint == 0)
    runtime.schedule(0, *this, NothingToLoad, number);
  else
    runtime.activities().access_disk(runtime.now(), *provider_.nodes[node.value].store->parts().disk,
                                     simgrid::s4u::Io::OpType::READ, footprint,
                                     Continuation::of<&EachPass::loaded>(this, number));
}

void EachPass::copy(NodeId node, ImageId image) {
  if (!provider_.head_images.has(image) || !provider_.cluster.stage_to_disk(node, image))
    return;
  const std::uint64_t number = begin(node, image);
  try {
    provider_.head_images.copy(image, *provider_.nodes[node.value].store,
                               provider_.cluster.contents(node).images.at(image).disk,
                               Continuation::of<&EachPass::copied>(this, number));
  } catch (const std::bad_alloc&) { // nobody's failure: the run ends
    throw;
  } catch (...) { // as an event: a failed call lets the next one try, and so on
    stagings_.at(number).failure = std::current_exception();
    provider_.runtime->schedule(0, *this, CopyFailed, number);
  }
}

// Those are the calls that a failure takes with it (R21).
void EachPass::note_waiting(const Plan& plan) {
  for (const Move& wait : plan.waits) {
    const auto found = numbers_.find({wait.node, provider_.cluster.shape(wait.function).image});
    if (found == numbers_.end())
      continue; // it found no room
    Staging& staging = stagings_.at(found->second);
    if (std::exchange(staging.pass, pass_) != pass_)
      staging.waiting.clear();
    staging.waiting.push_back(wait.function);
  }
}

void EachPass::on_event(std::uint32_t kind, std::uint64_t argument) {
  switch (kind) {
  case NothingToLoad:
    return loaded(argument, nullptr);
  case CopyFailed:
    if (const auto found = stagings_.find(argument); found != stagings_.end())
      arrived(argument, found->second.failure);
    return;
  default: // NoticeIsDue, unless the head went off before
    if (auto notice = notices_.extract(argument))
      see(notice.mapped());
  }
}

void EachPass::loaded(std::uint64_t number, Outcome failure) { arrived(number, failure); }

void EachPass::copied(std::uint64_t number, Outcome failure) {
  provider_.head_images.copy_ended();
  arrived(number, failure);
  provider_.head_images.retry_waiting();
}

void EachPass::arrived(std::uint64_t number, const Outcome& failure) {
  const auto found = stagings_.find(number);
  if (found == stagings_.end())
    return; // lost with its node
  const Staging staging = std::move(found->second);
  forget(number, staging);
  if (failure == nullptr) {
    provider_.cluster.staged(staging.node, staging.image);
    // It may have gone from the head, and others wait for it there.
    if (provider_.head_waiting.any(staging.image) && !postpone_image(staging.image))
      provider_.image_is_there(staging.image);
  } else {
    provider_.cluster.give_up_staging(staging.node, staging.image);
    fail_waiting(staging, failure);
  }
  changed();
}

void EachPass::forget(std::uint64_t number, const Staging& staging) {
  numbers_.erase({staging.node, staging.image});
  stagings_.erase(number);
}

// R21. For each of these calls the first of its function that waits: who was meant may have got a container since.
void EachPass::fail_waiting(const Staging& staging, const Outcome& failure) {
  if (staging.pass != pass_)
    return; // nobody any more
  for (const FunctionId function : staging.waiting) {
    if (provider_.functions[function.value].rest->queue->empty())
      continue;
    const LiveId first = provider_.dequeue(function);
    provider_.relist(function);
    provider_.finish(first, InvocationState::Failed, failure);
  }
}

void EachPass::node_went_off(NodeId node) {
  for (auto entry = stagings_.begin(); entry != stagings_.end();) {
    const Staging staging = entry->second;
    const std::uint64_t number = entry->first;
    ++entry;
    if (staging.node != node)
      continue;
    provider_.cluster.give_up_staging(node, staging.image);
    forget(number, staging);
  }
}

} // namespace wrench_serverless
