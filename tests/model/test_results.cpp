// Tables and their summary: percentiles, shares and utilisation against sums by hand.
#include "wrench_serverless/results.hpp"

#include <catch.hpp>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace ws = wrench_serverless;
using State = ws::InvocationState;

namespace {

struct Row {
  double requested, started, ended;
  State state = State::Completed;
  bool cold = false;
  double memory = 1e9;
};

ws::Results results_of(const std::vector<Row>& rows, double now, std::vector<int> slots = {1}) {
  ws::InvocationTable table;
  for (const Row& row : rows) {
    ws::InvocationRecord record;
    record.id = static_cast<std::uint32_t>(table.size());
    record.function = ws::FunctionId(0U);
    record.provider = ws::ProviderId(0U);
    record.state = row.state;
    record.cold = row.cold;
    record.requested = row.requested;
    record.assigned = row.state == State::Starting ? row.requested : row.started;
    record.started = row.started;
    record.ended = row.ended;
    record.memory = row.memory;
    record.billed_seconds = std::isnan(row.started) || std::isnan(row.ended) ? 0 : row.ended - row.started;
    table.resize(table.size() + 1);
    table.set_row(record);
  }
  ws::Results results;
  results.invocations = std::make_shared<const ws::InvocationTable>(std::move(table));
  results.containers = std::make_shared<const ws::ContainerTable>();
  results.transfers = std::make_shared<const ws::TransferTable>();
  results.node_slots = std::move(slots);
  results.now = now;
  return results;
}

std::map<std::string, double> figures(const ws::Results& results) {
  std::map<std::string, double> values;
  for (const ws::SummaryLine& line : results.summary())
    CHECK(values.emplace(line.name, line.value).second);
  return values;
}

// Of row 1, with another value in each column.
ws::InvocationRecord full_record() {
  ws::InvocationRecord record;
  record.id = 1;
  record.function = ws::FunctionId(3U);
  record.provider = ws::ProviderId(2U);
  record.node = ws::NodeId(7U);
  record.state = State::TimedOut;
  record.cold = true;
  record.attempts = 4;
  record.failure = 9;
  record.requested = 1;
  record.admitted = 2;
  record.assigned = 3;
  record.started = 4;
  record.ended = 5;
  record.memory = 6;
  record.billed_seconds = 7;
  return record;
}

} // namespace

TEST_CASE("a new row says that nothing has happened yet") {
  ws::InvocationTable table;
  table.resize(table.size() + 1);
  CHECK(table.size() == 1);
  CHECK(table.node[0] == -1);
  CHECK(table.state[0] == static_cast<std::uint8_t>(State::Queued));
  for (const auto* column : {&table.requested, &table.admitted, &table.assigned, &table.started, &table.ended})
    CHECK(std::isnan(column->at(0)));
}

TEST_CASE("a row holds what the record has") {
  ws::InvocationTable table;
  table.resize(table.size() + 1);
  table.resize(table.size() + 1);
  table.set_row(full_record());
  CHECK(table.function == std::vector<std::uint32_t>{0, 3});
  CHECK(table.provider == std::vector<std::uint16_t>{0, 2});
  CHECK(table.node == std::vector<std::int32_t>{-1, 7});
  CHECK(table.state[1] == 5);
  CHECK(table.cold[1] == 1);
  CHECK(table.attempts[1] == 4);
  CHECK(table.failure == std::vector<std::uint16_t>{0, 9});
  CHECK(table.requested[1] == 1);
  CHECK(table.admitted[1] == 2);
  CHECK(table.assigned[1] == 3);
  CHECK(table.started[1] == 4);
  CHECK(table.ended[1] == 5);
  CHECK(table.memory[1] == 6);
  CHECK(table.billed_seconds[1] == 7);
}

