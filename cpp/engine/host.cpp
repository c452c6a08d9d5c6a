#include "wrench_serverless/host.hpp"

#include "engine/platform_query.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

namespace {

std::vector<s4u::Link*> find_link(const s4u::Engine& engine, const std::string& name) {
  if (s4u::Link* link = engine.link_by_name_or_null(name))
    return {link};
  s4u::Link* up = engine.link_by_name_or_null(name + "_UP");
  s4u::Link* down = engine.link_by_name_or_null(name + "_DOWN");
  if (up != nullptr && down != nullptr)
    return {up, down};
  std::vector<std::string> names;
  for (const s4u::Link* candidate : engine.get_all_links()) {
    const std::string& full = candidate->get_name();
    names.push_back(full.ends_with("_UP") ? full.substr(0, full.size() - 3) : full);
  }
  std::string message = "no link '" + name + "'";
  if (const auto close = close_matches(name, names); !close.empty())
    message += "; did you mean '" + close.front() + "'?";
  throw PlatformError(message);
}

} // namespace

Host::Host(std::shared_ptr<Runtime> runtime, const std::string& name) : runtime_(std::move(runtime)), name_(name) {
  runtime_->check_open();
  host_ = &find_host(runtime_->kernel().engine(), name);
}

s4u::Host& Host::get() const {
  runtime_->check_open();
  return *host_;
}

int Host::cores() const { return host_cores(get()); }
double Host::speed() const { return host_speed(get()); }
std::optional<Bytes> Host::ram() const { return host_ram(get()); }
bool Host::is_on() const { return get().is_on(); }

void Host::turn_off() {
  runtime_->on_loop([this] { runtime_->faults().turn(get(), false); });
}

void Host::turn_on() {
  runtime_->on_loop([this] { runtime_->faults().turn(get(), true); });
}

Link::Link(std::shared_ptr<Runtime> runtime, const std::string& name) : runtime_(std::move(runtime)), name_(name) {
  runtime_->check_open();
  links_ = find_link(runtime_->kernel().engine(), name);
}

void Link::check() const { runtime_->check_open(); }

double Link::bandwidth() const {
  check();
  return links_.front()->get_bandwidth();
}

double Link::latency() const {
  check();
  return links_.front()->get_latency();
}

bool Link::is_on() const {
  check();
  return links_.front()->is_on();
}

void Link::turn(bool on) {
  runtime_->on_loop([this, on] {
    check();
    for (s4u::Link* link : links_)
      runtime_->faults().turn(*link, on);
  });
}

void Link::turn_off() { turn(false); }
void Link::turn_on() { turn(true); }

} // namespace wrench_serverless
