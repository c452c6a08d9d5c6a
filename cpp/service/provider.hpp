// A provider from the inside. It is an object, not an actor: its handlers run on events.
//
// The life of an invocation, and where each step is: request and admission (admission.cpp), queue and claims
// (dispatch.cpp), waiting for an image at the head (at_head.cpp), the node of a claim (placing.cpp), images to the
// nodes (staging.cpp), containers, bodies and their ends (running.cpp), bodies that are declared work
// (declared_work.cpp), replayed calls that sleep (sleepers.cpp), and another attempt (retrying.cpp).
//
// Containers: those without an invocation (keeping.cpp), how many a function has where a policy says so (scaling.cpp),
// how fast it gets new ones (bursts.cpp), and those that are always there (provisioning.cpp). How many invocations may
// be under way is in concurrency.cpp, and what happens when hosts go off in failing.cpp.
//
// How a provider is made, and takes functions: provider_setup.cpp. What policies are shown of it when they pick one:
// routing.cpp. What must hold between any two events: checking.cpp. What is asked for before it is needed:
// foresight.cpp.
#pragma once

#include "engine/bare_metal.hpp"
#include "engine/event_queue.hpp"
#include "engine/runtime.hpp"
#include "engine/shared_core.hpp"
#include "model/blocks.hpp"
#include "model/cluster.hpp"
#include "model/large_pages.hpp"
#include "model/slab.hpp"
#include "model/tournament.hpp"
#include "service/evictor.hpp"
#include "service/head_images.hpp"
#include "service/head_waiting.hpp"
#include "service/records.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/profile.hpp"
#include "wrench_serverless/serverless_compute_service.hpp"

#include <compare>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace wrench_serverless {

class EachPass;

struct ServerlessComputeService::Parts final : public EventSink, public FaultWatcher, public FetchesFor {
  enum Event : std::uint32_t {
    HeadIsFree,
    OverheadIsOver,
    TimeIsOver,
    KeepAliveIsOver,
    ImageIsLoaded,
    WarmUpIsOver,
    PrewarmIsDue,
    StepIsOver,
    WorkGoesOn,
    Provision,
    NodeIsLookedAt,
    TokenIsThere,
    RetryIsDue,
    ScalingTick,
    SleeperWakes
  };
  // What a claim is made for: the first calls of the queue, whoever will come, as many containers as a scaling policy
  // wants, or to be there for ever (R32).
  enum class ClaimFor : std::uint8_t { Calls, Later, Scale, Provision };

