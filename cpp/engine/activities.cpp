#include "engine/activities.hpp"

#include "engine/runtime.hpp"
#include "model/memory_reserve.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

namespace {

std::uint64_t tag_of(ActivityId id, std::uint32_t generation) { return std::uint64_t{generation} << 32 | id.value; }
ActivityId id_of(std::uint64_t tag) { return ActivityId(static_cast<std::uint32_t>(tag)); }
std::uint32_t generation_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag >> 32); }

} // namespace

Canceller Activities::compute(double now, s4u::Host& host, double flops, Continuation done, double most) {
  const std::uint64_t tag = enter(now, host, host, done);
  if (!runtime_.faults().passable(host, host))
    return fail(tag);
  const s4u::ExecPtr exec = s4u::Exec::init()->set_flops_amount(flops)->set_host(&host);
  if (most != no_limit)
    exec->set_bound(most);
  return start(tag, exec);
}

Canceller Activities::access_disk(double now, s4u::Disk& disk, s4u::Io::OpType operation, Bytes size,
                                  Continuation done) {
  const s4u::Host& host = *disk.get_host();
  const std::uint64_t tag = enter(now, host, host, done);
  if (!runtime_.faults().passable(host, host))
    return fail(tag);
  const s4u::IoPtr io = disk.io_init(static_cast<sg_size_t>(size), operation);
  const Canceller canceller = start(tag, io);
  shares_.add_operation(disk, tag, io);
  return canceller;
}

Canceller Activities::stream(double now, StreamEnd from, StreamEnd to, Bytes size, Continuation done) {
  const std::uint64_t tag = enter(now, *from.host, *to.host, done);
  if (!runtime_.faults().passable(*from.host, *to.host))
    return fail(tag);
  auto io = s4u::Io::streamto_init(from.host, from.disk, to.host, to.disk);
  io->set_size(static_cast<sg_size_t>(size));
  const Canceller canceller = start(tag, std::move(io));
  if (from.disk != nullptr || to.disk != nullptr) {
    const double weight = DiskShares::weight_of_stream(*from.host, *to.host);
    for (const s4u::Disk* disk : {from.disk, to.disk})
      if (disk != nullptr)
        shares_.add_stream(*disk, tag, weight);
  }
  return canceller;
}

double Activities::remaining(double now, std::uint64_t tag) {
  runtime_.kernel().bring_to(now);
  const Entry& entry = entries_[id_of(tag)];
  return entry.generation == generation_of(tag) && entry.activity ? entry.activity->get_remaining() : 0;
}

std::uint64_t Activities::enter(double now, const s4u::Host& from, const s4u::Host& to, const Continuation& done) {
  runtime_.kernel().bring_to(now);
  const ActivityId id = entries_.add(Entry{nullptr, done, &from, &to, ++generation_});
  ++under_way_;
  model::memory_reserve::before_simgrid_starts();
  return tag_of(id, generation_);
}

// SimGrid would call back never, or abort: what can't start fails, as an event.
Canceller Activities::fail(std::uint64_t tag) {
  ended(tag, true);
  return Canceller::of<&Activities::cancel>(this, tag);
}

template <class ActivityPointer> Canceller Activities::start(std::uint64_t tag, ActivityPointer activity) {
  entries_[id_of(tag)].activity = activity;
  // SimGrid calls back more than once for what is cancelled or fails: only the first counts.
  activity->on_this_completion_cb([this, tag](const auto& ending) { ended(tag, !ending.is_done()); });
  activity->detach();
  runtime_.kernel().changed();
  return Canceller::of<&Activities::cancel>(this, tag);
}

void Activities::fail_on(const s4u::Host& host) {
  for (std::uint32_t index = 0; index < entries_.places(); ++index) {
    const Entry& entry = entries_[ActivityId(index)];
    if (!entry.done || (entry.from != &host && entry.to != &host))
      continue;
    const std::uint64_t tag = tag_of(ActivityId(index), entry.generation);
    // Also what has ended at this very date, but was not told of yet: who waits for it may be gone with the host.
    for (auto* list : {&ended_, &calling_})
      for (auto& [one, failed] : *list)
        failed = failed || one == tag;
    ended(tag, true);
    if (const s4u::ActivityPtr activity = entry.activity)
      activity->cancel(); // a stream goes on without its host
  }
  runtime_.kernel().cancelled();
}

void Activities::links_changed() {
  if (!shares_.any_streams())
    return;
  for (std::uint32_t index = 0; index < entries_.places(); ++index)
    if (const Entry& entry = entries_[ActivityId(index)]; entry.done)
      shares_.weigh_stream(tag_of(ActivityId(index), entry.generation), *entry.from, *entry.to);
}

void Activities::ended(std::uint64_t tag, bool failed) {
  shares_.remove(tag);
  ended_.emplace_back(tag, failed);
}

bool Activities::call_ended() {
  bool any = false;
  if (shares_.settle())
    runtime_.kernel().changed();
  while (!ended_.empty()) {
    calling_.swap(ended_);
    // What ends at the same date ends in the order in which it was started, whatever SimGrid's lists say.
    std::stable_sort(calling_.begin(), calling_.end(),
                     [](const auto& a, const auto& b) { return generation_of(a.first) < generation_of(b.first); });
    for (const auto& [tag, failed] : calling_) {
      Entry& entry = entries_[id_of(tag)];
      if (entry.generation != generation_of(tag))
        continue;
      const Continuation done = entry.done;
      entry = Entry{};
      entries_.remove(id_of(tag));
      --under_way_;
      any = true;
      done(failed ? std::make_exception_ptr(TransferFailure("an activity failed: a host, disk or link went off"))
                  : nullptr);
    }
    calling_.clear();
  }
  return any;
}

void Activities::cancel(std::uint64_t tag) {
  if (entries_[id_of(tag)].generation != generation_of(tag))
    return;
  runtime_.kernel().bring_to(runtime_.now()); // until now it had its share
  drop(tag);
}

void Activities::drop(std::uint64_t tag) {
  Entry& entry = entries_[id_of(tag)];
  const s4u::ActivityPtr activity = std::move(entry.activity);
  shares_.remove(tag);
  entry = Entry{};
  entries_.remove(id_of(tag));
  --under_way_;
  if (activity)
    activity->cancel();
  runtime_.kernel().cancelled();
}

void Activities::cancel_all() {
  for (std::uint32_t index = 0; index < entries_.places(); ++index)
    if (entries_[ActivityId(index)].done)
      drop(tag_of(ActivityId(index), entries_[ActivityId(index)].generation));
  shares_.clear();
}

} // namespace wrench_serverless
