#include "wrench_serverless/host.hpp"

#include "engine/platform_query.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

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
  runtime_->on_loop([host = *this] { host.runtime_->faults().turn(host.get(), false); });
}

void Host::turn_on() {
  runtime_->on_loop([host = *this] { host.runtime_->faults().turn(host.get(), true); });
}

Link::Link(std::shared_ptr<Runtime> runtime, const std::string& name) : runtime_(std::move(runtime)), name_(name) {
  runtime_->check_open();
  links_ = find_links(runtime_->kernel().engine(), name);
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
  runtime_->on_loop([self = *this, on] {
    self.check();
    for (s4u::Link* link : self.links_)
      self.runtime_->faults().turn(*link, on);
  });
}

void Link::turn_off() { turn(false); }
void Link::turn_on() { turn(true); }

} // namespace wrench_serverless
