// The one place that steps SimGrid: its clock, the date of its next event, and a single step to that date.
//
// Our own event queue is the master of time; SimGrid is asked only when something is under way there, and advanced only
// when it has something due or something is about to start. One kernel lives at a time in a process.
#pragma once

#include "engine/prepared_platform.hpp"
#include "model/profile.hpp"
#include "wrench_serverless/platform.hpp"

#include <simgrid/s4u/Actor.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Link.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wrench_serverless {

class SimGridKernel {
public:
  // Throws PlatformError for a platform that SimGrid can't build; what it aborts on, try_platform finds out before.
  SimGridKernel(const PreparedPlatform& platform, const std::vector<std::string>& config);
  ~SimGridKernel();
  // For a child process, which ends without looking back: the engine of its parent, if there is one, stays as it is,
  // and another can be made.
  static void forget_engine();
  SimGridKernel(const SimGridKernel&) = delete;
  SimGridKernel& operator=(const SimGridKernel&) = delete;

  // To be called first by whoever comes from outside the loop, for it may be another thread than before: SimGrid keeps
  // in each thread who is running there.
  void enter();

  simgrid::s4u::Engine& engine() const { return *engine_; }
  double clock() const;

  // What varies by itself, of which SimGrid knows nothing.
  const std::vector<model::NamedProfile>& profiles() const { return profiles_; }
  // Of some host, at some time.
  bool speeds_vary() const;

  // From the present date on, also for what is on its way: a stream gets the share that one that starts now would get.
  // The latency that it waits for is that of its start. Precondition: the clock is at the present date.
  void set_bandwidth(simgrid::s4u::Link& link, double bandwidth);
  void set_latency(simgrid::s4u::Link& link, double latency);

  // Throws PlatformError unless bytes can go from each first host to its second, and back. A pair is tried only once.
  void check_routes(const std::vector<std::pair<const simgrid::s4u::Host*, const simgrid::s4u::Host*>>& pairs);

  // To be called whenever an activity was started.
  void changed() { next_date_known_ = false; }
  // To be called whenever an activity was cancelled: SimGrid gives it its share until it has been called back.
  void cancelled() {
    cancelled_ = true;
    changed();
  }
  // The date at which an activity will end if nothing changes; infinity: none.
  double next_date();
  double after(double delay) const; // now, as a date of its own
  // Advances to the next thing that happens there, or to the date, whichever comes first.
  void step(double date);
  // Brings the clock to the date. Precondition: nothing happens before.
  void bring_to(double date);
  // Has what failed just now call back, at the present date.
  void call_back();
  // Lets the SimGrid actors that are ready run, at the present date.
  void run_actors();
  // Called by an actor, on its stack: others go on until it is run again.
  static void give_way(const simgrid::s4u::Actor& self);
  // Runs an actor that is new or gave way (and so says `gave_way`), until it does so again. There are `ours` such
  // actors; if there are others, or it asks SimGrid for anything, this is run_actors(). Else it is that without the
  // round of SimGrid's kernel, which takes longer than the actor's own work.
  void run_actor(const simgrid::s4u::Actor& actor, bool& gave_way, std::size_t ours);

private:
  void share_disks_with_network();
  void change_link(const simgrid::s4u::Link& link, const std::function<void()>& change);
  void forget_cancelled();

  std::unique_ptr<simgrid::s4u::Engine> engine_;
  simgrid::kernel::context::Context* loop_ = nullptr;
  std::thread::id thread_;
  simgrid::kernel::resource::Model* network_ = nullptr;
  simgrid::kernel::resource::Model* disks_ = nullptr;
  simgrid::kernel::lmm::System* disk_system_ = nullptr; // their own, which waits for its end
  std::set<std::pair<const simgrid::s4u::Host*, const simgrid::s4u::Host*>> checked_routes_; // looked up only
  std::vector<model::NamedProfile> profiles_;
  bool from_file_ = false;
  bool next_date_known_ = false;
  bool cancelled_ = false;
  double next_date_ = 0;
};

} // namespace wrench_serverless
