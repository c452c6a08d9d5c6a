#include "engine/fibres.hpp"

#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/invocation.hpp"

#include <simgrid/Exception.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

namespace {

FibreId fibre_of(std::uint64_t tag) { return FibreId(static_cast<std::uint32_t>(tag)); }
std::uint32_t operation_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag >> 32); }

} // namespace

Fibres::~Fibres() { kill_all(); }

FibreId Fibres::spawn_python(FibreJob job) {
  const FibreId id = fibres_.add();
  fibres_[id].job = std::move(job);
  fibres_[id].live = true;
  ++live_;
  make_ready(id);
  return id;
}

FibreId Fibres::spawn(FibreJob job, std::function<void()> code) {
  if (!job.host->is_on())
    throw HostFailure("host '" + job.host->get_name() + "' is off: nothing can start there");
  auto& idle = idle_[job.host];
  if (idle.empty()) {
    Worker& worker = workers_.emplace_back();
    worker.host = job.host;
    worker.actor = job.host->add_actor("fibre", [this, &worker] { work(worker); });
    ++actors_;
    idle.push_back(&worker);
  }
  Worker* worker = idle.back();
  idle.pop_back();
  worker->code = std::move(code);
  worker->done = false;
  const FibreId id = spawn_python(std::move(job));
  fibres_[id].worker = worker;
  return id;
}

void Fibres::work(Worker& worker) {
  StackExceptions exceptions;
  worker.exceptions = &exceptions;
  worker.self = s4u::Actor::self();
  while (!worker.killed) { // one that was killed before it ever ran would wait for ever
    await_turn(worker);    // a new actor runs as soon as any does
    try {
      worker.code();
      worker.failure = nullptr;
    } catch (const simgrid::ForcefulKillException&) {
      throw;
    } catch (...) {
      worker.failure = std::current_exception();
    }
    worker.done = true;
  }
}

// On the worker's own stack.
void Fibres::await_turn(Worker& worker) {
  while (!worker.go) {
    worker.gave_way = true;
    StackExceptions::Away away(*worker.exceptions);
    SimGridKernel::give_way(*worker.self);
    away.back();
  }
  worker.go = false;
}

void Fibres::make_ready(FibreId id) {
  Fibre& fibre = fibres_[id];
  if (fibre.queued)
    return;
  fibre.queued = true;
  ready_.push_back({id, 0, nullptr, 0});
}

void Fibres::complete(std::uint64_t tag, Outcome outcome) {
  Fibre& fibre = fibres_[fibre_of(tag)];
  if (fibre.operation != operation_of(tag) || !fibre.live)
    return complete_aside(tag, std::move(outcome)); // or the late end of an operation that was cancelled
  fibre.operation = 0;
  fibre.cancel = {};
  fibre.outcome = std::move(outcome);
  make_ready(fibre_of(tag));
}

void Fibres::on_event(std::uint32_t /*kind*/, std::uint64_t tag) { complete(tag, nullptr); }

// The fibre runs, though an operation of its has begun, or has even ended: it has not given way for it yet.
void Fibres::put_aside(FibreId id) {
  Fibre& fibre = fibres_[id];
  if (std::exchange(fibre.queued, false))
    std::erase_if(ready_, [id](const Ready& ready) { return ready.sink == nullptr && ready.fibre == id; });
  aside_[id.value].push_back({std::exchange(fibre.operation, 0), std::exchange(fibre.cancel, {}),
                              std::exchange(fibre.outcome, nullptr), fibre.waiting});
}

void Fibres::take_up(FibreId id) {
  const auto found = aside_.find(id.value);
  if (found == aside_.end())
    return;
  Aside last = std::move(found->second.back());
  found->second.pop_back();
  if (found->second.empty())
    aside_.erase(found);
  Fibre& fibre = fibres_[id];
  fibre.operation = last.operation;
  fibre.cancel = last.cancel;
  fibre.outcome = std::move(last.outcome);
  fibre.waiting = last.waiting;
  if (fibre.operation == 0)
    make_ready(id);
  else if (fibre.doom != nullptr)
    interrupt(id, fibre.doom);
}

void Fibres::complete_aside(std::uint64_t tag, Outcome outcome) {
  if (aside_.empty())
    return;
  const auto found = aside_.find(fibre_of(tag).value);
  if (found == aside_.end())
    return;
  for (Aside& one : found->second)
    if (one.operation == operation_of(tag)) {
      one.operation = 0;
      one.cancel = {};
      one.outcome = std::move(outcome);
      return;
    }
}