  struct alignas(64) NodeParts { // one line of a cache
    simgrid::s4u::Host* host = nullptr;
    std::unique_ptr<BareMetalComputeService> bare_metal;
    BareMetalComputeService::Parts* slots = nullptr; // its parts
    std::shared_ptr<const std::string> name;
    std::shared_ptr<StorageService> store;
    std::uint16_t outages = 0; // how often it went off
  };
  // Which function's calls go first (R16): those of the lowest rank, and of these the one with the oldest call that no
  // claim is for. No two are equal. By default, nobody's.
  struct Turn {
    std::uint64_t rank = std::numeric_limits<std::uint64_t>::max();     // in the order of what the policy says
    std::uint64_t sequence = std::numeric_limits<std::uint64_t>::max(); // of that call
    bool operator==(const Turn&) const = default;
    bool operator<(const Turn& other) const { // without a branch (model/tournament.hpp)
      return both() < other.both();
    }
    __extension__ using Both = unsigned __int128;
    Both both() const { return Both{rank} << 64 | sequence; }
  };
  // What hardly any call asks of its function where nobody waits.
  struct alignas(64) FunctionRest {
    CallQueue* queue = nullptr; // among the records
    std::size_t waiting = 0;    // of the queue: those that no claim is for
    Turn turn;
    std::uint32_t claims = 0;    // made for the first of the queue, and not yet ready
    std::uint32_t spare = 0;     // the same, made for no call; a call that comes takes one over
    std::uint32_t ready = 0;     // containers whose start is over
    std::uint32_t place = 0;     // among the functions with a queue, if it has one
    std::span<const Step> steps; // of the declared work
    double time_limit = 0;
    Bytes ingress = 0, egress = 0;
    double body_seconds = 0; // if there is a queueing policy: how long its bodies took that have ended, and
    std::size_t bodies = 0;  // how many these are
    std::shared_ptr<const RegisteredFunction> registered;
    std::shared_ptr<const std::string> name;
    double prewarm_keep = 0;
    double prewarm_timer = KeepAlive::never; // date of the next PrewarmIsDue
    std::uint32_t provisioned = 0;           // its containers of that kind, and claims for such (R32)
    std::uint32_t provisioning = 0;          // of these the claims
    bool provisioning_failed = false;        // its image could not come
    double tokens = 0;                       // for new containers (R33), as they were at the date `refilled`
    double refilled = 0;
    std::size_t desired = 0; // containers, by the scaling policy
  };
  struct alignas(64) FunctionParts { // what every call of a replay asks: one line of a cache
    static constexpr double no_sleep = -1, sleep_of_the_call = -2; // the call brings it
    std::unique_ptr<FunctionRest> rest = std::make_unique<FunctionRest>();
    double memory = 0; // what each invocation needs of its limits
    double idle_since = std::numeric_limits<double>::quiet_NaN();
    double prewarm_at = KeepAlive::never; // when a container is to be started in advance
    double first_sleep = no_sleep;        // s: the first step of its work, if it is a sleep
    std::uint32_t steps = 0;              // of the declared work: how many
    std::uint32_t under_way = 0;          // admitted and not ended
    std::uint32_t concurrency = 1;        // invocations that a container takes at once, and so a claim (R34)
    FunctionId row;                       // in the tables
    bool declared = false;                // its work; else it has a body
    bool limited = false;                 // it has a time limit
    bool brings = false;                  // a call brings something with it, or takes something back
    bool only_sleeps = false;             // its work, and nothing else belongs to a call of it (sleepers.cpp)
    bool reserved = false;                // it has a concurrency of its own (R31)
    bool listed = false;                  // in `unclaimed`, with its turn
    bool waits_for_token = false;         // a TokenIsThere is under way
    std::size_t claimed() const { return std::size_t{rest->claims} * concurrency; }
    // Calls that all its claims can take.
    std::size_t expected() const { return (std::size_t{rest->claims} + rest->spare) * concurrency; }
    std::size_t containers_for(std::size_t calls) const { return (calls + concurrency - 1) / concurrency; }
  };
  static_assert(sizeof(FunctionParts) == 64);
  // What few containers need.
  struct ContainerExtras {
    std::shared_ptr<StorageService> storage; // once somebody wants it
    std::unique_ptr<SharedCore> core;        // of several invocations at once (R34)
  };
  using ExtrasId = Id<struct model::ContainerExtrasTag>;

  Parts(std::shared_ptr<Runtime> owner, std::shared_ptr<Records> rows, ServerlessOptions given);
  ~Parts();

  // Set-up (provider_setup.cpp).
  void add_node(const std::string& host);
  void set_head(const std::string& host);
  std::shared_ptr<StorageService> make_store(const char* option, const std::string& host,
                                             const StorageOptions& given) const;
  // Throws RegistrationRefused; changes nothing.
  void check_registration(const Function& function, const FunctionLimits& limits) const;
  // The simulation is over: lets go of the bodies, and of what they may have kept.
  void release();
  // For a deadlock: what is in the queue.
  void describe_queues(std::vector<std::string>& lines) const;
  std::string why_none_starts(const FunctionParts& function) const;
  void add_function(const std::shared_ptr<const RegisteredFunction>& registered);

  // Admission (admission.cpp). True: the head has answered at once.
  FunctionId find_function(const std::string& function) const; // none: it is not registered here
  bool request(LiveId id);
  void head_has_request(std::uint64_t tag, Outcome failure);
  void handle_request(std::uint64_t tag);
  void head_went_off();
  Outcome head_is_off() const;
  bool fail_at_head(LiveId id);
  bool admit(LiveId id, FunctionId function);
  void note_admitted(LiveId id, FunctionId function);
  Outcome queue_is_full(FunctionId function, bool burst) const;
  bool has_queue(FunctionId function) const { return first_in_queue[function.value] != nobody; }
  bool queue_at_once(FunctionId function, const ReplaySource& source, double value);
  void refuse(LiveId id, Outcome reason);
  void send_answer(LiveId id, Outcome outcome);
  void answer_once(LiveInvocation& live);
  void answer_arrived(std::uint64_t tag, Outcome failure);

