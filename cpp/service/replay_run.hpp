// A replay under way: one event at a time for the next call, and no allocation for any.
#pragma once

#include "engine/waiters.hpp"
#include "service/manager.hpp"
#include "wrench_serverless/replay.hpp"

#include <array>
#include <vector>

namespace wrench_serverless {

class ReplayRun final : public ReplaySource, public EventSink {
public:
  // Throws std::invalid_argument; afterwards the first call is scheduled.
  ReplayRun(FunctionManager::Parts& manager, Workload workload);

  std::size_t requested() const { return requested_; }
  std::size_t ended() const { return ended_; }
  bool done() const { return exhausted_ && ended_ == requested_; }
  // The simulation is over, and the rest will never be called.
  void close();
  bool closed() const { return closed_; }
  WaiterList waiters;

  void one_ended() override;
  void on_event(std::uint32_t kind, std::uint64_t argument) override; // the next call

private:
  void take(Workload part);
  std::size_t row_at(std::size_t position) const { return order_.empty() ? position : order_[position]; }
  std::size_t next_row() const { return row_at(position_); }
  void schedule_next();
  [[noreturn]] static void refuse(const char* column, std::size_t row, double number);
  double value(std::size_t column, std::size_t row) const;
  void foresee_columns() const;
  void foresee_calls();
  void foresee_sleep(std::size_t ahead, bool near) const;
  void call(std::size_t row);
  bool goes_behind(const FunctionManager::Parts::Target& target, std::size_t row);
  void finish_if_done();

  FunctionManager::Parts& manager_;
  Runtime& runtime_;
  double start_;
  Workload part_;
  std::vector<FunctionManager::Parts::Target> targets_;           // by function
  std::vector<std::uint32_t> order_;                              // of the rows by time; empty: as they are
  std::vector<double> input_;                                     // of a call, for its body
  std::array<ServerlessComputeService::Parts::Likely, 8> likely_; // of the calls to come
  std::size_t position_ = 0;
  double last_ = 0; // time of the last call
  std::size_t requested_ = 0;
  std::size_t ended_ = 0;
  bool exhausted_ = false;
  bool calling_ = false;
  bool closed_ = false;
};

} // namespace wrench_serverless