void Fibres::cancel_aside(FibreId id, const Outcome& outcome) {
  const auto found = aside_.find(id.value);
  if (found == aside_.end())
    return;
  std::vector<Canceller> cancellers;
  for (Aside& one : found->second)
    if (std::exchange(one.operation, 0) != 0) {
      one.outcome = outcome;
      cancellers.push_back(std::exchange(one.cancel, {}));
    }
  for (const Canceller& cancel : cancellers)
    cancel();
}

bool Fibres::check_doom(FibreId id) {
  if (!id)
    throw NotInSimulation("this call blocks, so it only works in a controller or in a function's body");
  Fibre& fibre = fibres_[id];
  if (fibre.doom == nullptr)
    return true;
  if (++fibre.refused <= patience)
    std::rethrow_exception(fibre.doom);
  abandoned_.push_back(id); // told later, by the loop: this may be the fibre's own stack
  return false;
}

void Fibres::block(Waiting waiting, const std::function<Canceller(Continuation)>& start) {
  const FibreId id = current_;
  Fibre& fibre = fibres_[id];
  const bool alive = check_doom(id);
  // The operation is started by the loop, on its stack: starting it may advance SimGrid, which an actor must not.
  fibre.starting = alive ? &start : nullptr;
  fibre.starting_waiting = waiting;
  fibre.worker->go = false;
  await_turn(*fibre.worker);
  if (const Outcome outcome = std::exchange(fibre.outcome, nullptr))
    std::rethrow_exception(outcome);
}

void Fibres::interrupt(FibreId id, Outcome doom) {
  Fibre& fibre = fibres_[id];
  if (!fibre.live)
    return;
  fibre.doom = std::move(doom);
  if (!aside_.empty())
    cancel_aside(id, fibre.doom);
  if (fibre.operation == 0)
    return; // ready already, with an outcome: it meets its doom at the next blocking call
  fibre.operation = 0;
  std::exchange(fibre.cancel, {})();
  fibre.outcome = fibre.doom;
  make_ready(id);
}

// Bodies in the order of their calls: where they are in memory means nothing.
std::vector<FibreId> Fibres::fibres_on(const s4u::Host& host) const {
  std::vector<std::pair<std::uint64_t, FibreId>> found;
  for (std::uint32_t index = 0; index < fibres_.places(); ++index)
    if (const Fibre& fibre = fibres_[FibreId(index)]; fibre.live && fibre.job.host == &host)
      found.emplace_back(fibre.job.invocation ? fibre.job.invocation->record.id + std::uint64_t{1} : 0, index);
  std::ranges::stable_sort(found, {}, [](const auto& one) { return one.first; });
  std::vector<FibreId> fibres;
  for (const auto& [call, id] : found)
    fibres.push_back(id);
  return fibres;
}

void Fibres::fail_host(const s4u::Host& host, const Outcome& failure) {
  const FibreId caller = std::exchange(current_, FibreId());
  for (Worker& worker : workers_)
    worker.killed = worker.killed || worker.host == &host;
  kernel_.run_actors(); // SimGrid has killed its actors: now their stacks unwind
  for (Worker& worker : workers_)
    if (worker.host == &host && std::exchange(worker.actor, nullptr) != nullptr)
      --actors_;
  for (auto& [place, idle] : idle_)
    if (place == &host)
      idle.clear();
  for (const FibreId id : fibres_on(host)) {
    Fibre& fibre = fibres_[id];
    if (!fibre.live)
      continue; // because of one before
    fibre.lost = true;
    if (fibre.worker == nullptr) {
      interrupt(id, failure);
      continue;
    }
    std::exchange(fibre.cancel, {})();
    std::erase_if(ready_, [id](const Ready& ready) { return ready.fibre == id; });
    end(id, failure);
  }
  current_ = caller;
}

FibreId Fibres::run_next() {
  if (!abandoned_.empty()) { // its stack stays as it is, and so does its place
    Fibre& fibre = fibres_[abandoned_.back()];
    abandoned_.pop_back();
    fibre.live = false;
    --live_;
    if (const Continuation ended = std::exchange(fibre.job.ended, {}))
      ended(fibre.doom);
    return {};
  }
  const Ready ready = ready_.front();
  ready_.pop_front();
  if (ready.sink != nullptr) {
    ready.sink->on_event(ready.kind, ready.argument);
    return {};
  }
  const FibreId id = ready.fibre;
  Fibre& fibre = fibres_[id];
  fibre.queued = false;
  if (fibre.worker == nullptr) {
    current_ = id;
    return id;
  }
  run_worker(id);
  return {};
}

