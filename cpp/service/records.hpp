// The invocations under way and the records of all: the one place that writes the tables of the results.
#pragma once

#include "model/slab.hpp"
#include "model/slot_meter.hpp"
#include "service/call_queue.hpp"
#include "service/live_invocation.hpp"
#include "wrench_serverless/results.hpp"
#include "wrench_serverless/signals.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace wrench_serverless {

struct RecordOptions {
  RecordMode mode = RecordMode::All;
  double sample = 0.01;
  std::uint64_t seed = 0;
  std::function<void(const std::shared_ptr<const InvocationTable>&)> rows = {};
  std::size_t rows_at_a_time = 1'000'000;
};

class Records {
public:
  // std::invalid_argument names the option.
  explicit Records(RecordOptions options = {});
  // The simulated time, as long as the records live. Until then it is 0.
  void follow(const double& clock) { slot_meter_.follow(clock); }

  // `source`: the replay that it comes from, or null.
  LiveId begin(FunctionId function, ProviderId provider, ReplaySource* source);
  // So many more are to come: room for their rows is made at once.
  void expect(std::size_t more);
  // What only an invocation needs that somebody has a handle of, or that has code to run.
  void make_call(LiveInvocation& live, std::shared_ptr<const std::string> function_name);
  LiveInvocation& operator[](LiveId id) { return live_[id]; }
  // For events that may come too late: the invocation, or nullptr if it has ended.
  LiveInvocation* find(std::uint64_t tag);
  // The same, if it is not about to end either.
  LiveInvocation* find_unfinished(std::uint64_t tag) {
    LiveInvocation* live = find(tag);
    return live != nullptr && !is_final(live->record.state) ? live : nullptr;
  }
  std::uint64_t tag(LiveId id) const { return std::uint64_t{live_[id].generation} << 32 | id.value; }
  // The same through all attempts (R35): for the head's answer.
  std::uint64_t call_tag(LiveId id) const { return std::uint64_t{live_[id].first_generation} << 32 | id.value; }
  LiveInvocation* find_call(std::uint64_t tag) {
    LiveInvocation& live = live_[id_of(tag)];
    return live.live && live.first_generation == static_cast<std::uint32_t>(tag >> 32) ? &live : nullptr;
  }
  // All that have begun and not ended, in no order that means anything but always the same.
  template <class Function> void for_each_live(Function&& function) {
    for (std::uint32_t index = 0; index < live_.places(); ++index)
      if (live_[LiveId(index)].live)
        function(LiveId(index), live_[LiveId(index)]);
  }
  // A queue lives as long as the records do.
  CallQueue& add_queue(const CallQueue::Rows& rows) { return queues_.emplace_back(queue_blocks_, rows); }
  void add(ReplaySource& source);
  // A call goes into a queue, and comes out of it again. If it may be parked, with another LiveId as a rule, and as a
  // new attempt, so that whoever kept its tag finds nobody: between the two, it is a QueuedCall only.
  void enqueue(CallQueue& queue, LiveId id, bool may_park);
  // A call that was made now goes into a queue as it would be parked there, and was never live.
  void park(CallQueue& queue, const ReplaySource& source, double value, double now, std::uint64_t sequence);
  // The first call of a queue goes to the end of another one, or of the same.
  static void move_first(CallQueue& from, CallQueue& to, std::uint64_t sequence);
  // Precondition: the queue is not empty. `function`: as the provider counts them.
  LiveId dequeue(CallQueue& queue, ServerlessComputeService::Parts& provider, FunctionId function);
  // One whose body sleeps, and whose row has begun, is not live for a while: its place is free, and all that there is
  // of it is its row and what its provider keeps. Its row is written to the end while its neighbours' are near: it
  // completes at that date, unless something comes in between.
  void fall_asleep(LiveId id, double ended, double billed_seconds);
  LiveInvocation& wake(std::uint32_t call, std::uint8_t source); // as it was, but for its work, and where it runs
  void sleeps_on(std::uint32_t call);                            // for its row, when somebody looks
  // It has completed without being woken.
  void end_asleep(std::uint32_t call, std::uint8_t source, double now, double billed_seconds);
  static LiveId id_of(std::uint64_t tag) { return LiveId(static_cast<std::uint32_t>(tag)); }
  // The attempt before is over: as if it had just been requested, but with its date, input and handles (R35).
  void begin_attempt(LiveInvocation& live);
  Invocation handle(LiveInvocation& live);
  // Writes its row for good; its place is free afterwards.
  void end(LiveId id);
  // The simulation is over: lets go of inputs and handles. The records stay as they are.
  void release();
  std::size_t ended() const { return count_ - live_.size() - parked_ - asleep_; }
  // Streamed rows that are still here are given away.
  void flush();

