#include "engine/activities.hpp"

#include "wrench_serverless/errors.hpp"

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

namespace {

std::uint64_t tag_of(ActivityId id, std::uint32_t generation) { return std::uint64_t{generation} << 32 | id.value; }
ActivityId id_of(std::uint64_t tag) { return ActivityId(static_cast<std::uint32_t>(tag)); }
std::uint32_t generation_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag >> 32); }

} // namespace

Canceller Activities::compute(double now, s4u::Host& host, double flops, Continuation done) {
  kernel_.bring_to(now);
  return start(now, s4u::Exec::init()->set_flops_amount(flops)->set_host(&host), done);
}

Canceller Activities::access_disk(double now, s4u::Disk& disk, s4u::Io::OpType operation, Bytes size,
                                  Continuation done) {
  kernel_.bring_to(now);
  return start(now, disk.io_init(static_cast<sg_size_t>(size), operation), done);
}

Canceller Activities::stream(double now, StreamEnd from, StreamEnd to, Bytes size, Continuation done) {
  kernel_.bring_to(now);
  auto io = s4u::Io::streamto_init(from.host, from.disk, to.host, to.disk);
  io->set_size(static_cast<sg_size_t>(size));
  return start(now, std::move(io), done);
}

template <class ActivityPointer>
Canceller Activities::start(double /*now*/, ActivityPointer activity, Continuation done) {
  const ActivityId id = entries_.add(Entry{activity, done, ++generation_});
  const std::uint64_t tag = tag_of(id, generation_);
  ++under_way_;
  // SimGrid calls back more than once for what is cancelled or fails: only the first counts.
  activity->on_this_completion_cb([this, tag](const auto& ending) { ended(tag, !ending.is_done()); });
  activity->detach();
  kernel_.changed();
  return Canceller::of<&Activities::cancel>(this, tag);
}

void Activities::ended(std::uint64_t tag, bool failed) { ended_.emplace_back(tag, failed); }

bool Activities::call_ended() {
  bool any = false;
  while (!ended_.empty()) {
    calling_.swap(ended_);
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
  Entry& entry = entries_[id_of(tag)];
  if (entry.generation != generation_of(tag))
    return;
  const s4u::ActivityPtr activity = std::move(entry.activity);
  entry = Entry{};
  entries_.remove(id_of(tag));
  --under_way_;
  activity->cancel();
  kernel_.changed();
}

void Activities::cancel_all() {
  for (std::uint32_t index = 0; index < entries_.places(); ++index)
    if (entries_[ActivityId(index)].activity)
      cancel(tag_of(ActivityId(index), entries_[ActivityId(index)].generation));
}

} // namespace wrench_serverless