void Fibres::run_worker(FibreId id) {
  Fibre& fibre = fibres_[id];
  Worker& worker = *fibre.worker;
  current_ = id;
  worker.go = true;
  kernel_.run_actor(*worker.actor, worker.gave_way, actors_);
  if (worker.done) {
    current_ = FibreId();
    worker.code = nullptr;
    const Outcome failure = std::exchange(worker.failure, nullptr);
    idle_[worker.host].push_back(&worker);
    end(id, failure);
    return;
  }
  if (const auto* start = std::exchange(fibre.starting, nullptr)) {
    try {
      begin(id, fibre.starting_waiting, *start);
    } catch (const std::bad_alloc&) { // nobody's failure: the run ends
      throw;
    } catch (...) {
      fibre.outcome = std::current_exception();
      make_ready(id);
    }
  }
  current_ = FibreId();
}

Outcome Fibres::take_outcome(FibreId id) { return std::exchange(fibres_[id].outcome, nullptr); }

void Fibres::python_ended(FibreId id, Outcome failure) {
  if (current_ == id)
    current_ = FibreId();
  end(id, std::move(failure));
}

// What the fibre began, and does not wait for: an exception came between.
void Fibres::cancel_abandoned(FibreId id) {
  Fibre& fibre = fibres_[id];
  if (std::exchange(fibre.operation, 0) != 0)
    std::exchange(fibre.cancel, {})();
  if (std::exchange(fibre.queued, false))
    std::erase_if(ready_, [id](const Ready& ready) { return ready.sink == nullptr && ready.fibre == id; });
  if (!aside_.empty()) {
    cancel_aside(id, nullptr);
    aside_.erase(id.value);
  }
}

void Fibres::end(FibreId id, Outcome failure) {
  if (fibres_[id].operation != 0 || fibres_[id].queued || !aside_.empty())
    cancel_abandoned(id);
  const Continuation ended = fibres_[id].job.ended;
  if (fibres_[id].lost && fibres_[id].job.dies_with_host)
    failure = nullptr;
  fibres_[id] = Fibre{};
  fibres_.remove(id);
  --live_;
  if (ended)
    ended(std::move(failure));
}

std::vector<std::string> Fibres::describe_waiting() const {
  std::vector<std::string> lines;
  for (std::uint32_t index = 0; index < fibres_.places(); ++index) {
    const Fibre& fibre = fibres_[FibreId(index)];
    if (!fibre.live)
      continue;
    std::string line = std::string(fibre.job.role) + " '" + *fibre.job.name + "' on " + fibre.job.host->get_name();
    if (fibre.job.invocation)
      line += " (invocation " + std::to_string(fibre.job.invocation->record.id) + ")";
    line += " waits for ";
    line += fibre.waiting.what;
    if (fibre.waiting.detail != nullptr)
      line += fibre.waiting.detail(fibre.waiting.self, fibre.cancel.tag);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<FibreId> Fibres::live_python() const {
  std::vector<FibreId> ids;
  for (std::uint32_t index = 0; index < fibres_.places(); ++index)
    if (fibres_[FibreId(index)].live && fibres_[FibreId(index)].worker == nullptr)
      ids.emplace_back(index);
  return ids;
}

void Fibres::refuse_killed() {
  if (s4u::Actor::is_maestro())
    return;
  if (const long self = s4u::this_actor::get_pid(); self != std::exchange(killed_, self))
    killed_refused_ = 0;
  while (++killed_refused_ > patience)
    s4u::this_actor::suspend(); // SimGrid frees a dying actor that calls it
}

void Fibres::forget_all() {
  for (std::uint32_t index = 0; index < fibres_.places(); ++index) {
    Fibre& fibre = fibres_[FibreId(index)];
    fibre.job = {};
    fibre.outcome = fibre.doom = nullptr;
  }
}

void Fibres::kill_all() {
  for (Worker& worker : workers_) {
    worker.killed = true;
    if (worker.actor)
      worker.actor->kill();
  }
  if (!workers_.empty())
    kernel_.run_actors();
  workers_.clear();
  actors_ = 0;
  idle_.clear();
}

} // namespace wrench_serverless
