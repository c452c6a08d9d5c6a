#include "service/records.hpp"

#include "model/costs.hpp"
#include "service/failure_name.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace wrench_serverless {

namespace {
constexpr std::size_t fewest_rows = 256, most_rows = 65'536; // written at a time
constexpr double no_time = 0;
constexpr std::size_t most_failure_names = std::numeric_limits<std::uint16_t>::max();
constexpr const char* other_failures = "(other)"; // than the first ones; who makes types as the run goes on has so many
} // namespace

Records::Records(RecordOptions options)
    : options_(std::move(options)), slot_meter_(no_time), invocations_(std::make_shared<InvocationTable>()),
      containers_(std::make_shared<ContainerTable>()) {
  if (!(options_.sample >= 0 && options_.sample <= 1))
    throw std::invalid_argument("sample is " + format_number(options_.sample) + ": it must be a share from 0 to 1");
  if (options_.mode == RecordMode::Streamed && !options_.rows)
    throw std::invalid_argument("rows is missing: somebody has to take the rows that are streamed");
  if (options_.rows_at_a_time < 1)
    throw std::invalid_argument("rows_at_a_time is 0: it must be at least 1");
}

LiveInvocation& Records::take_live() {
  const LiveId id = live_.take();
  LiveInvocation& live = live_[id];
  live.generation = live.first_generation = ++generation_;
  live.live = true;
  live.id = id;
  return live;
}

LiveId Records::begin(FunctionId function, ProviderId provider, ReplaySource* source) {
  slot_meter_.called();
  LiveInvocation& live = take_live();
  live.record = InvocationRecord();
  live.record.id = count_++;
  live.record.function = function;
  live.record.provider = provider;
  live.source = source;
  return live.id;
}

void Records::add(ReplaySource& source) {
  source.number = static_cast<std::uint32_t>(sources_.size());
  sources_.push_back(&source);
}

void Records::enqueue(CallQueue& queue, LiveId id, bool may_park) {
  LiveInvocation& live = live_[id];
  QueuedCall& call = queue.push_back();
  call.sequence = live.sequence;
  call.record = live.record.id;
  if (!may_park || !live.is_plain()) {
    call.who = id.value << 1;
    return;
  }
  call.value = live.value;
  call.requested = live.record.requested;
  call.admitted = live.record.admitted;
  call.who = live.source->number << 1 | 1;
  ++parked_;
  ++live.generation; // nobody's
  live.reset();
  live_.remove(id);
}

void Records::park(CallQueue& queue, const ReplaySource& source, double value, double now, std::uint64_t sequence) {
  queue.push_back() = {.sequence = sequence,
                       .value = value,
                       .requested = now,
                       .admitted = now,
                       .record = count_++,
                       .who = source.number << 1 | 1};
  ++parked_;
}

void Records::move_first(CallQueue& from, CallQueue& to, std::uint64_t sequence) {
  QueuedCall call = from.front();
  call.sequence = sequence;
  from.pop_front();
  to.push_back() = call;
}

LiveId Records::dequeue(CallQueue& queue, ServerlessComputeService::Parts& provider, FunctionId function) {
  const QueuedCall& call = queue.front();
  if (!call.is_parked()) {
    const LiveId id(call.who >> 1);
    queue.pop_front();
    return id;
  }
  LiveInvocation& live = take_live();
  live.source = sources_[call.who >> 1];
  live.sequence = call.sequence;
  live.value = call.value;
  live.record = record_of(call, queue.rows);
  live.function = function;
  live.provider = &provider;
  live.caller = live.source->caller;
  live.answered = true; // else it would not wait
  --parked_;
  queue.pop_front();
  return live.id;
}

InvocationRecord Records::record_of(const QueuedCall& call, const CallQueue::Rows& rows) {
  InvocationRecord record;
  record.id = call.record;
  record.function = rows.function;
  record.provider = rows.provider;
  record.requested = call.requested;
  record.admitted = call.admitted;
  record.memory = rows.memory;
  return record;
}

