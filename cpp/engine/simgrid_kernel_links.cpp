// Links that change while streams cross them.
//
// SimGrid 4.1 makes three mistakes there. It gives a share at once to a stream that still waits for its latency, and
// its lazy update then forgets the end of the latency: the stream stalls. It keeps the bound of a stream's rate, which
// is the bandwidth that the links had when the stream began. And it counts the change also for streams in the other
// direction, whose acknowledgements alone cross the link; their weight, a sum of differences, may fall below 0, which
// aborts. So streams are held while SimGrid makes the change, and what it did to them is undone; then those whose route
// has changed get the weight and the bound that SimGrid gives to a new stream.
#include "engine/simgrid_kernel.hpp"

#include <simgrid/kernel/resource/Action.hpp>
#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/s4u/Host.hpp>
#include <xbt/config.hpp>

#include <algorithm>
#include <optional>
#include <vector>

// SimGrid exports these, but has no installed header for them.
namespace simgrid::kernel {
namespace lmm {
class System {
public:
  void update_variable_bound(Variable* variable, double bound);
  void update_variable_penalty(Variable* variable, double penalty);
};
} // namespace lmm
namespace resource {
class [[gnu::visibility("default")]] NetworkAction : public Action {
public:
  void set_state(State state) override;
  s4u::Host* source;
  s4u::Host* destination;
  double latency; // to be waited for; with full updates: what is left of it
  double route_latency;
  double penalty; // 1 / weight, in force once the latency is over
};
} // namespace resource
} // namespace simgrid::kernel

namespace wrench_serverless {

namespace {

namespace s4u = simgrid::s4u;
namespace resource = simgrid::kernel::resource;
using resource::NetworkAction;
using SuspendStates = resource::Action::SuspendStates;

// What SimGrid gives to a stream.
struct Terms {
  double latency = 0; // of its route
  double penalty = 0;
  double bound = -1; // none
};

// The streams under way, held while a link changes.
class HeldStreams {
public:
  HeldStreams(resource::Model& model, const s4u::Link& link)
      : model_(model), link_(link), weight_s_(simgrid::config::get_value<double>("network/weight-S")),
        tcp_gamma_(simgrid::config::get_value<double>("network/TCP-gamma")) {
    for (resource::Action& action : *model.get_started_action_set())
      if (auto* stream = dynamic_cast<NetworkAction*>(&action); stream != nullptr && stream->get_variable() != nullptr)
        streams_.push_back(
            {stream, {stream->route_latency, stream->penalty, stream->get_bound()}, !stream->is_suspended()});
    for (const Stream& stream : streams_)
      if (stream.running) // SimGrid gives no share to a stream that is suspended
        stream.action->set_suspend_state(SuspendStates::SUSPENDED);
  }

  void follow_change() {
    for (const Stream& stream : streams_) {
      if (stream.running)
        stream.action->set_suspend_state(SuspendStates::RUNNING);
      const auto fresh = terms_if_crossing(*stream.action);
      give(stream, fresh.value_or(stream.before), fresh.has_value());
    }
  }

private:
  struct Stream {
    NetworkAction* action;
    Terms before;
    bool running;
  };

  // What a stream of that route gets now; none if the route has not the link.
  std::optional<Terms> terms_if_crossing(const NetworkAction& action) {
    route_.clear();
    Terms terms;
    action.source->route_to(action.destination, route_, &terms.latency);
    if (std::find(route_.begin(), route_.end(), &link_) == route_.end())
      return {};
    terms.penalty = terms.latency;
    for (const s4u::Link* link : route_) {
      if (weight_s_ > 0)
        terms.penalty += weight_s_ / link->get_bandwidth();
      if (link->get_sharing_policy() != s4u::Link::SharingPolicy::WIFI)
        terms.bound = terms.bound < 0 ? link->get_bandwidth() : std::min(terms.bound, link->get_bandwidth());
    }
    if (terms.latency <= 0) {
      terms.penalty = 1; // SimGrid starts it at once, without another weight
    } else if (tcp_gamma_ > 0) {
      const double window = tcp_gamma_ / 2 / terms.latency;
      terms.bound = terms.bound < 0 ? window : std::min(terms.bound, window);
    }
    return terms;
  }

  void give(const Stream& stream, const Terms& terms, bool crosses) {
    NetworkAction& action = *stream.action;
    simgrid::kernel::lmm::System& system = *model_.get_maxmin_system();
    action.route_latency = terms.latency;
    action.penalty = terms.penalty;
    if (crosses && stream.running && !waits_for_latency(action))
      system.update_variable_penalty(action.get_variable(), terms.penalty);
    if (action.get_bound() != terms.bound)
      system.update_variable_bound(action.get_variable(), terms.bound);
  }

  bool waits_for_latency(const NetworkAction& action) const {
    return model_.is_update_lazy() ? action.get_type() == resource::ActionHeap::Type::latency : action.latency > 0;
  }

  resource::Model& model_;
  const s4u::Link& link_;
  double weight_s_, tcp_gamma_;
  std::vector<Stream> streams_;
  std::vector<s4u::Link*> route_; // of the last one asked for
};

} // namespace

void SimGridKernel::change_link(const s4u::Link& link, const std::function<void()>& change) {
  if (network_ == nullptr)
    return change();
  HeldStreams streams(*network_, link);
  change();
  streams.follow_change();
  changed();
}

void SimGridKernel::set_bandwidth(s4u::Link& link, double bandwidth) {
  change_link(link, [&] { link.set_bandwidth(bandwidth); });
}

void SimGridKernel::set_latency(s4u::Link& link, double latency) {
  change_link(link, [&] { link.set_latency(latency); });
}

} // namespace wrench_serverless