  // Waiting for an image at the head (at_head.cpp).
  bool image_is_at_hand(FunctionId function) const;
  NodeId place_with_image(FunctionId function);
  void wait_for_image(FunctionId function);
  bool wait_at_head(LiveId id, FunctionId function);
  void image_came(std::uint64_t tag, Outcome failure);
  void image_is_there(ImageId image);
  void join_queue(const std::vector<FunctionId>& waited);
  void claim_for(const std::vector<FunctionId>& waited);
  void start_for_nobody(const std::vector<FunctionId>& waited);
  void image_failed(ImageId image, const Outcome& failure);
  void fail_waiting(FunctionId function, const Outcome& failure);
  void give_up_places(FunctionId function);
  CallQueue& queue_at_head(FunctionId function);
  void stop_fetching();
  bool still_wants(ImageId image) override;
  bool wants_image(FunctionId function) const;
  std::size_t waiting_for_room() const;
  bool lacks_token(FunctionId function) const;
  void take_tokens_ahead(FunctionId function);
  void recount_waiting(FunctionId function);
  std::string why_image_is_missing(FunctionId function) const;

  // Queue and claims (dispatch.cpp).
  void enqueue(FunctionId function, LiveId id, bool may_park);
  LiveId dequeue(FunctionId function);
  void queue_grew(FunctionId function);
  void queue_shrank(FunctionId function);
  void relist(FunctionId function);
  void claim(FunctionId function, NodeId node, ClaimFor purpose = ClaimFor::Calls);
  bool try_claim(FunctionId function);
  bool may_claim_on(NodeId node, FunctionId function) const;
  void fill(ContainerId container, FunctionId function, bool cold);
  void dispatch(NodeId node);
  void claim_whatever_fits();
  // An idle container, its function, and the turn of that. None: none whose function has calls that wait.
  struct Idle {
    ContainerId container;
    FunctionId function;
    Turn turn;
  };
  Idle waiting_idle_container(NodeId node);
  Idle idle_container_of_few(NodeId node) const;
  std::uint64_t rank(FunctionId function) const;
  model::Room room(const std::string& function) const;
  bool has_room_beside_head(FunctionId function, model::Room most) const;

  // Placement (placing.cpp).
  NodeId place(FunctionId function);
  NodeId ask_placement(FunctionId function, bool beside_idle);
  std::string why_no_room(NodeId node, FunctionId function) const;
  void begin_policies();
  void end_policies();
  // Limits (concurrency.cpp, bursts.cpp) and provisioned containers (provisioning.cpp).
  void check_reservation(const Function& function, const FunctionLimits& limits) const;
  Outcome over_concurrency(FunctionId function) const;
  bool is_over_concurrency(const FunctionParts& parts) const;
  static constexpr double whole_token = 1 - 1e-9; // up to rounding
  double tokens(const FunctionParts& parts) const;
  bool has_token(FunctionId function);
  bool is_token_in_bucket(FunctionId function);
  void take_token(FunctionId function);
  static void take_from_bucket(FunctionParts& parts);
  void token_is_there(FunctionId function);
  void provision(FunctionId function);
  void provision_missing();
  void lost_provisioned(FunctionId function, bool no_image);

  // Staging (staging.cpp).
  std::uint64_t staging_tag(NodeId node, ImageId image) const;
  bool is_stale(std::uint64_t tag) const;
  void stage(ContainerId claim);
  void fetch(NodeId node, ImageId image);
  void copy_to_node(NodeId node, ImageId image);
  void load(NodeId node, ImageId image);
  void fetched(std::uint64_t tag, Outcome failure);
  void on_node(std::uint64_t tag, Outcome failure);
  void loaded(std::uint64_t tag, Outcome failure);
  void staging_failed(NodeId node, ImageId image, const Outcome& failure);