  const std::string& function_name(const LiveInvocation& live) const {
    return function_names_[live.record.function.value];
  }
  // Indices in the tables. The same name gets the same index.
  FunctionId function(const std::string& name);
  ProviderId provider(const std::string& name, const Billing& billing);
  NodeId node(const std::string& name, int slots);

  // A row for a container that starts; its index.
  struct NewContainer {
    FunctionId function;
    ProviderId provider;
    NodeId node;
    double claimed;
    double memory; // bytes
    bool provisioned;
  };
  std::uint32_t begin_container(const NewContainer& container);
  // The slots in use: whoever takes one or gives one back, or starts or ends a body there, says so.
  model::SlotMeter& slot_meter() { return slot_meter_; }
  // What a failure is recorded as (service/failure_name.hpp); 0: nothing failed.
  std::uint16_t failure(const Outcome& failure);
  // What it has done up to now. A table that results share is left alone where nothing is new.
  void container_has(std::uint32_t row, std::uint32_t invocations, double busy_seconds);
  void container_is_ready(std::uint32_t row, double now);
  void container_ended(std::uint32_t row, double now, ContainerEnd reason);

  // Its body starts. What is known by then is written at once, while its neighbours' rows are near; most of what was
  // said of it will not be needed when it ends.
  void begin_row(LiveInvocation& live) {
    if (options_.mode != RecordMode::All)
      return;
    live.row_begun = true;
    table_with(live.record.id).begin_row(live.record);
  }

  // The one place where an invocation gets a new state. Handles see the record as it is then.
  void enter(LiveInvocation& live, InvocationState state) {
    live.record.state = state;
    if (is_final(state))
      slot_meter_.ended();
    if (live.call)
      live.call->data->record = live.record;
    if (on_invocation_state.observed())
      on_invocation_state(handle(live));
  }
  Signal<const Invocation&> on_invocation_state;
  Signal<const ContainerEvent&> on_container_start, on_container_end;

  // Called before results are taken: for what is kept elsewhere until somebody looks.
  void before_results(std::function<void()> hook) { before_results_.push_back(std::move(hook)); }
  // Everything up to now. What was given away before is not touched by what comes after.
  void fill(Results& results);

private:
  template <class Function> void for_each_parked(Function&& function) const;
  static InvocationRecord record_of(const QueuedCall& call, const CallQueue::Rows& rows);
  static constexpr std::uint32_t rows_ahead = 1024; // of a table that grows
  // To write to: a table that results share is copied first.
  template <class Table> static Table& own(std::shared_ptr<Table>& table) {
    if (table.use_count() > 1)
      table = std::make_shared<Table>(*table);
    return *table;
  }
  LiveInvocation& take_live();
  void close(LiveInvocation& live);
  void write(const InvocationRecord& record);
  void add_to(Statistics& statistics, const InvocationRecord& record, double cost) const;
  void write_end(const InvocationTable::End& end);
  void write_rows();
  // All columns have this row.
  InvocationTable& table_with(std::uint32_t row) {
    InvocationTable& table = own(invocations_);
    if (row >= table.size()) // rows of those that have not ended are in order when results are given
      table.resize(std::max<std::size_t>(row + 1, std::min<std::size_t>(row + rows_ahead, table.capacity())));
    return table;
  }
  bool enough(std::size_t rows) const;
  bool go_on();
  bool is_sampled(std::uint32_t id) const;
  ContainerEvent container_event(std::uint32_t row, double now) const;

  RecordOptions options_;
  model::SlotMeter slot_meter_;
  std::uint32_t count_ = 0;
  Statistics statistics_;
  std::shared_ptr<InvocationTable> invocations_;
  // To be written to it, if all are recorded: what is missing of those whose body has started, and all of the others.
  std::vector<InvocationTable::End> ends_;
  std::vector<InvocationRecord> ended_;
  std::shared_ptr<ContainerTable> containers_;
  std::vector<std::string> function_names_, provider_names_, node_names_, failure_names_{""};
  std::vector<int> node_slots_;
  std::vector<Billing> billing_; // by provider
  std::unordered_map<std::string, std::uint32_t> function_index_, provider_index_, node_index_, failure_index_{{"", 0}};
  model::Slab<LiveInvocation, LiveId> live_;
  CallQueue::Pool queue_blocks_;
  std::deque<CallQueue> queues_;
  std::size_t parked_ = 0; // calls in queues that are not live
  std::size_t asleep_ = 0; // nor these; and of these, those whose rows say that they are not at their end:
  std::unordered_set<std::uint32_t> reopened_;
  std::vector<ReplaySource*> sources_;
  std::vector<std::unique_ptr<LiveCall>> spare_calls_;
  std::vector<std::function<void()>> before_results_;
  std::uint32_t generation_ = 0;
};

} // namespace wrench_serverless
