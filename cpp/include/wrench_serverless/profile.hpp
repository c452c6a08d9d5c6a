// Declared work: what an invocation does, as a list of steps instead of code. It runs without a stack of its own, and
// means exactly what a body that does the same steps one after the other means (R23 to R25), at a fraction of the cost.
//
//   Profile({Sleep{}, Compute{2e9}, Write{3_MB}})
//
// A step without a value takes it from the workload, or from the input of the call: the first such step the first
// value, and so on.
#pragma once

#include "wrench_serverless/storage_service.hpp"

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wrench_serverless {

struct Sleep {
  std::optional<double> seconds = {};
};
// On the node, as compute() does.
struct Compute {
  std::optional<double> flops = {};
};
// A file of so many bytes.
struct Write {
  std::optional<Bytes> bytes = {};
  std::string file = "file";
  std::shared_ptr<StorageService> storage = {}; // default: the container's
};
// The first bytes of a file.
struct Read {
  std::optional<Bytes> bytes = {};
  std::string file = "file";
  std::shared_ptr<StorageService> storage = {}; // default: the container's
  bool whole = false;                           // all of the file: needs no value
};
// A copy of a file, as one stream (R5).
struct Transfer {
  std::string file = "file";
  std::shared_ptr<StorageService> from = {}; // default: the container's
  std::shared_ptr<StorageService> to = {};   // default: the container's
};
using Step = std::variant<Sleep, Compute, Write, Read, Transfer>;

class Profile {
public:
  // std::invalid_argument for a value that no call would take.
  explicit Profile(std::vector<Step> steps);

  const std::vector<Step>& steps() const { return steps_; }
  // How many steps take their value from the workload.
  std::size_t open_values() const { return units_.size(); }
  // Throws std::invalid_argument, with the name, unless the value will do for that step: `index` of open_values().
  void check_value(std::size_t index, double value, const std::string& name) const;
  // Is the value one that check_value() takes? From 0 on, and at most:
  double largest(std::size_t index) const { return units_[index].whole ? 1e18 : std::numeric_limits<double>::max(); }
  bool takes(std::size_t index, double value) const { return value >= 0 && value <= largest(index); }
  // "seconds", "flops" or "bytes".
  const char* unit(std::size_t index) const { return units_[index].name; }

private:
  struct Unit {
    const char* name;
    bool whole; // bytes: rounded to whole ones
  };
  std::vector<Step> steps_;
  std::vector<Unit> units_; // of the open values
};

} // namespace wrench_serverless
