// Code that blocks: controllers, bodies and custom actions, each on a stack of its own.
//
// Every operation of the engine is asynchronous. A fibre that calls one starts it, gives way, and is resumed with the
// outcome. C++ fibres are pooled SimGrid actors, resumed from here; Python fibres are greenlets, which the loop in
// Python switches to: the engine only tells it whose turn it is. Whoever is ready first runs first.
#pragma once

#include "engine/continuation.hpp"
#include "engine/event_queue.hpp"
#include "engine/simgrid_kernel.hpp"
#include "engine/stack_exceptions.hpp"
#include "model/slab.hpp"
#include "wrench_serverless/ids.hpp"

#include <simgrid/s4u/Actor.hpp>
#include <simgrid/s4u/Host.hpp>

#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>

namespace wrench_serverless {

struct InvocationData;
class SharedCore;
class StorageService;

// What a fibre runs: for a C++ one its code; for a Python one what the bindings attach.
struct FibreJob {
  simgrid::s4u::Host* host = nullptr;
  std::shared_ptr<const std::string> name;                     // of the controller, function or action: for messages
  const char* role = "";                                       // "controller", "body", "action"
  std::shared_ptr<InvocationData> invocation;                  // of a body
  SharedCore* core = nullptr;                                  // where it computes; null: on a core of its host
  double most_flops = std::numeric_limits<double>::infinity(); // per second, of that core
  void* context = nullptr;                                     // what a Python fibre is to run
  Continuation ended;                                          // with what it failed of, or null
  bool dies_with_host = false;                                 // a controller: its end is then no failure of anything
};

// How a fibre that waits says what it waits for; only asked when there is a deadlock to explain. `detail` gets the tag
// of the operation's canceller.
struct Waiting {
  const char* what = "nothing";
  std::string (*detail)(const void* self, std::uint64_t tag) = nullptr;
  const void* self = nullptr;
};

class Fibres final : public EventSink {
public:
  explicit Fibres(SimGridKernel& kernel) : kernel_(kernel) {}
  ~Fibres();

  // A C++ fibre, ready to run `code`.
  FibreId spawn(FibreJob job, std::function<void()> code);
  // A Python fibre, ready: the loop in Python will be told.
  FibreId spawn_python(FibreJob job);

  const FibreJob& job(FibreId id) const { return fibres_[id].job; }
  FibreId current() const { return current_; }
  bool any() const { return live_ > 0; }
  std::size_t live() const { return live_; }

  // Starts an operation for the fibre: afterwards it waits. What `start` throws is passed on, and it does not wait.
  // Throws what the fibre is doomed by, if it is.
  template <class Start> void begin(FibreId id, Waiting waiting, Start&& start) {
    if (!check_doom(id))
      return;
    Fibre& fibre = fibres_[id];
    if (fibre.operation != 0 || fibre.queued) [[unlikely]]
      put_aside(id);
    operations_ += operations_ + 1 == 0 ? 2 : 1; // 0 means none, also after four thousand million
    fibre.operation = operations_;
    try {
      fibre.cancel = start(Continuation::of<&Fibres::complete>(this, tag_of(id, fibre.operation)));
    } catch (...) {
      fibre.operation = 0;
      throw;
    }
    fibre.waiting = waiting;
  }
  // For a C++ fibre, called on its own stack: begin(), give way, and throw what the operation failed of.
  void block(Waiting waiting, const std::function<Canceller(Continuation)>& start);
  // The Python fibre has given way. What it waits for now may be an operation that was put aside: begun before a signal
  // handler, a tracer or a finalizer that blocks came between its start and this.
  void gave_way(FibreId id) {
    if (const Fibre& fibre = fibres_[id]; fibre.operation == 0 && !fibre.queued && fibre.live)
      take_up(id);
  }
  // A date at which the operation that is being begun ends well: no more is needed for a sleep.
  static std::uint64_t tag_of(FibreId id, std::uint32_t operation) { return std::uint64_t{operation} << 32 | id.value; }
  void on_event(std::uint32_t kind, std::uint64_t tag) override;

  // Cancels what the fibre waits for, and raises the exception there, and again at each of its blocking calls.
  void interrupt(FibreId id, Outcome doom);
  // The host went off: its C++ fibres are gone, its Python fibres are interrupted.
  void fail_host(const simgrid::s4u::Host& host, const Outcome& failure);
  bool interrupted(FibreId id) const { return fibres_[id].doom != nullptr; }