template <class Function> void Records::for_each_parked(Function&& function) const {
  for (const CallQueue& queue : queues_)
    for (std::size_t number = 0; number < queue.size(); ++number)
      if (queue[number].is_parked())
        function(record_of(queue[number], queue.rows));
}

void Records::expect(std::size_t more) {
  if (options_.mode == RecordMode::All && count_ + more > invocations_->function.capacity())
    own(invocations_).reserve(std::max(count_ + more, 2 * invocations_->size()));
}

void Records::make_call(LiveInvocation& live, std::shared_ptr<const std::string> function_name) {
  if (spare_calls_.empty()) {
    live.call = std::make_unique<LiveCall>();
  } else {
    live.call = std::move(spare_calls_.back());
    spare_calls_.pop_back();
  }
  live.call->data = std::make_shared<InvocationData>();
  live.call->data->record = live.record;
  live.call->data->live = live.id;
  live.call->data->name = std::move(function_name);
}

// For observers: one of a replay gets a handle when somebody looks.
Invocation Records::handle(LiveInvocation& live) {
  if (!live.call)
    make_call(live, std::make_shared<const std::string>(function_name(live)));
  if (live.record.node && !live.call->data->node)
    live.call->data->node = std::make_shared<const std::string>(node_names_[live.record.node.value]);
  return Invocation(live.call->data);
}

LiveInvocation* Records::find(std::uint64_t tag) {
  LiveInvocation& live = live_[id_of(tag)];
  return live.generation == static_cast<std::uint32_t>(tag >> 32) ? &live : nullptr;
}

// By the id alone, so that one more draw elsewhere changes nothing here (R29). The mixing is that of splitmix64.
bool Records::is_sampled(std::uint32_t id) const {
  std::uint64_t bits = options_.seed * 0x9e3779b97f4a7c15U + id + 1;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  bits ^= bits >> 31;
  return static_cast<double>(bits >> 11) * 0x1p-53 < options_.sample;
}

void Records::add_to(Statistics& statistics, const InvocationRecord& record, double cost) const {
  statistics.add(record, failure_names_[record.failure], cost);
}

void Records::write(const InvocationRecord& record) {
  if (options_.mode == RecordMode::All) {
    ended_.push_back(record);
    if (enough(ended_.size()))
      write_rows();
    return;
  }
  const Billing& billing = billing_[record.provider.value];
  add_to(statistics_, record, cost_of(billing, bool(record.node), record.memory, record.billed_seconds));
  if (options_.mode == RecordMode::Summary || (options_.mode == RecordMode::Sampled && !is_sampled(record.id)))
    return;
  own(invocations_).append(record);
}

// Those that end one after the other have rows far from each other where many are under way: they are written when
// there are as many.
bool Records::enough(std::size_t rows) const { return rows >= std::clamp(live_.places(), fewest_rows, most_rows); }

void Records::write_end(const InvocationTable::End& end) {
  ends_.push_back(end);
  if (enough(ends_.size()))
    write_rows();
}

void Records::write_rows() {
  if (!ended_.empty())
    table_with(std::ranges::max(ended_, {}, &InvocationRecord::id).id).set_rows(ended_);
  ended_.clear();
  if (!ends_.empty())
    own(invocations_).end_rows(ends_);
  ends_.clear();
}

void Records::flush() {
  if (options_.mode != RecordMode::Streamed || invocations_->size() == 0)
    return;
  options_.rows(invocations_); // it may fail, on a full disk: then they are still here
  invocations_ = std::make_shared<InvocationTable>();
}

void Records::close(LiveInvocation& live) {
  if (live.row_begun)
    write_end({live.record.id, live.record.state, live.record.failure, live.record.ended, live.record.billed_seconds});
  else
    write(live.record);
  if (live.call) {
    live.call->data->record = live.record;
    live.call->data->live = LiveId();
    *live.call = LiveCall{};
    spare_calls_.push_back(std::move(live.call));
  }
  live.reset();
}

