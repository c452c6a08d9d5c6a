#include "engine/bare_metal.hpp"

#include "engine/platform_query.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace wrench_serverless {

void ComputeService::not_supported(const char* method) const {
  throw NotSupported(std::string(kind()) + " '" + name_ + "' does not support " + method);
}

const char* to_string(ActionState state) {
  static constexpr std::array names{"CREATED", "QUEUED", "RUNNING", "COMPLETED", "FAILED"};
  return names[static_cast<std::size_t>(state)];
}

CustomAction::CustomAction(std::string name, std::function<std::any()> code)
    : CustomAction(std::move(name), make_action_body(std::move(code))) {}

CustomAction::CustomAction(std::string name, std::shared_ptr<Body> body) : parts_(std::make_unique<Parts>()) {
  parts_->name = std::move(name);
  parts_->body = std::move(body);
}

CustomAction::~CustomAction() = default;

const std::string& CustomAction::name() const { return parts_->name; }
ActionState CustomAction::state() const { return parts_->state; }
double CustomAction::submitted() const { return parts_->submitted; }
double CustomAction::started() const { return parts_->started; }
double CustomAction::ended() const { return parts_->ended; }
const std::any& CustomAction::output() const { return parts_->run.output; }
std::exception_ptr CustomAction::failure() const { return parts_->failure; }

Canceller CustomAction::Parts::start_wait(double timeout, const Continuation& done) {
  if (runtime->closed())
    throw Error("action '" + name + "' will never end: its simulation is over, and left it " + to_string(state));
  Waiters& all = runtime->waiters();
  const std::uint64_t waiter = all.add(1, done, timeout, "action '" + name + "'");
  all.wait_for(waiter, waiters);
  return Waiters::canceller(&all, waiter);
}

void CustomAction::wait(std::optional<double> timeout) {
  Runtime& runtime = Runtime::of_caller();
  if (state() == ActionState::Created)
    throw Error("action '" + name() + "' was not submitted: waiting for it would never end");
  if (state() >= ActionState::Completed)
    return;
  runtime.fibres().block({"an action"}, [&](const Continuation& done) {
    return parts_->start_wait(timeout.value_or(std::numeric_limits<double>::infinity()), done);
  });
}

BareMetalComputeService::BareMetalComputeService(std::shared_ptr<Runtime> runtime, const std::string& host,
                                                 std::optional<int> slots, const std::string& name)
    : ComputeService(name.empty() ? "bare_metal@" + host : name, host), parts_(std::make_unique<Parts>()) {
  runtime->check_open();
  parts_->host = &find_host(runtime->kernel().engine(), host);
  parts_->host_name = host;
  parts_->slots = slots.value_or(host_cores(*parts_->host));
  if (parts_->slots <= 0)
    throw std::invalid_argument("slots is " + std::to_string(parts_->slots) + ": it must be at least 1");
  parts_->runtime = std::move(runtime);
  parts_->runtime->faults().watch(*parts_);
}

BareMetalComputeService::~BareMetalComputeService() = default;

int BareMetalComputeService::slots() const { return parts_->slots; }
int BareMetalComputeService::used_slots() const { return parts_->used; }

void BareMetalComputeService::submit(const std::shared_ptr<CustomAction>& action) {
  parts_->runtime->check_open();
  if (action->state() != ActionState::Created)
    throw Error("action '" + action->name() + "' was submitted before");
  CustomAction::Parts& parts = action->parts();
  parts.state = ActionState::Queued;
  parts.submitted = parts_->runtime->now();
  parts.runtime = parts_->runtime;
  parts_->runtime->hold_open();
  parts_->queue.push_back(action);
  parts_->start_queued();
}

FibreId BareMetalComputeService::Parts::start(Body& body, BodyRun& run) { return body.launch(*runtime, run); }

void BareMetalComputeService::Parts::start_queued() {
  while (used < slots && !queue.empty() && host->is_on()) {
    const std::shared_ptr<CustomAction> action = std::move(queue.front());
    queue.pop_front();
    running.push_back(action);
    ++used;
    CustomAction::Parts& parts = action->parts();
    parts.state = ActionState::Running;
    parts.started = runtime->now();
    static const std::any nothing;
    parts.run.input = &nothing;
    parts.run.job.host = host;
    parts.run.job.name = std::make_shared<const std::string>(parts.name);
    parts.run.job.role = "action";
    parts.run.job.ended = Continuation::of<&Parts::action_ended>(this, reinterpret_cast<std::uintptr_t>(action.get()));
    start(*parts.body, parts.run);
  }
}

void BareMetalComputeService::Parts::action_ended(std::uint64_t tag, Outcome failure) {
  const auto ended = std::find_if(running.begin(), running.end(), [tag](const auto& candidate) {
    return reinterpret_cast<std::uintptr_t>(candidate.get()) == tag;
  });
  const std::shared_ptr<CustomAction> action = std::move(*ended);
  running.erase(ended);
  CustomAction::Parts& parts = action->parts();
  parts.state = failure == nullptr ? ActionState::Completed : ActionState::Failed;
  parts.failure = std::move(failure);
  parts.ended = runtime->now();
  runtime->waiters().notify(parts.waiters);
  --used;
  runtime->let_go();
  start_queued();
}

} // namespace wrench_serverless
