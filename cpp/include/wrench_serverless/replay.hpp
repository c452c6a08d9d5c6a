// A workload, and its replay: calls at given dates, each with its values, whatever becomes of the calls before (open
// loop).
#pragma once

#include "wrench_serverless/function.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace wrench_serverless {

// Columns with one entry for each call. They are read while the replay runs, and are not copied.
struct Workload {
  std::vector<std::shared_ptr<const RegisteredFunction>> functions;
  std::span<const double> times; // s from the start of the replay, in any order
  // One column for each step of the profile without a value (s, flops, bytes); for a body, its input: a double, or a
  // std::vector<double> if there are several columns.
  std::vector<std::span<const double>> values = {};
  std::span<const std::uint32_t> which = {}; // index in `functions`; empty: there is only one
  std::shared_ptr<const void> owner = {};    // keeps the columns
  // For a workload that is larger than memory: gives the next part, of the same functions, when this one has been
  // replayed, and an empty one at the end. Its times are not before those of this part.
  std::function<std::optional<Workload>()> next = {};

  // Throws std::invalid_argument naming the column, the index and the value that is wrong.
  void check() const;
};

class ReplayRun;

// A handle; cheap to copy.
class Replay {
public:
  Replay() = default;
  explicit Replay(std::shared_ptr<ReplayRun> run) : run_(std::move(run)) {}

  std::size_t requested() const; // calls so far
  std::size_t ended() const;     // of them
  bool is_done() const;          // all calls of the workload have ended
  const std::shared_ptr<ReplayRun>& run() const { return run_; }

private:
  std::shared_ptr<ReplayRun> run_;
};

} // namespace wrench_serverless
