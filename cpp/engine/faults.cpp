#include "engine/faults.hpp"

#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

Faults::Faults(Runtime& runtime) : runtime_(runtime) {
  const s4u::Engine& engine = runtime.kernel().engine();
  for (s4u::Host* host : engine.get_all_hosts())
    host->on_this_onoff_cb([this, host](const s4u::Host&) { changed_.emplace_back(host, host->is_on()); });
  for (const s4u::Link* link : engine.get_all_links())
    if (!link->is_on())
      ++links_off_;
  for (s4u::Link* link : engine.get_all_links())
    link->on_this_onoff_cb([this](const s4u::Link& turned) { links_off_ += turned.is_on() ? -1 : 1; });
}

void Faults::turn(s4u::Host& host, bool on) {
  if (host.is_on() == on)
    return;
  runtime_.kernel().bring_to(runtime_.now());
  on ? host.turn_on() : host.turn_off();
  runtime_.kernel().call_back();
  tell();
}

void Faults::turn(s4u::Link& link, bool on) {
  if (link.is_on() == on)
    return;
  runtime_.kernel().bring_to(runtime_.now());
  on ? link.turn_on() : link.turn_off();
  runtime_.kernel().call_back();
}

bool Faults::tell() {
  if (changed_.empty())
    return false;
  for (const auto& [host, on] : std::exchange(changed_, {})) {
    for (FaultWatcher* watcher : std::vector(watchers_)) // a snapshot: they may watch more
      on ? watcher->host_came_back(*host) : watcher->host_went_off(*host);
    if (on)
      continue;
    runtime_.activities().fail_on(*host);
    runtime_.cpus().fail_on(*host);
    runtime_.fibres().fail_host(*host,
                                std::make_exception_ptr(HostFailure("host '" + host->get_name() + "' went off")));
  }
  return true;
}

bool Faults::passable(const s4u::Host& from, const s4u::Host& to) const {
  if (!from.is_on() || !to.is_on())
    return false;
  if (links_off_ == 0)
    return true;
  std::vector<s4u::Link*> links;
  double latency = 0;
  from.route_to(&to, links, &latency);
  return std::all_of(links.begin(), links.end(), [](const s4u::Link* link) { return link->is_on(); });
}

} // namespace wrench_serverless
