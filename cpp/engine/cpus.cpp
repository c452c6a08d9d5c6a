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

Cpus::Cpu& Cpus::cpu_of(simgrid::s4u::Host& host) {
  const auto [found, fresh] = cpus_.try_emplace(&host);
  if (fresh) {
    found->second.speed = host.get_speed();
    // None of our own where speeds vary: each is one too many.
    found->second.cores = runtime_.kernel().speeds_vary() ? 0 : static_cast<std::size_t>(host.get_core_count());
  }
  return found->second;
}

Canceller Cpus::compute(simgrid::s4u::Host& host, double flops, const Continuation& done, double most) {
  Cpu& cpu = cpu_of(host);
  const ComputationId id = computations_.add();
  Computation& computation = computations_[id];
  computation.cpu = &cpu;
  computation.host = &host;
  computation.done = done;
  computation.most = most;
  computation.generation = ++generation_;
  const std::uint64_t tag = std::uint64_t{generation_} << 32 | id.value;
  ++cpu.computations;
  if (!host.is_on()) {
    runtime_.schedule(0, *this, Failed, tag);
  } else if (cpu.computations <= cpu.cores) {
    computation.speed = std::min(cpu.speed, most);
    computation.end = runtime_.now() + flops / computation.speed;
    link(id);
    runtime_.schedule_at(computation.end, *this, Ended, tag);
  } else {
    hand_all_over(cpu);
    hand_over(computation, tag, flops);
  }
  return Canceller::of<&Cpus::cancel>(this, tag);
}

double Cpus::remaining(std::uint64_t tag) {
  const Computation* computation = find(tag);
  if (computation == nullptr)
    return 0;
  if (computation->execution)
    return runtime_.activities().remaining(runtime_.now(), computation->execution.tag);
  return std::max(0.0, computation->end - runtime_.now()) * computation->speed;
}

void Cpus::hand_over(Computation& computation, std::uint64_t tag, double flops) {
  computation.execution = runtime_.activities().compute(
      runtime_.now(), *computation.host, flops, Continuation::of<&Cpus::execution_ended>(this, tag), computation.most);
}

void Cpus::hand_all_over(Cpu& cpu) {
  while (cpu.oldest) {
    const ComputationId id = cpu.oldest;
    Computation& computation = computations_[id];
    unlink(id);
    const double flops = std::max(0.0, computation.end - runtime_.now()) * computation.speed;
    const std::uint64_t tag = std::uint64_t{computation.generation} << 32 | id.value;
    hand_over(computation, tag, std::max(flops, 1e-9)); // its event means nothing any more
  }
}

void Cpus::link(ComputationId id) {
  Computation& computation = computations_[id];
  Cpu& cpu = *computation.cpu;
  computation.older = cpu.newest;
  (cpu.newest ? computations_[cpu.newest].newer : cpu.oldest) = id;
  cpu.newest = id;
  computation.own = true;
}

void Cpus::unlink(ComputationId id) {
  const Computation& computation = computations_[id];
  Cpu& cpu = *computation.cpu;
  (computation.older ? computations_[computation.older].newer : cpu.oldest) = computation.newer;
  (computation.newer ? computations_[computation.newer].older : cpu.newest) = computation.older;
  computations_[id].own = false;
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
  if (computation->own)
    unlink(ComputationId(index_of(tag)));
  else
    computation->execution();
  take(tag);
}

void Cpus::execution_ended(std::uint64_t tag, Outcome failure) { take(tag)(std::move(failure)); }

void Cpus::on_event(std::uint32_t kind, std::uint64_t tag) {
  Computation* computation = find(tag);
  if (computation == nullptr || (kind == Ended && !computation->own))
    return; // cancelled, or handed over
  if (computation->own)
    unlink(ComputationId(index_of(tag)));
  take(tag)(kind == Failed ? host_is_off() : nullptr);
}

void Cpus::fail_on(const simgrid::s4u::Host& host) {
  const auto found = cpus_.find(&host);
  if (found == cpus_.end())
    return;
  for (ComputationId id = found->second.oldest; id; id = computations_[id].newer)
    runtime_.schedule(0, *this, Failed, std::uint64_t{computations_[id].generation} << 32 | id.value);
}

void Cpus::close() {
  computations_ = {};
  cpus_.clear();
}

} // namespace wrench_serverless