TEST_CASE("a row in two steps is the same as at once") {
  const ws::InvocationRecord record = full_record();
  ws::InvocationTable at_once;
  at_once.resize(2);
  at_once.set_row(record);
  ws::InvocationTable table;
  table.resize(2);
  table.begin_row(record);
  CHECK(std::isnan(table.ended[1]));
  CHECK(table.started[1] == 4);
  table.end_rows(
      std::vector<ws::InvocationTable::End>{{1, record.state, record.failure, record.ended, record.billed_seconds}});
  CHECK(table.function == at_once.function);
  CHECK(table.provider == at_once.provider);
  CHECK(table.node == at_once.node);
  CHECK(table.state == at_once.state);
  CHECK(table.cold == at_once.cold);
  CHECK(table.attempts == at_once.attempts);
  CHECK(table.failure == at_once.failure);
  for (const auto column : {&ws::InvocationTable::requested, &ws::InvocationTable::admitted,
                            &ws::InvocationTable::assigned, &ws::InvocationTable::started, &ws::InvocationTable::ended,
                            &ws::InvocationTable::memory, &ws::InvocationTable::billed_seconds})
    CHECK((table.*column)[1] == (at_once.*column)[1]);
}

TEST_CASE("R26 states have names, and the last four are final") {
  CHECK(std::string(ws::to_string(State::Queued)) == "QUEUED");
  CHECK(std::string(ws::to_string(State::TimedOut)) == "TIMED_OUT");
  CHECK(std::string(ws::to_string(State::Refused)) == "REFUSED");
  for (const State state : {State::Queued, State::Starting, State::Running})
    CHECK_FALSE(ws::is_final(state));
  for (const State state : {State::Completed, State::Failed, State::TimedOut, State::Refused})
    CHECK(ws::is_final(state));
  CHECK(std::string(ws::to_string(ws::ContainerEnd::Evicted)) == "EVICTED");
}

TEST_CASE("latency percentiles are those of NumPy: linear between the closest ranks") {
  std::vector<Row> rows;
  for (const int latency : {50, 10, 40, 20, 30}) // in no order
    rows.push_back({0, 0, static_cast<double>(latency)});
  auto values = figures(results_of(rows, 100));
  CHECK(values.at("latency_mean") == Approx(30));
  CHECK(values.at("latency_p50") == Approx(30));
  CHECK(values.at("latency_p95") == Approx(48));   // 40 + 0.8 × 10
  CHECK(values.at("latency_p99") == Approx(49.6)); // 40 + 0.96 × 10
  CHECK(values.at("latency_max") == 50);
  rows.push_back({0, 0, 60});
  CHECK(figures(results_of(rows, 100)).at("latency_p50") == Approx(35));
  rows.resize(1);
  values = figures(results_of(rows, 100));
  CHECK(values.at("latency_p50") == 50);
  CHECK(values.at("latency_p99") == 50);
}

TEST_CASE("waiting and latency count from the request") {
  const auto values = figures(results_of({{1, 3, 10}, {2, 8, 9}}, 100));
  CHECK(values.at("waiting_mean") == Approx(4));
  CHECK(values.at("waiting_max") == 6);
  CHECK(values.at("latency_mean") == Approx(8));
}

TEST_CASE("counts by state, and the cold share of those that a container took") {
  const auto values = figures(results_of({{0, 1, 2, State::Completed, true},
                                          {0, 1, 2, State::Completed, false},
                                          {0, 1, 2, State::Failed, true},
                                          {0, 1, 2, State::TimedOut, false},
                                          {0, ws::never, 2, State::Failed, false}, // its image never came
                                          {0, ws::never, 0, State::Refused, false},
                                          {0, ws::never, ws::never, State::Queued, false},
                                          {0, ws::never, ws::never, State::Starting, true},
                                          {0, 1, ws::never, State::Running, true}},
                                         10));
  CHECK(values.at("invocations") == 9);
  CHECK(values.at("queued") == 1);
  CHECK(values.at("starting") == 1);
  CHECK(values.at("running") == 1);
  CHECK(values.at("completed") == 2);
  CHECK(values.at("failed") == 2);
  CHECK(values.at("timed_out") == 1);
  CHECK(values.at("refused") == 1);
  CHECK(values.at("cold_starts") == 4); // as many as the rows say
  CHECK(values.at("cold_share") == Approx(4.0 / 6));
}

