#include "engine/profiles.hpp"

#include "engine/platform_query.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/kernel/ProfileBuilder.hpp>

#include <algorithm>

namespace wrench_serverless {

using model::NamedProfile;
using model::ProfileKind;
namespace s4u = simgrid::s4u;

namespace {

// SimGrid knows several bandwidths of a Wi-Fi link, by the rates of its hosts, and no latency.
void check_varies(const s4u::Link& link, const NamedProfile& profile) {
  if (profile.kind != ProfileKind::LinkState && link.get_sharing_policy() == s4u::Link::SharingPolicy::WIFI)
    throw PlatformError("link '" + profile.element +
                        "' is a Wi-Fi link: only its state can vary, not its bandwidth or latency");
}

} // namespace

void Profiles::start(const std::vector<NamedProfile>& profiles, std::mt19937_64 random) {
  random_ = random;
  const s4u::Engine& engine = runtime_.kernel().engine();
  for (const NamedProfile& profile : profiles) {
    Followed followed{profile.kind, model::ProfileCursor(profile.kind, profile.pattern), nullptr, {}, nullptr, 0};
    if (profile.kind >= ProfileKind::LinkState) {
      followed.links = find_links(engine, profile.element);
      for (const s4u::Link* link : followed.links)
        check_varies(*link, profile);
    } else {
      followed.host = &find_host(engine, profile.element);
    }
    followed_.push_back(std::move(followed));
  }
  for (std::size_t index = 0; index < followed_.size(); ++index) {
    if (followed_[index].kind == ProfileKind::HostSpeed)
      start_speed(followed_[index]);
    follow(index);
  }
}

// Has the next change come at its date; those of date 0 are made at once.
void Profiles::follow(std::size_t index) {
  Followed& followed = followed_[index];
  for (;;) {
    double date = 0;
    if (followed.speed != nullptr) {
      if (!followed.speed->more)
        return;
      date = followed.speed->date;
    } else {
      const auto next = followed.cursor.next(random_);
      if (!next)
        return;
      date = next->date;
      followed.value = next->value;
    }
    if (date > 0) {
      ++pending_;
      runtime_.schedule_at(std::max(date, runtime_.now()), *this, 0, index);
      return;
    }
    apply(followed);
  }
}

void Profiles::on_event(std::uint32_t /*kind*/, std::uint64_t index) {
  --pending_;
  apply(followed_[index]);
  follow(index);
}

void Profiles::apply(const Followed& followed) {
  SimGridKernel& kernel = runtime_.kernel();
  switch (followed.kind) {
  case ProfileKind::HostState:
    return runtime_.faults().turn(*followed.host, followed.value > 0);
  case ProfileKind::LinkState:
    for (s4u::Link* link : followed.links)
      runtime_.faults().turn(*link, followed.value > 0);
    return;
  case ProfileKind::HostSpeed:
    kernel.step(runtime_.now()); // SimGrid applies what is due
    return;
  case ProfileKind::LinkBandwidth:
  case ProfileKind::LinkLatency:
    break;
  }
  kernel.bring_to(runtime_.now());
  for (s4u::Link* link : followed.links)
    followed.kind == ProfileKind::LinkBandwidth ? kernel.set_bandwidth(*link, followed.value)
                                                : kernel.set_latency(*link, followed.value);
  runtime_.activities().links_changed();
}

void Profiles::start_speed(Followed& followed) {
  auto speed = std::make_shared<Speed>(Speed{followed.cursor, &random_});
  followed.speed = speed;
  auto ask = [speed](std::vector<simgrid::kernel::profile::DatedValue>& values) {
    const auto next = speed->closed ? std::nullopt : speed->cursor.next(*speed->random);
    speed->more = next.has_value();
    if (!next)
      return;
    const double gap = std::max(0.0, next->date - speed->date);
    speed->date += gap; // as SimGrid adds it up
    values.emplace_back(gap, next->value);
  };
  // SimGrid takes a name once, and keeps the names of a simulation beside which this one is tried.
  static std::uint64_t count = 0;
  followed.host->set_speed_profile(simgrid::kernel::profile::ProfileBuilder::from_callback(
      "speed of " + followed.host->get_name() + ", " + std::to_string(count++), std::move(ask), -1.0));
}

void Profiles::close() {
  for (Followed& followed : followed_) {
    if (followed.speed == nullptr)
      continue;
    followed.speed->closed = true;
    while (followed.speed->more)
      runtime_.kernel().step(std::max(followed.speed->date, runtime_.kernel().clock()));
  }
  followed_.clear();
}

} // namespace wrench_serverless
