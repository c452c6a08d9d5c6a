// Hosts and links that vary by themselves (R37, R38): the one place that follows profiles.
//
// A change is an event of our queue, so that its date is exact and its order is that of all events, also for what is
// not in use. States go the way of whoever turns something off by hand. SimGrid lets nobody set a host's speed but by a
// profile of its own: it gets one that asks us for each next value.
#pragma once

#include "engine/event_queue.hpp"
#include "model/profile.hpp"

#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Link.hpp>

#include <memory>
#include <random>
#include <vector>

namespace wrench_serverless {

class Runtime;

class Profiles final : public EventSink {
public:
  explicit Profiles(Runtime& runtime) : runtime_(runtime) {}
  ~Profiles() { close(); }

  // What holds from date 0 on is in force afterwards. PlatformError for an element that is not there.
  void start(const std::vector<model::NamedProfile>& profiles, std::mt19937_64 random);
  // How many changes are in the queue: they alone keep nothing going.
  std::size_t pending() const { return pending_; }
  // SimGrid keeps its calendar of speeds for the next engine: nothing of ours may stay in it.
  void close();

private:
  struct Speed { // what SimGrid asks for the values
    model::ProfileCursor cursor;
    std::mt19937_64* random;
    double date = 0;  // of the value that SimGrid waits for
    bool more = true; // it does wait for one
    bool closed = false;
  };
  struct Followed {
    model::ProfileKind kind;
    model::ProfileCursor cursor;
    simgrid::s4u::Host* host = nullptr;
    std::vector<simgrid::s4u::Link*> links;
    std::shared_ptr<Speed> speed;
    double value = 0; // that comes next
  };
  void follow(std::size_t index);
  void apply(const Followed& followed);
  void start_speed(Followed& followed);
  void on_event(std::uint32_t kind, std::uint64_t index) override;

  Runtime& runtime_;
  std::vector<Followed> followed_;
  std::mt19937_64 random_;
  std::size_t pending_ = 0;
};

} // namespace wrench_serverless
