// What can be observed while a simulation runs. Observers are called in the order in which they were connected, and
// must not block.
#pragma once

#include "wrench_serverless/results.hpp"

#include <functional>
#include <string>
#include <vector>

namespace wrench_serverless {

// Somebody observes right now: the code around is in the middle of something.
class Observing {
public:
  static bool any() { return depth_ > 0; }

protected:
  struct Scope {
    Scope() { ++depth_; }
    ~Scope() { --depth_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };

private:
  static inline int depth_ = 0; // one simulation runs at a time
};

template <class... Arguments> class Signal : public Observing {
public:
  using Observer = std::function<void(Arguments...)>;
  void connect(Observer observer) { observers_.push_back(std::move(observer)); }
  void clear() { observers_.clear(); }
  bool observed() const { return !observers_.empty(); }
  void operator()(Arguments... arguments) const {
    const Scope scope;
    for (std::size_t index = 0; index < observers_.size(); ++index) { // an observer may connect another one
      const Observer observer = observers_[index];
      observer(arguments...);
    }
  }

private:
  std::vector<Observer> observers_;
};

// A container that has got ready, or has ended.
struct ContainerEvent {
  double time = 0;             // s
  std::uint32_t container = 0; // row in Results::containers
  std::string function, provider, node;
  ContainerEnd reason = ContainerEnd::Alive; // of its end
};

// A transfer that starts, or has ended.
struct TransferEvent {
  double time = 0;                       // s
  std::string file, source, destination; // the latter two: storage services
  double bytes = 0;
  bool completed = false; // at its end
};

} // namespace wrench_serverless