void Records::begin_attempt(LiveInvocation& live) {
  live.generation = ++generation_;
  ++live.record.attempts;
  live.record.state = InvocationState::Queued;
  live.record.node = NodeId();
  live.record.cold = false;
  live.record.assigned = live.record.started = never;
  live.container = ContainerId();
  live.step = live.next_value = 0;
  live.between = true;
  live.row_begun = false;
  if (live.is_unusual)
    live.unusual().failure = live.unusual().timeout = live.unusual().lost = nullptr;
  if (LiveCall* const call = live.call.get()) {
    call->run = BodyRun{};
    call->data->node = nullptr;
    call->data->record = live.record;
  }
}

void Records::end(LiveId id) {
  LiveInvocation& live = live_[id];
  ReplaySource* const source = live.source;
  if (const Unusual* const unusual = live.what_is_unusual(); unusual != nullptr && unusual->router != nullptr)
    unusual->router->call_ended(live);
  close(live);
  live_.remove(id);
  if (source != nullptr)
    source->one_ended();
  if (invocations_->size() >= options_.rows_at_a_time) // last of all, as it may fail: nothing is half done then
    flush();
}

void Records::fall_asleep(LiveId id, double ended, double billed_seconds) {
  LiveInvocation& live = live_[id];
  own(invocations_).end_rows({{{live.record.id, InvocationState::Completed, 0, ended, billed_seconds}}});
  ++asleep_;
  ++live.generation; // nobody's
  live.reset();
  live_.remove(id);
}

LiveInvocation& Records::wake(std::uint32_t call, std::uint8_t source) {
  LiveInvocation& live = take_live();
  live.record = invocations_->record_of(call);
  live.record.state = InvocationState::Running;
  live.record.ended = never;
  live.record.billed_seconds = 0;
  live.source = sources_[source];
  live.caller = live.source->caller;
  live.answered = true;
  live.row_begun = true;
  reopened_.erase(call);
  --asleep_;
  return live;
}

void Records::sleeps_on(std::uint32_t call) {
  if (reopened_.insert(call).second)
    own(invocations_).end_rows({{{call, InvocationState::Running, 0, never, 0}}});
}

void Records::end_asleep(std::uint32_t call, std::uint8_t source, double now, double billed_seconds) {
  --asleep_;
  slot_meter_.ended();
  if (!reopened_.empty() && reopened_.erase(call) > 0)
    write_end({call, InvocationState::Completed, 0, now, billed_seconds});
  sources_[source]->one_ended();
}

void Records::release() {
  if (go_on())
    slot_meter_.ended(); // some were under way until now
  on_invocation_state.clear();
  on_container_start.clear();
  on_container_end.clear();
  for (std::uint32_t index = 0; index < live_.places(); ++index) {
    if (LiveInvocation& live = live_[LiveId(index)]; live.live)
      close(live);
  }
  for_each_parked([&](const InvocationRecord& record) { write(record); });
  for (CallQueue& queue : queues_)
    while (!queue.empty())
      queue.pop_front();
  parked_ = 0;
}

namespace {

std::uint32_t index_of(const std::string& name, std::unordered_map<std::string, std::uint32_t>& index,
                       std::vector<std::string>& names) {
  const auto [place, fresh] = index.try_emplace(name, static_cast<std::uint32_t>(names.size()));
  if (fresh)
    names.push_back(name);
  return place->second;
}

} // namespace

FunctionId Records::function(const std::string& name) {
  return FunctionId(index_of(name, function_index_, function_names_));
}

std::uint16_t Records::failure(const Outcome& failure) {
  if (failure == nullptr)
    return 0;
  std::string name = failure_name(failure);
  if (failure_names_.size() >= most_failure_names && !failure_index_.contains(name))
    name = other_failures;
  return static_cast<std::uint16_t>(index_of(name, failure_index_, failure_names_));
}

