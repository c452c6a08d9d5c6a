#include "wrench_serverless/results.hpp"
#include "model/costs.hpp"
#include "model/memory_block.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>

namespace wrench_serverless {

const char* to_string(InvocationState state) {
  static constexpr std::array names{"QUEUED", "STARTING", "RUNNING", "COMPLETED", "FAILED", "TIMED_OUT", "REFUSED"};
  return names[static_cast<std::size_t>(state)];
}

const char* to_string(ContainerEnd end) {
  static constexpr std::array names{"ALIVE", "EXPIRED", "EVICTED", "FAILED", "SCALED_DOWN"};
  return names[static_cast<std::size_t>(end)];
}

void InvocationTable::resize(std::size_t rows) {
  function.resize(rows, 0);
  provider.resize(rows, 0);
  node.resize(rows, -1);
  state.resize(rows, 0);
  cold.resize(rows, 0);
  attempts.resize(rows, 0);
  failure.resize(rows, 0);
  for (auto* column : {&requested, &admitted, &assigned, &started, &ended, &memory, &billed_seconds})
    column->resize(rows, never);
}

void InvocationTable::reserve(std::size_t rows) {
  const auto make_room = [rows](auto& column) {
    column.reserve(rows);
    model::memory_block::prefer_large(column.data(), column.capacity() * sizeof(column[0]));
  };
  make_room(function);
  make_room(provider);
  make_room(node);
  make_room(state);
  make_room(cold);
  make_room(attempts);
  make_room(failure);
  for (auto* column : {&requested, &admitted, &assigned, &started, &ended, &memory, &billed_seconds})
    make_room(*column);
}

void InvocationTable::append(const InvocationRecord& record) {
  const auto row = static_cast<std::uint32_t>(size());
  resize(row + 1);
  id.push_back(record.id);
  InvocationRecord there = record;
  there.id = row; // where it goes
  set_row(there);
}

// Column by column: thousands of rows here and there in one column stay in the cache, in all columns they don't.
void InvocationTable::set_rows(std::span<const InvocationRecord> records) {
  const auto set = [records](auto& column, auto&& value) {
    for (const InvocationRecord& record : records)
      column[record.id] = value(record);
  };
  using Record = const InvocationRecord&;
  set(function, [](Record record) { return record.function.value; });
  set(provider, [](Record record) { return static_cast<std::uint16_t>(record.provider.value); });
  set(node, [](Record record) { return record.node ? static_cast<std::int32_t>(record.node.value) : -1; });
  set(state, [](Record record) { return static_cast<std::uint8_t>(record.state); });
  set(cold, [](Record record) { return std::uint8_t{record.cold}; });
  set(attempts, [](Record record) { return record.attempts; });
  set(failure, [](Record record) { return record.failure; });
  set(requested, [](Record record) { return record.requested; });
  set(admitted, [](Record record) { return record.admitted; });
  set(assigned, [](Record record) { return record.assigned; });
  set(started, [](Record record) { return record.started; });
  set(ended, [](Record record) { return record.ended; });
  set(memory, [](Record record) { return record.memory; });
  set(billed_seconds, [](Record record) { return record.billed_seconds; });
}

void InvocationTable::begin_row(const InvocationRecord& record) {
  const std::size_t row = record.id;
  function[row] = record.function.value;
  provider[row] = static_cast<std::uint16_t>(record.provider.value);
  node[row] = record.node ? static_cast<std::int32_t>(record.node.value) : -1;
  cold[row] = std::uint8_t{record.cold};
  attempts[row] = record.attempts;
  requested[row] = record.requested;
  admitted[row] = record.admitted;
  assigned[row] = record.assigned;
  started[row] = record.started;
  memory[row] = record.memory;
}

InvocationRecord InvocationTable::record_of(std::uint32_t row) const {
  InvocationRecord record;
  record.id = row;
  record.function = FunctionId(function[row]);
  record.provider = ProviderId(std::uint32_t{provider[row]});
  if (node[row] >= 0)
    record.node = NodeId(static_cast<std::uint32_t>(node[row]));
  record.state = static_cast<InvocationState>(state[row]);
  record.cold = cold[row] != 0;
  record.attempts = attempts[row];
  record.failure = failure[row];
  record.requested = requested[row];
  record.admitted = admitted[row];
  record.assigned = assigned[row];
  record.started = started[row];
  record.ended = ended[row];
  record.memory = memory[row];
  record.billed_seconds = billed_seconds[row];
  return record;
}

void InvocationTable::end_rows(std::span<const End> ends) {
  for (const End& end : ends)
    state[end.row] = static_cast<std::uint8_t>(end.state);
  for (const End& end : ends)
    if (end.failure != 0) // hardly any; all others have none from the beginning
      failure[end.row] = end.failure;
  for (const End& end : ends)
    ended[end.row] = end.ended;
  for (const End& end : ends)
    billed_seconds[end.row] = end.billed_seconds;
}

namespace {

// Linear interpolation between the closest ranks, as NumPy's default. Sorts its argument as far as needed.
double percentile(std::vector<double>& values, double percent) {
  if (values.empty())
    return never;
  const double position = percent / 100 * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(low);
  std::nth_element(values.begin(), nth, values.end());
  const double below = *nth;
  if (low + 1 == values.size())
    return below;
  const double above = *std::min_element(nth + 1, values.end());
  return below + (above - below) * (position - static_cast<double>(low));
}

void add_percentiles(std::vector<SummaryLine>& lines, const std::string& name, std::vector<double>& values) {
  double sum = 0;
  for (const double value : values)
    sum += value;
  lines.push_back({name + "_mean", values.empty() ? never : sum / static_cast<double>(values.size()), "s"});
  for (const double percent : {50.0, 95.0, 99.0})
    lines.push_back({name + "_p" + std::to_string(static_cast<int>(percent)), percentile(values, percent), "s"});
  lines.push_back({name + "_max", percentile(values, 100), "s"});
}

void add_percentiles(std::vector<SummaryLine>& lines, const std::string& name, const Sketch& values) {
  lines.push_back({name + "_mean", values.mean(), "s"});
  for (const double percent : {50.0, 95.0, 99.0})
    lines.push_back({name + "_p" + std::to_string(static_cast<int>(percent)), values.percentile(percent), "s"});
  lines.push_back({name + "_max", values.max(), "s"});
}

// What the summary says of invocations, from all records, or from statistics.
struct Figures {
  double count = 0;
  std::array<double, 7> by_state{};
  double assigned = 0;
  double cold = 0;
  double byte_seconds = 0;
  std::vector<SummaryLine> times;
};

Figures figures_of(const InvocationTable& table) {
  Figures figures;
  std::vector<double> latency;
  std::vector<double> waiting;
  figures.count = static_cast<double>(table.size());
  for (std::size_t row = 0; row < table.size(); ++row) {
    ++figures.by_state[table.state[row]];
    figures.byte_seconds +=
        table.memory[row] * table.billed_seconds[row]; // of all attempts, also if the last never ran
    figures.assigned += std::isnan(table.assigned[row]) ? 0 : 1;
    figures.cold += table.cold[row];
    if (std::isnan(table.started[row]))
      continue;
    waiting.push_back(table.started[row] - table.requested[row]);
    if (!std::isnan(table.ended[row]))
      latency.push_back(table.ended[row] - table.requested[row]);
  }
  add_percentiles(figures.times, "latency", latency);
  add_percentiles(figures.times, "waiting", waiting);
  return figures;
}

Figures figures_of(const Statistics& statistics) {
  Figures figures;
  figures.count = static_cast<double>(statistics.count());
  for (std::size_t state = 0; state < figures.by_state.size(); ++state)
    figures.by_state[state] = static_cast<double>(statistics.by_state[state]);
  figures.assigned = static_cast<double>(statistics.assigned);
  figures.cold = static_cast<double>(statistics.cold);
  figures.byte_seconds = statistics.byte_seconds;
  add_percentiles(figures.times, "latency", statistics.latency);
  add_percentiles(figures.times, "waiting", statistics.waiting);
  return figures;
}

// "TIMED_OUT" → "timed_out"
std::string key_of(InvocationState state) {
  std::string name = to_string(state);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

} // namespace

std::vector<SummaryLine> Results::summary() const {
  const Figures figures = statistics ? figures_of(*statistics) : figures_of(*invocations);
  std::vector<SummaryLine> lines;
  lines.push_back({"simulated_time", now, "s"});
  lines.push_back({"invocations", figures.count, ""});
  for (std::size_t state = 0; state < figures.by_state.size(); ++state)
    lines.push_back({key_of(static_cast<InvocationState>(state)), figures.by_state[state], ""});
  lines.push_back({"cold_starts", figures.cold, ""});
  lines.push_back({"cold_share", figures.assigned > 0 ? figures.cold / figures.assigned : never, ""});
  lines.push_back({"containers", static_cast<double>(containers->size()), ""});
  lines.insert(lines.end(), figures.times.begin(), figures.times.end());
  const double slots = std::accumulate(node_slots.begin(), node_slots.end(), 0.0);
  const SlotUse::Shares shares = slot_use ? slot_use->utilisation(slots) : SlotUse::Shares{never, never};
  lines.push_back({"utilisation", shares.held, ""});
  lines.push_back({"body_utilisation", shares.body, ""});
  lines.push_back({"billed", figures.byte_seconds / 1e9, "GB-s"});
  const MemoryCosts costs = memory_costs(*this);
  lines.push_back({"idle", costs.idle / 1e9, "GB-s"});
  const double moved = std::accumulate(transfers->bytes.begin(), transfers->bytes.end(), 0.0);
  lines.push_back({"transferred", moved / 1e9, "GB"});
  lines.push_back({"provisioned", costs.provisioned > 0 ? costs.provisioned / 1e9 : never, "GB-s"});
  lines.push_back({"cost", costs.cost, ""});
  return lines;
}

std::map<std::string, std::uint64_t> Results::failures() const {
  if (statistics)
    return statistics->failures;
  std::map<std::string, std::uint64_t> counts;
  for (const std::uint16_t failure : invocations->failure)
    if (failure != 0)
      ++counts[failure_names.at(failure)];
  return counts;
}

} // namespace wrench_serverless
