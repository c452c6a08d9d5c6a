// What a simulation leaves behind: tables with one column for each quantity, and a summary of them.
//
// Results are immutable and independent of the simulation that made them.
#pragma once

#include "wrench_serverless/billing.hpp"
#include "wrench_serverless/invocation.hpp"
#include "wrench_serverless/slot_use.hpp"
#include "wrench_serverless/statistics.hpp"
#include "wrench_serverless/units.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wrench_serverless {

// Which invocations are recorded one by one. All: each has its row. Sampled: a share of them, drawn by the seed;
// Summary: none; Streamed: each, but the rows are given away by the thousand. But for All there are statistics of all
// of them.
enum class RecordMode : std::uint8_t { All, Sampled, Summary, Streamed };

// One row for each recorded invocation. All of them: in order of the calls, row number = id, and the column `id` is
// empty; else in order of their ends. Times in simulated seconds, NaN: never happened.
struct InvocationTable {
  std::vector<std::uint32_t> id;
  std::vector<std::uint32_t> function; // index in Results::function_names
  std::vector<std::uint16_t> provider; // index in Results::provider_names
  std::vector<std::int32_t> node;      // index in Results::node_names; -1: never placed
  std::vector<std::uint8_t> state;     // InvocationState
  std::vector<std::uint8_t> cold;      // it waited for any part of a container's start, at its last attempt
  std::vector<std::uint16_t> attempts;
  std::vector<std::uint16_t> failure; // of its last attempt: index in Results::failure_names
  std::vector<double> requested, admitted, assigned, started, ended;
  std::vector<double> memory;         // bytes
  std::vector<double> billed_seconds; // s

  std::size_t size() const { return function.size(); }
  std::size_t capacity() const { return function.capacity(); } // rows that need no more memory
  void resize(std::size_t rows); // new ones are of invocations that have just been requested
  void reserve(std::size_t rows);
  void set_row(const InvocationRecord& record) { set_rows({&record, 1}); }
  void set_rows(std::span<const InvocationRecord> records);
  // The same in two steps: what is known of one when its body starts, and the rest.
  void begin_row(const InvocationRecord& record);
  struct End {
    std::uint32_t row;
    InvocationState state;
    std::uint16_t failure;
    double ended, billed_seconds;
  };
  void end_rows(std::span<const End> ends);
  void append(const InvocationRecord& record); // with its id
  // Of all invocations' table: the row as a record.
  InvocationRecord record_of(std::uint32_t row) const;
};

// Why a container ended.
enum class ContainerEnd : std::uint8_t { Alive, Expired, Evicted, Failed, ScaledDown };
const char* to_string(ContainerEnd end);

// One row for each container, in order of their claims. `ended` is NaN for those that live on at the end.
struct ContainerTable {
  std::vector<std::uint32_t> function;
  std::vector<std::uint16_t> provider;
  std::vector<std::int32_t> node;
  std::vector<double> claimed; // slot, memory and storage reserved
  std::vector<double> ready;   // cold start over
  std::vector<double> ended;
  std::vector<std::uint8_t> reason; // ContainerEnd
  std::vector<std::uint32_t> invocations;
  std::vector<double> busy_seconds;
  std::vector<double> memory;            // bytes
  std::vector<std::uint8_t> provisioned; // R32

  std::size_t size() const { return function.size(); }
};

// One row for each transfer that ended: a copy between storage services, in order of their ends.
struct TransferTable {
  std::vector<std::string> file;
  std::vector<std::string> source; // storage services
  std::vector<std::string> destination;
  std::vector<double> bytes;
  std::vector<double> started, ended;
  std::vector<std::uint8_t> completed;

  std::size_t size() const { return file.size(); }
};

// One figure of a summary: "latency_p99" … A NaN value: nothing to measure.
struct SummaryLine {
  std::string name;
  double value;
  std::string unit; // "" for counts and shares
};

struct Results {
  std::shared_ptr<const InvocationTable> invocations;
  std::shared_ptr<const ContainerTable> containers;
  std::shared_ptr<const TransferTable> transfers;
  std::shared_ptr<const Statistics> statistics; // of all invocations; null if all are recorded
  std::shared_ptr<const SlotUse> slot_use;
  std::vector<std::string> function_names, provider_names, node_names;
  std::vector<std::string> failure_names; // types of exceptions, without their namespaces; the first one is "": none
  std::vector<int> node_slots;            // of each node
  std::vector<Billing> billing;           // of each provider
  double now = 0;                         // the simulated time at which they were taken
  std::uint64_t seed = 0;

  // Counts of calls by state; of those that waited for a container's start (cold_starts, and their share of those that
  // a container took); of containers that started; latency (ended - requested) and waiting (started - requested) of
  // those that ran, as mean, percentiles and max; utilisation, the share of the slots held, and body_utilisation, of
  // those with a body in them, over the time from the first call to the last end (slot_use.hpp); GB-s billed, and of
  // containers that were idle, or provisioned; GB transferred; the cost, if a provider asks for anything.
  std::vector<SummaryLine> summary() const;
  // How many invocations failed, were refused or timed out, by the names of the reasons.
  std::map<std::string, std::uint64_t> failures() const;
  // What each invocation costs.
  std::vector<double> costs() const;
};

} // namespace wrench_serverless