ProviderId Records::provider(const std::string& name, const Billing& billing) {
  const ProviderId id(index_of(name, provider_index_, provider_names_));
  billing_.resize(provider_names_.size());
  billing_[id.value] = billing;
  return id;
}

NodeId Records::node(const std::string& name, int slots) {
  const NodeId id(index_of(name, node_index_, node_names_));
  node_slots_.resize(node_names_.size(), 0);
  node_slots_[id.value] += slots;
  return id;
}

std::uint32_t Records::begin_container(const NewContainer& container) {
  ContainerTable& table = own(containers_);
  table.function.push_back(container.function.value);
  table.provider.push_back(static_cast<std::uint16_t>(container.provider.value));
  table.node.push_back(static_cast<std::int32_t>(container.node.value));
  table.claimed.push_back(container.claimed);
  table.ready.push_back(never);
  table.ended.push_back(never);
  table.reason.push_back(static_cast<std::uint8_t>(ContainerEnd::Alive));
  table.invocations.push_back(0);
  table.busy_seconds.push_back(0);
  table.memory.push_back(container.memory);
  table.provisioned.push_back(container.provisioned ? 1 : 0);
  return static_cast<std::uint32_t>(table.size() - 1);
}

ContainerEvent Records::container_event(std::uint32_t row, double now) const {
  const ContainerTable& table = *containers_;
  return {.time = now,
          .container = row,
          .function = function_names_[table.function[row]],
          .provider = provider_names_[table.provider[row]],
          .node = node_names_[static_cast<std::size_t>(table.node[row])],
          .reason = static_cast<ContainerEnd>(table.reason[row])};
}

void Records::container_has(std::uint32_t row, std::uint32_t invocations, double busy_seconds) {
  if (containers_->invocations[row] == invocations && containers_->busy_seconds[row] == busy_seconds)
    return;
  ContainerTable& table = own(containers_);
  table.invocations[row] = invocations;
  table.busy_seconds[row] = busy_seconds;
}

void Records::container_is_ready(std::uint32_t row, double now) {
  own(containers_).ready[row] = now;
  if (on_container_start.observed())
    on_container_start(container_event(row, now));
}

void Records::container_ended(std::uint32_t row, double now, ContainerEnd reason) {
  ContainerTable& table = own(containers_);
  table.ended[row] = now;
  table.reason[row] = static_cast<std::uint8_t>(reason);
  if (on_container_end.observed())
    on_container_end(container_event(row, now));
}

// Are calls under way? Those that only have to be told are not.
bool Records::go_on() {
  bool found = parked_ + asleep_ > 0;
  for_each_live([&](LiveId, const LiveInvocation& live) { found = found || !is_final(live.record.state); });
  return found;
}

void Records::fill(Results& results) {
  write_rows();
  for (const auto& hook : before_results_)
    hook();
  std::shared_ptr<Statistics> statistics;
  if (options_.mode != RecordMode::All)
    results.statistics = statistics = std::make_shared<Statistics>(statistics_);
  else if (invocations_->size() != count_) // else two results of one state share it
    own(invocations_).resize(count_);
  const auto add = [&](const InvocationRecord& record) {
    if (statistics)
      add_to(*statistics, record, 0);
    else
      own(invocations_).set_row(record);
  };
  for_each_live([&](LiveId, const LiveInvocation& live) { add(live.record); });
  for_each_parked(add);
  results.invocations = invocations_;
  results.containers = containers_;
  results.function_names = function_names_;
  results.provider_names = provider_names_;
  results.node_names = node_names_;
  results.failure_names = failure_names_;
  results.slot_use = std::make_shared<const SlotUse>(slot_meter_.use(go_on()));
  results.node_slots = node_slots_;
  results.billing = billing_;
}

} // namespace wrench_serverless