TEST_CASE("utilisation is the share of slots held, and body_utilisation of those with a body, while there were calls") {
  // 3 and 5 slot-seconds of 1 + 3 slots, from the first call at 2 s to the last end at 6 s.
  ws::Results results =
      results_of({{2, 3, 6, State::Completed, true, 2e9}, {4, 4, ws::never, State::Running}}, 10, {1, 3});
  results.slot_use = std::make_shared<const ws::SlotUse>(
      ws::SlotUse{.begin = 2, .end = 6, .width = 2, .held = {4, 1}, .body = {2, 1}});
  const auto values = figures(results);
  CHECK(values.at("utilisation") == Approx(5.0 / 16));
  CHECK(values.at("body_utilisation") == Approx(3.0 / 16));
  CHECK(values.at("billed") == Approx(6)); // 3 s × 2 GB; the other one is not billed before it ends
  CHECK(values.at("simulated_time") == 10);
}

TEST_CASE("the summary has these figures, in this order") {
  std::vector<std::string> names;
  for (const ws::SummaryLine& line : results_of({}, 0).summary())
    names.push_back(line.name);
  CHECK(names == std::vector<std::string>{
                     "simulated_time", "invocations", "queued",      "starting",    "running",     "completed",
                     "failed",         "timed_out",   "refused",     "cold_starts", "cold_share",  "containers",
                     "latency_mean",   "latency_p50", "latency_p95", "latency_p99", "latency_max", "waiting_mean",
                     "waiting_p50",    "waiting_p95", "waiting_p99", "waiting_max", "utilisation", "body_utilisation",
                     "billed",         "idle",        "transferred", "provisioned", "cost"});
}

TEST_CASE("failures are counted by reason, from rows or from statistics") {
  ws::Results results = results_of(
      {{0, 1, 2, State::Failed}, {0, 1, 2, State::TimedOut}, {0, 1, 2, State::Failed}, {0, 1, 2, State::Completed}},
      10);
  auto table = *results.invocations;
  table.failure = {2, 1, 2, 0};
  results.invocations = std::make_shared<const ws::InvocationTable>(table);
  results.failure_names = {"", "FunctionTimeout", "Bad"};
  CHECK(results.failures() == std::map<std::string, std::uint64_t>{{"Bad", 2}, {"FunctionTimeout", 1}});
  ws::Statistics statistics;
  statistics.failures = {{"StorageFull", 7}};
  results.statistics = std::make_shared<const ws::Statistics>(statistics);
  CHECK(results.failures() == statistics.failures);
}

TEST_CASE("a summary of nothing has no numbers where there is nothing to measure") {
  const auto values = figures(results_of({}, 0));
  CHECK(values.at("invocations") == 0);
  for (const char* name :
       {"cold_share", "latency_mean", "latency_p50", "latency_max", "waiting_p99", "utilisation", "body_utilisation"})
    CHECK(std::isnan(values.at(name)));
  CHECK(values.at("billed") == 0);
}

TEST_CASE("the summary adds up what was transferred") {
  ws::TransferTable transfers;
  transfers.bytes = {1e9, 5e8};
  ws::ContainerTable containers;
  containers.function = {0, 0, 1};
  containers.provider = {0, 0, 0};
  containers.claimed = containers.ready = {0, 0, 1};
  containers.ended = {ws::never, ws::never, ws::never};
  containers.busy_seconds = {0, 0, 0};
  containers.memory = {1, 1, 1};
  containers.provisioned = {0, 0, 0};
  ws::Results results = results_of({}, 1);
  results.transfers = std::make_shared<const ws::TransferTable>(transfers);
  results.containers = std::make_shared<const ws::ContainerTable>(containers);
  const auto values = figures(results);
  CHECK(values.at("transferred") == Approx(1.5));
  CHECK(values.at("containers") == 3);
}