  // An event in its turn among the fibres that are ready: for what stands in for a fibre.
  void defer(EventSink& sink, std::uint32_t kind, std::uint64_t argument) {
    ready_.push_back({FibreId(), kind, &sink, argument});
  }

  // The loop's side: who is ready, in order.
  bool has_ready() const { return !ready_.empty() || !abandoned_.empty(); }
  // Runs the first that is ready, or tells its sink; if it is a Python fibre, makes it the current one and returns its
  // id instead.
  FibreId run_next();
  // The outcome with which a Python fibre is resumed.
  Outcome take_outcome(FibreId id);
  // The Python fibre has run to its end, or raised.
  void python_ended(FibreId id, Outcome failure);
  void set_current(FibreId id) { current_ = id; }

  // "controller 'main' waits for 2 invocations: …", one line each.
  std::vector<std::string> describe_waiting() const;
  // The ids of all live Python fibres, for the loop to throw out of.
  std::vector<FibreId> live_python() const;
  // Ends all C++ fibres: their destructors run.
  void kill_all();
  // Lets go of what those have that never ended: an invocation leads to its image, and so to the runtime.
  void forget_all();
  // To be called when a blocking call is refused because no fibre is current. Does not return to code that was killed,
  // swallowed that, and calls blocking operations for ever: its stack is left as it is.
  void refuse_killed();

private:
  // A doomed fibre that still calls blocking operations this often will never end by itself.
  static constexpr std::uint32_t patience = 1000;

  struct Worker { // a SimGrid actor that runs one job after another
    simgrid::s4u::ActorPtr actor;
    const simgrid::s4u::Actor* self = nullptr; // the same, once it runs
    StackExceptions* exceptions = nullptr;     // likewise
    simgrid::s4u::Host* host = nullptr;
    std::function<void()> code;
    Outcome failure;
    bool go = false;       // it is its turn
    bool done = false;     // with its job
    bool gave_way = false; // until it is run again
    bool killed = false;
  };
  struct Ready {
    FibreId fibre;
    std::uint32_t kind = 0;
    EventSink* sink = nullptr; // told instead of a fibre
    std::uint64_t argument = 0;
  };
  struct Fibre {
    FibreJob job;
    Worker* worker = nullptr; // nullptr: a Python fibre
    bool live = false;
    bool queued = false;
    bool lost = false;           // with its host
    std::uint32_t operation = 0; // the one it waits for; 0: none
    std::uint32_t refused = 0;   // blocking calls since it was doomed
    Canceller cancel;
    Outcome outcome;
    Outcome doom;
    Waiting waiting;
    const std::function<Canceller(Continuation)>* starting = nullptr;
    Waiting starting_waiting;
  };
  struct Aside {                 // an operation that a later one of the same fibre came between
    std::uint32_t operation = 0; // 0: it has ended
    Canceller cancel;
    Outcome outcome;
    Waiting waiting;
  };
  void put_aside(FibreId id);
  void take_up(FibreId id);
  void complete_aside(std::uint64_t tag, Outcome outcome);
  void cancel_aside(FibreId id, const Outcome& outcome);
  void cancel_abandoned(FibreId id);
  void complete(std::uint64_t tag, Outcome outcome);
  // Throws what the fibre is doomed by; false: it was thrown too often.
  bool check_doom(FibreId id);
  void make_ready(FibreId id);
  void run_worker(FibreId id);
  std::vector<FibreId> fibres_on(const simgrid::s4u::Host& host) const;
  void end(FibreId id, Outcome failure);
  void work(Worker& worker);
  static void await_turn(Worker& worker);

  SimGridKernel& kernel_;
  model::Slab<Fibre, FibreId> fibres_;
  std::deque<Ready> ready_;
  std::deque<Worker> workers_;
  std::size_t actors_ = 0;                                             // of workers
  std::unordered_map<simgrid::s4u::Host*, std::vector<Worker*>> idle_; // looked up only, never walked
  long killed_ = 0;                                                    // the actor that unwinds, and its refused calls
  std::uint32_t killed_refused_ = 0;
  std::vector<FibreId> abandoned_; // never resumed again; the rest of the world has still to be told
  FibreId current_;
  std::uint32_t operations_ = 0;
  std::size_t live_ = 0;
  std::unordered_map<std::uint32_t, std::vector<Aside>> aside_; // by fibre, the last one on top; looked up only
};

} // namespace wrench_serverless
