// Hosts and links that go off and on (R37, R38): by themselves, from SimGrid's profiles, or because somebody turned
// them.
//
// Whoever lives there is told first, in the order in which they asked to be, so that nothing new starts there; then
// what is going on there fails.
#pragma once

#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Link.hpp>

#include <utility>
#include <vector>

namespace wrench_serverless {

class Runtime;

class FaultWatcher {
public:
  virtual void host_went_off(simgrid::s4u::Host& host) = 0;
  virtual void host_came_back(simgrid::s4u::Host& host) = 0;

protected:
  ~FaultWatcher() = default;
};

class Faults {
public:
  explicit Faults(Runtime& runtime);

  void watch(FaultWatcher& watcher) { watchers_.push_back(&watcher); }

  // At the present date, on the loop's stack. Nothing happens if it is so already.
  void turn(simgrid::s4u::Host& host, bool on);
  void turn(simgrid::s4u::Link& link, bool on);

  // Has anything happened in SimGrid since? Tells of it; true if there was anything.
  bool has_news() const { return !changed_.empty(); }
  bool tell();

  // Can something be sent from one host to the other now? False: one of them, or a link on the way, is off.
  bool passable(const simgrid::s4u::Host& from, const simgrid::s4u::Host& to) const;

private:
  Runtime& runtime_;
  std::vector<FaultWatcher*> watchers_;
  std::vector<std::pair<simgrid::s4u::Host*, bool>> changed_;
  int links_off_ = 0;
};

} // namespace wrench_serverless
