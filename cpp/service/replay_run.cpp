#include "service/replay_run.hpp"

#include "engine/platform_query.hpp"
#include "model/prefetch.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/profile.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace wrench_serverless {

namespace {
constexpr std::size_t few_functions = 32; // all that they need stays in the cache
}

std::size_t Replay::requested() const { return run_->requested(); }
std::size_t Replay::ended() const { return run_->ended(); }
bool Replay::is_done() const { return run_->done(); }

ReplayRun::ReplayRun(FunctionManager::Parts& manager, Workload workload)
    : manager_(manager), runtime_(*manager.runtime), start_(runtime_.now()) {
  caller = &find_host(runtime_.kernel().engine(), manager.host);
  for (const auto& function : workload.functions) {
    manager.check_function(function);
    targets_.push_back(manager.target(function, nullptr));
  }
  take(std::move(workload));
  manager_.records->add(*this);
  runtime_.hold_open();
  schedule_next();
}

// A part of the workload: all that can be wrong with it is found now.
void ReplayRun::take(Workload part) {
  part.check();
  part_ = std::move(part);
  manager_.records->expect(part_.times.size());
  position_ = 0;
  order_.clear();
  if (!std::is_sorted(part_.times.begin(), part_.times.end())) {
    order_.resize(part_.times.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::stable_sort(order_.begin(), order_.end(),
                     [this](std::uint32_t a, std::uint32_t b) { return part_.times[a] < part_.times[b]; });
  }
  if (!part_.times.empty() && part_.times[next_row()] < last_)
    throw std::invalid_argument("times of a part of the workload begin at " + format_number(part_.times[next_row()]) +
                                " s: that is before the part before ended, at " + format_number(last_) + " s");
}

void ReplayRun::schedule_next() {
  while (position_ == part_.times.size()) {
    std::optional<Workload> next = part_.next ? part_.next() : std::nullopt;
    if (!next) {
      exhausted_ = true;
      part_ = {}; // the columns may go
      return finish_if_done();
    }
    if (!next->functions.empty() && next->functions != part_.functions)
      throw std::invalid_argument("functions of a part of the workload are not those of the part before");
    next->functions = part_.functions;
    if (!next->next)
      next->next = part_.next;
    take(std::move(*next));
  }
  const double time = part_.times[next_row()];
  if (!(time >= last_))
    refuse("times", next_row(), time);
  last_ = time;
  runtime_.schedule_in_line(Line::Calls, std::max(runtime_.now(), start_ + last_), *this, 0, 0);
}

// The columns are the caller's. A number that was not there when they were checked is found, at the latest, when it is
// needed: what comes of it would be nonsense, or worse.
void ReplayRun::refuse(const char* column, std::size_t row, double number) {
  throw std::invalid_argument(std::string(column) + "[" + std::to_string(row) + "] is " + format_number(number) +
                              " now: the columns of a workload must not change while it is replayed");
}

double ReplayRun::value(std::size_t column, std::size_t row) const {
  const double value = part_.values[column][row];
  if (!(value >= 0 && value <= std::numeric_limits<double>::max()))
    refuse("values", row, value);
  return value;
}

// The columns are read from one end to the other, but so much else is read in between that the machine doesn't see it.
void ReplayRun::foresee_columns() const {
  constexpr std::size_t ahead = 16;
  if (position_ + ahead >= part_.times.size())
    return;
  const std::size_t row = row_at(position_ + ahead);
  model::prefetch(&part_.times[row]);
  if (!part_.values.empty())
    model::prefetch(&part_.values[0][row]);
  if (!part_.which.empty())
    model::prefetch(&part_.which[row]);
}

// What the calls to come will need is asked for in time (model/prefetch.hpp).
void ReplayRun::foresee_calls() {
  foresee_sleep(3, false);
  foresee_sleep(1, true);
  const auto target = [&](std::size_t ahead) -> const FunctionManager::Parts::Target* {
    const std::size_t position = position_ + ahead;
    const std::size_t index = position < part_.times.size() ? part_.which[row_at(position)] : targets_.size();
    return index < targets_.size() ? &targets_[index] : nullptr;
  };
  constexpr std::size_t steps = ServerlessComputeService::Parts::calls_ahead;
  if (const auto* const next = target(steps + 1))
    model::prefetch_all(*next);
  for (std::size_t ahead = steps; ahead > 0; --ahead)
    if (const auto* const next = target(ahead); next != nullptr && next->function) {
      auto& likely = likely_[(position_ + ahead) % likely_.size()];
      likely = next->provider->foresee_call(next->function, likely, ahead);
    }
}

// Where the end of its sleep will wait, if it starts at once.
void ReplayRun::foresee_sleep(std::size_t ahead, bool near) const {
  if (position_ + ahead >= part_.times.size() || part_.values.empty())
    return;
  const std::size_t row = row_at(position_ + ahead);
  runtime_.foresee_schedule(start_ + part_.times[row] + part_.values[0][row], near);
}

void ReplayRun::on_event(std::uint32_t /*kind*/, std::uint64_t /*argument*/) {
  const std::size_t row = next_row();
  ++position_;
  calling_ = true;
  call(row);
  calling_ = false;
  schedule_next();
  foresee_columns();
  if (targets_.size() > few_functions)
    foresee_calls();
}

// Does the call only have to be put behind others of its function? Then it has been.
bool ReplayRun::goes_behind(const FunctionManager::Parts::Target& target, std::size_t row) {
  if (!target.declared || target.open_values > 1 || target.routed)
    return false;
  const double given = target.open_values > 0 ? value(0, row) : 0;
  ++requested_; // as policies see it that are asked now
  const bool done = target.provider->queue_at_once(target.function, *this, given);
  requested_ -= !done;
  return done;
}

void ReplayRun::call(std::size_t row) {
  const std::size_t index = part_.which.empty() ? 0 : part_.which[row];
  if (index >= targets_.size())
    refuse("which", row, static_cast<double>(index));
  const FunctionManager::Parts::Target& target = targets_[index];
  if (target.function && target.provider->has_queue(target.function) && goes_behind(target, row))
    return;
  const LiveId id = manager_.begin(target, *caller, this);
  ++requested_;
  LiveInvocation& live = (*manager_.records)[id];
  if (target.declared) {
    if (target.open_values > 0)
      live.value = value(0, row);
    for (std::size_t column = 1; column < target.open_values; ++column)
      live.unusual().more_values.push_back(value(column, row));
  } else if (!part_.values.empty()) {
    input_.clear();
    for (const auto& column : part_.values)
      input_.push_back(column[row]);
    live.call->input = target.registered->function->body->input_of(input_);
  }
  manager_.send(id);
}

void ReplayRun::close() {
  closed_ = true;
  part_ = {}; // and what gives the next one
}

void ReplayRun::one_ended() {
  ++ended_;
  if (!calling_)
    finish_if_done();
}

void ReplayRun::finish_if_done() {
  if (!done())
    return;
  runtime_.waiters().notify(waiters);
  runtime_.let_go();
}

} // namespace wrench_serverless