  // Containers and bodies (running.cpp).
  model::ContainerNotes& notes_of(ContainerId id) { return cluster.container(id).notes; }
  ContainerExtras& extras_of(ContainerId id);
  ContainerExtras* extras_if_any(ContainerId id);
  void forget_notes(ContainerId id);
  SharedCore* core_of(ContainerId id);
  void to_row(ContainerId id) const;
  void to_rows() const;
  std::shared_ptr<StorageService> make_storage(ContainerId id) const;
  const std::shared_ptr<StorageService>& storage_of(ContainerId id);
  static void empty(std::shared_ptr<StorageService>& storage);
  void claim_is_ready(ContainerId id);
  void claim_failed(ContainerId id, const Outcome& failure);
  void give_up_claim(ContainerId id);
  void assign(LiveId id, ContainerId container, bool cold);
  void overhead_is_over(std::uint64_t tag);
  void payload_arrived(std::uint64_t tag, Outcome failure);
  double most_flops(FunctionId function, const simgrid::s4u::Host& host) const;
  void start_body(LiveId id);
  void body_ended(std::uint64_t tag, Outcome failure);
  void note_body(FunctionId function, double took);
  // Vacant: it is idle or has ended. Shared: others go on in it. Unnoticed: the head is busy (R18b).
  enum class Left : std::uint8_t { Vacant, Shared, Unnoticed };
  Left leave(ContainerId id);
  void answer_payload_arrived(std::uint64_t tag, Outcome failure);
  void time_is_over(std::uint64_t tag);
  void finish(LiveId id, InvocationState state, const Outcome& failure);
  void tell(LiveId id);
  void completion_arrived(std::uint64_t tag, Outcome failure);
  void tell_and_forget(LiveId id);

  // Attempts (retrying.cpp).
  bool tries_again(const LiveInvocation& live, InvocationState outcome) const;
  void try_again(LiveId id);
  void retry_is_due(std::uint64_t tag);
  bool turn_down(LiveId id, Outcome reason);
  void conclude(LiveInvocation& live, InvocationState state, const Outcome& failure);
  void add_dead_letter(LiveInvocation& live, const Outcome& failure);

  // Containers without an invocation (keeping.cpp).
  static std::uint64_t container_tag(ContainerId id, std::uint32_t generation) {
    return std::uint64_t{generation} << 32 | id.value;
  }
  void note_invoked(FunctionId function);
  void note_ended(FunctionId function);
  void to_idle(ContainerId id);
  void keep(ContainerId id, double seconds);
  void set_timer(ContainerId id);
  void keep_alive_is_over(std::uint64_t tag);
  void expire(std::uint64_t tag);
  void container_started(ContainerId id);
  void end_container(ContainerId id, ContainerEnd reason);
  void forget_container(ContainerId id, ContainerEnd reason);
  void plan_prewarm(FunctionId function, double after, double keep);
  void prewarm_is_due(FunctionId function);
  void prewarm(FunctionId function);
  bool claim_spare(FunctionId function, ClaimFor purpose);
  void warm_up(ContainerId id);
  void warm_up_is_over(std::uint64_t tag);

  // Declared work (declared_work.cpp).
  double billed(double seconds) const { return options.billing ? options.billing->billed(seconds) : seconds; }
  static bool is_working(const LiveInvocation& live); // its body or its declared work is under way
  void start_work(LiveInvocation& live);
  void sleep(const LiveInvocation& live, double seconds);
  void sleep_is_over(std::uint64_t tag);
  void step_ended(std::uint64_t tag, Outcome failure);
  void go_on_working(std::uint64_t tag);
  void go_on_working(LiveInvocation& live);
  Canceller start_step(LiveInvocation& live, const Step& step);
  // Cancels the step under way; the work then ends with the failure.
  void stop_work(LiveInvocation& live, const Outcome& failure);

  // Calls that sleep in their containers (sleepers.cpp).
  bool may_lie_down(const LiveInvocation& live) const;
  void lie_down(LiveInvocation& live, double seconds);
  void sleeper_wakes(std::uint64_t argument);
  LiveInvocation& wake(ContainerId container);

  // How many containers a function has (scaling.cpp).
  void note_load(FunctionId function);
  void keep_ticking();
  void scaling_tick();
  void start_for_call(FunctionId function, bool tried);
  void rescale(FunctionId function);
  void start_missing(FunctionId function);
  std::size_t ask_scaling(FunctionId function);
  bool has_too_many(FunctionId function) const {
    return options.scaling && cluster.containers_of(function) > functions[function.value].rest->desired;
  }

