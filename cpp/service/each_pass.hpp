// Claims for agreement with WRENCH's schedulers (R18b): nothing is reserved before a container starts.
//
// The provider calls plan() whenever something has changed: a call was admitted, an image has arrived, an invocation or
// an idle container has ended, a host went off or came back. Then the queue is planned anew (policy/pass.hpp), and what
// was planned is carried out: containers first, then reads into memory, then copies to disks, so that an image that is
// needed now does not go for one that is needed later. A pass costs O(min(queue, free slots)) decisions.
//
// A head that takes time for requests (R13) handles everything one after the other, as WRENCH's service does: what
// happens while it is busy it notices once it has handled the requests that came before. Until then the slot of an
// invocation that has ended is not free, and calls whose image has come do not join the queue.
#pragma once

#include "engine/event_queue.hpp"
#include "policy/pass.hpp"
#include "service/provider.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace wrench_serverless {

class EachPass final : public EventSink {
public:
  // What can't be combined with this option: std::invalid_argument, which names both. Before defaults are filled in.
  static void check(const ServerlessOptions& options);
  static void check(const ServerlessOptions& options, const std::string& function, const FunctionLimits& limits);

  explicit EachPass(ServerlessComputeService::Parts& provider) : provider_(provider) {}

  void plan();
  // The same once the head has handled the requests that came before this.
  void changed();
  // False: the head is not busy, so the caller goes on at once. True: what would have to be done is done later: the
  // container's last invocation has ended, an image has come to the head, the time of an idle container is over.
  bool postpone_end(ContainerId id);
  bool postpone_image(ImageId id);
  bool postpone_expiry(std::uint64_t tag);
  // What has been postponed waits for no requests any more.
  void head_went_off();
  // Would one more call of the function, behind all that wait, get a container at once?
  bool starts_at_once(FunctionId function) const;
  // Its images on their way there are lost; the calls that waited for them stay in the queue (R37).
  void node_went_off(NodeId node);
  // Images on their way to a node.
  std::size_t under_way() const { return stagings_.size(); }
  // Of the container no invocation is left, but the head has not noticed yet.
  bool is_ending(ContainerId id) const { return ending_.contains(id); }
  bool has_unnoticed_images() const { return unnoticed_images_ > 0; }

private:
  enum Event : std::uint32_t { NothingToLoad, CopyFailed, NoticeIsDue };
  enum class What : std::uint8_t { Plan, End, Image, Expiry };
  // That something has happened, which a busy head sees later.
  struct Notice {
    What what;
    std::uint64_t argument;
  };
  struct Start {
    FunctionId function;
    NodeId node;
    ContainerId container;        // none: a new one
    std::uint32_t generation = 0; // of the container
  };
  struct Move {          // of an image to a node
    FunctionId function; // of the call that waits for it
    NodeId node;
  };
  struct Plan {
    std::vector<Start> starts;
    std::vector<Move> loads, copies, waits; // the first two are among the last
    std::vector<FunctionId> fetches;
  };
  // An image on its way to a node.
  struct Staging {
    NodeId node;
    ImageId image;
    std::uint64_t pass = 0;          // the last one in which calls waited for it
    std::vector<FunctionId> waiting; // a function for each of these calls
    Outcome failure;                 // it could not even begin
  };

  Plan make_plan() const;
  void carry_out(const Plan& plan);
  void start(const Start& planned);
  void load(NodeId node, ImageId image);
  void copy(NodeId node, ImageId image);
  std::uint64_t begin(NodeId node, ImageId image);
  void note_waiting(const Plan& plan);
  void loaded(std::uint64_t number, Outcome failure);
  void copied(std::uint64_t number, Outcome failure);
  void arrived(std::uint64_t number, const Outcome& failure);
  void forget(std::uint64_t number, const Staging& staging);
  void fail_waiting(const Staging& staging, const Outcome& failure);
  // Visits the function of each call that waits, in the order of the queue. The visitor says what next.
  enum class Next : std::uint8_t { GoOn, LeaveFunction, Stop };
  template <class Visit> void in_order(Visit&& visit) const;
  bool head_is_busy() const;
  void notice_later(What what, std::uint64_t argument);
  void see(const Notice& notice);
  void on_event(std::uint32_t kind, std::uint64_t argument) override;

  ServerlessComputeService::Parts& provider_;
  std::map<std::uint64_t, Staging> stagings_; // by number
  std::map<std::pair<NodeId, ImageId>, std::uint64_t> numbers_;
  std::map<std::uint64_t, Notice> notices_; // by number: in the order in which they are due
  std::set<ContainerId> ending_;
  std::size_t unnoticed_images_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t pass_ = 0;
  bool planning_ = false;
  bool again_ = false; // something changed during a pass
};

} // namespace wrench_serverless
