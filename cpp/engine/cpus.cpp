#include "engine/cpus.hpp"

#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>

namespace wrench_serverless {

namespace {

std::uint32_t index_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag); }
std::uint32_t generation_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag >> 32); }

Outcome host_is_off() {
  return std::make_exception_ptr(TransferFailure("an activity failed: a host, disk or link went off"));
}

} // namespace

Cpus::Cpus(Runtime& runtime) : runtime_(runtime), simgrid_(runtime.kernel().speeds_vary()) {}

Cpus::Cpu& Cpus::cpu_of(simgrid::s4u::Host& host) {
  Cpu*& cpu = cpu_of_host_[&host];
  if (cpu == nullptr)
    cpu = &cpus_.emplace_back(cpus_.size(), host.get_speed(), static_cast<std::size_t>(host.get_core_count()));
  return *cpu;
}

Canceller Cpus::compute(simgrid::s4u::Host& host, double flops, const Continuation& done, double most) {
  Cpu& cpu = cpu_of(host);
  const ComputationId id = computations_.add();
  Computation& computation = computations_[id];
  computation.cpu = &cpu;
  computation.done = done;
  computation.most = most;
  computation.generation = ++generation_;
  const std::uint64_t tag = tag_of(id);
  ++cpu.computations;
  if (!host.is_on()) {
    runtime_.schedule(0, *this, Failed, tag);
  } else if (simgrid_) {
    computation.place = Place::SimGrid;
    computation.execution = runtime_.activities().compute(runtime_.now(), host, flops,
                                                          Continuation::of<&Cpus::execution_ended>(this, tag), most);
  } else if (cpu.computations <= cpu.cores) {
    run_alone(id, flops);
    link(id);
  } else {
    share_all(cpu);
    share(id, flops);
    link(id);
    await_next(cpu);
  }
  return Canceller::of<&Cpus::cancel>(this, tag);
}

double Cpus::remaining(std::uint64_t tag) {
  const Computation* computation = find(tag);
  if (computation == nullptr)
    return 0;
  switch (computation->place) {
  case Place::OwnCore:
    return std::max(0.0, computation->end - runtime_.now()) * computation->speed;
  case Place::SharedCores:
    return computation->cpu->shared.left(runtime_.now(), computation->share);
  case Place::SimGrid:
    return runtime_.activities().remaining(runtime_.now(), computation->execution.tag);
  case Place::Nowhere:
    break;
  }
  return 0;
}

void Cpus::run_alone(ComputationId id, double flops) {
  Computation& computation = computations_[id];
  computation.place = Place::OwnCore;
  computation.speed = std::min(computation.cpu->speed, computation.most);
  computation.end = runtime_.now() + flops / computation.speed;
  runtime_.schedule_at(computation.end, *this, Ended, tag_of(id));
}

void Cpus::share(ComputationId id, double flops) {
  Computation& computation = computations_[id];
  computation.place = Place::SharedCores;
  computation.share = computation.cpu->shared.add(runtime_.now(), id.value, flops, computation.most);
}

// Whoever has a core to itself shares from now on; its event means nothing any more.
void Cpus::share_all(Cpu& cpu) {
  ComputationId first; // of them: those that share are older
  for (ComputationId id = cpu.newest; id && computations_[id].place == Place::OwnCore; id = computations_[id].older)
    first = id;
  for (ComputationId id = first; id; id = computations_[id].newer)
    share(id, remaining(tag_of(id)));
}

// There is an event at the next end of one that shares, or before.
void Cpus::await_next(Cpu& cpu) {
  if (cpu.shared.next_end() >= cpu.next)
    return;
  cpu.next = cpu.shared.next_end();
  runtime_.schedule_at(cpu.next, *this, SharedEnded, cpu.place);
}

// Those that end now, but not for ever: whoever ends may start another one that takes no time.
void Cpus::end_shared(Cpu& cpu) {
  if (cpu.next <= runtime_.now()) // else there is an event to come, and this one was for an end that came earlier
    cpu.next = no_date;
  for (std::size_t most = cpu.computations; most > 0 && cpu.shared.next_end() <= runtime_.now(); --most) {
    const ComputationId id(cpu.shared.end_next(runtime_.now()));
    unlink(id);
    take(tag_of(id))(nullptr);
  }
  await_next(cpu);
}

void Cpus::link(ComputationId id) {
  Computation& computation = computations_[id];
  Cpu& cpu = *computation.cpu;
  computation.older = cpu.newest;
  (cpu.newest ? computations_[cpu.newest].newer : cpu.oldest) = id;
  cpu.newest = id;
}

void Cpus::unlink(ComputationId id) {
  const Computation& computation = computations_[id];
  Cpu& cpu = *computation.cpu;
  (computation.older ? computations_[computation.older].newer : cpu.oldest) = computation.newer;
  (computation.newer ? computations_[computation.newer].older : cpu.newest) = computation.older;
}

std::uint64_t Cpus::tag_of(ComputationId id) const {
  return std::uint64_t{computations_[id].generation} << 32 | id.value;
}

Cpus::Computation* Cpus::find(std::uint64_t tag) {
  Computation& computation = computations_[ComputationId(index_of(tag))];
  return computation.generation == generation_of(tag) ? &computation : nullptr;
}

Continuation Cpus::take(std::uint64_t tag) {
  const ComputationId id(index_of(tag));
  Computation& computation = computations_[id];
  const Continuation done = computation.done;
  --computation.cpu->computations;
  computation = Computation{};
  computations_.remove(id);
  return done;
}

void Cpus::cancel(std::uint64_t tag) {
  Computation* computation = find(tag);
  if (computation == nullptr)
    return;
  if (computation->place == Place::SimGrid)
    computation->execution();
  else
    leave(ComputationId(index_of(tag)));
  take(tag);
}

// Leaves the core that it has to itself, or those that it shares.
void Cpus::leave(ComputationId id) {
  const Computation& computation = computations_[id];
  if (computation.place == Place::Nowhere)
    return;
  Cpu& cpu = *computation.cpu;
  unlink(id);
  if (computation.place == Place::OwnCore)
    return;
  cpu.shared.remove(runtime_.now(), id.value, computation.share);
  await_next(cpu); // the others go on faster
}

void Cpus::execution_ended(std::uint64_t tag, Outcome failure) { take(tag)(std::move(failure)); }

void Cpus::on_event(std::uint32_t kind, std::uint64_t argument) {
  if (kind == SharedEnded)
    return end_shared(cpus_[argument]);
  const std::uint64_t tag = argument;
  const Computation* computation = find(tag);
  if (computation == nullptr || (kind == Ended && computation->place != Place::OwnCore))
    return; // cancelled, or it shares
  leave(ComputationId(index_of(tag)));
  take(tag)(kind == Failed ? host_is_off() : nullptr);
}

void Cpus::fail_on(const simgrid::s4u::Host& host) {
  const auto found = cpu_of_host_.find(&host);
  if (found == cpu_of_host_.end())
    return;
  for (ComputationId id = found->second->oldest; id; id = computations_[id].newer)
    runtime_.schedule(0, *this, Failed, tag_of(id));
}

void Cpus::close() {
  computations_ = {};
  cpu_of_host_.clear();
  cpus_.clear();
}

} // namespace wrench_serverless