  // Faults (failing.cpp).
  void host_went_off(simgrid::s4u::Host& host) override;
  void host_came_back(simgrid::s4u::Host& host) override;
  void head_came_back();
  void node_went_off(NodeId node);
  bool is_on(ContainerId id, NodeId node) const;
  std::vector<std::uint64_t> invocations_on(NodeId node) const;

  // Asks a policy about a function.
  template <class Policy, class Ask>
  auto consult(const char* kind, const Policy& policy, FunctionId function, Ask&& ask) const -> decltype(ask()) {
    return policy_failure.ask(
        kind, policy, [&] { return " for function '" + *functions[function.value].rest->name + "'"; }, ask);
  }
  KeepAlive ask_keep_alive(FunctionId function);

  // Adds up what the books say (R16, R17, R28); throws std::logic_error. For tests (checking.cpp).
  void check() const;
  void check_head() const;

  void on_event(std::uint32_t kind, std::uint64_t argument) override;
  void foresee(std::uint32_t kind, std::uint64_t argument, Nearness nearness) const override; // (foresight.cpp)
  void foresee_end(const LiveInvocation& live, Nearness nearness) const;
  void foresee_end(const model::Container& container, Nearness nearness) const;
  // What a call will probably get: a container, or else a claim on a node.
  struct Likely {
    ContainerId container;
    NodeId node;
  };
  // `likely`: what it said of this call when that was further.
  static constexpr std::size_t calls_ahead = 5;
  Likely foresee_call(FunctionId function, Likely likely, std::size_t ahead) const;
  Likely foresee_start(FunctionId function) const;
  void foresee_function(FunctionId function) const;

  std::shared_ptr<Runtime> runtime;
  std::shared_ptr<Records> records;
  ServerlessOptions options;
  ProviderId row;
  std::string name;
  simgrid::s4u::Host* head = nullptr;
  HeadImages head_images{*runtime, *this};
  HeadWaiting head_waiting;
  std::size_t nodes_to_look_at = 0; // NodeIsLookedAt that are to come
  model::Cluster cluster;
  mutable PolicyFailure policy_failure{*runtime}; // who only looks something up may ask, too
  bool warmest_first = false;                     // the placement policy is the default
  std::unique_ptr<Evictor> evictor;               // nullptr: the oldest idle container goes first
  std::unique_ptr<EachPass> passes;               // nullptr: calls make claims (R18b)
  model::LargeVector<NodeParts> nodes;
  std::vector<std::shared_ptr<const MemoryShare>> node_memory; // by node
  std::vector<NodeId> node_rows; // by node: in the tables; what every call asks is not between what few ask
  // References stay valid: observers, and whatever else of the user's code is run, may register functions.
  model::Blocks<FunctionParts> functions;
  static constexpr std::uint64_t nobody = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint64_t> first_in_queue; // by function: the sequence of the first call in its queue, or nobody
  std::vector<FunctionId> with_queue;        // functions, in no order that means anything
  std::unordered_map<std::string, FunctionId> function_by_name;
  std::unordered_map<const Image*, ImageId> image_ids;          // looked up only
  std::unordered_map<simgrid::s4u::Host*, NodeId> node_by_host; // looked up only
  model::Slab<ContainerExtras, ExtrasId> extras;
  std::map<std::pair<NodeId, ImageId>, std::vector<ContainerId>> staging; // claims that wait for an image on a node
  std::vector<FunctionId> unprovisioned; // that lack some of their containers, for want of room
  model::Tournament<Turn> unclaimed;     // functions with calls that no claim is for
  std::set<FunctionId> awake;            // that have containers or calls, if there is a scaling policy
  double scaling_news = 0;               // when something happened that it may have to know
  bool ticking = false;
  bool is_a_choice = false;      // some function has other providers beside it: its calls are counted (router.cpp)
  std::size_t queued = 0;        // with a place in the queue
  std::size_t waiting_calls = 0; // of the queued: those that no claim is for
  bool limits_waiting = false;   // calls at the head have to be counted apart (R30, R33)
  std::size_t running = 0;
  std::uint64_t reserved_concurrency = 0; // of all functions (R31)
  std::uint64_t unreserved_under_way = 0; // invocations of functions without a reservation
  std::uint64_t admissions = 0;
  std::deque<std::uint64_t> requests; // at the head, not handled yet
  double head_free_at = 0;
};

} // namespace wrench_serverless
