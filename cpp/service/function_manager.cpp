#include "service/manager.hpp"
#include "service/replay_run.hpp"
#include "wrench_serverless/profile.hpp"

#include "engine/platform_query.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace wrench_serverless {

FunctionManager::FunctionManager(std::shared_ptr<Runtime> runtime, std::shared_ptr<Records> records,
                                 const std::string& host, std::shared_ptr<RoutingPolicy> routing)
    : parts_(std::make_unique<Parts>()) {
  runtime->check_open();
  find_host(runtime->kernel().engine(), host);
  parts_->runtime = std::move(runtime);
  parts_->records = std::move(records);
  parts_->host = host;
  parts_->routing = std::move(routing);
  if (parts_->routing)
    parts_->routing->begin(parts_->runtime->random("routing at " + host)());
}

FunctionManager::~FunctionManager() = default;

const std::string& FunctionManager::host() const { return parts_->host; }

std::shared_ptr<const Image> FunctionManager::create_image(const std::string& name, const FileLocation& file,
                                                           std::optional<Bytes> memory) {
  parts_->runtime->check_open();
  if (name.empty())
    throw std::invalid_argument("name of the image is empty");
  if (!file.storage)
    throw std::invalid_argument("file of image '" + name + "' is at no storage service");
  file.storage->parts().check();
  const Bytes size = file.storage->size(file.file);
  if (memory && (*memory < 0 || *memory > max_bytes))
    throw std::invalid_argument("memory is " + std::to_string(*memory) + ": it must be bytes >= 0");
  return std::make_shared<const Image>(Image{name, file, size, memory.value_or(size)});
}

std::shared_ptr<const Function> FunctionManager::create_function(const std::string& name, FunctionBody body,
                                                                 std::shared_ptr<const Image> image) {
  return create_function(name, make_body(std::move(body)), std::move(image));
}

std::shared_ptr<const Function> FunctionManager::create_function(const std::string& name, Profile profile,
                                                                 std::shared_ptr<const Image> image) {
  return create_function(name, make_body(std::move(profile)), std::move(image));
}

std::shared_ptr<const Function> FunctionManager::create_function(const std::string& name, std::shared_ptr<Body> body,
                                                                 std::shared_ptr<const Image> image) {
  if (name.empty())
    throw std::invalid_argument("name of the function is empty");
  if (!image)
    throw std::invalid_argument("image of function '" + name + "' is null");
  return std::make_shared<const Function>(Function{name, std::move(body), std::move(image)});
}

namespace {

void check_limits(const FunctionLimits& limits) {
  if (!(limits.time_limit > 0))
    throw std::invalid_argument("time_limit is " + format_number(limits.time_limit) + ": it must be positive");
  for (const auto& [value, name] : {std::pair{limits.memory, "memory"},
                                    {limits.ephemeral_storage, "ephemeral_storage"},
                                    {limits.ingress, "ingress"},
                                    {limits.egress, "egress"}})
    if (value < 0 || value > max_bytes)
      throw std::invalid_argument(std::string(name) + " is " + std::to_string(value) + ": it must be bytes >= 0");
  if (limits.retries)
    limits.retries->check();
  if (limits.concurrency == 0U)
    throw std::invalid_argument("concurrency is 0: a container takes one invocation at least");
}

// The storage services that a step names.
std::vector<const StorageService*> storages_of(const Step& step) {
  if (const auto* write = std::get_if<Write>(&step))
    return {write->storage.get()};
  if (const auto* read = std::get_if<Read>(&step))
    return {read->storage.get()};
  if (const auto* transfer = std::get_if<Transfer>(&step))
    return {transfer->from.get(), transfer->to.get()};
  return {};
}

void check_storages(const Function& function, const std::shared_ptr<Runtime>& runtime) {
  const Profile* const profile = function.body->profile();
  if (profile == nullptr)
    return;
  for (std::size_t index = 0; index < profile->steps().size(); ++index)
    for (const StorageService* const storage : storages_of(profile->steps()[index]))
      if (storage != nullptr && storage->parts().runtime != runtime)
        throw std::invalid_argument("the storage service '" + storage->name() + "' of step " + std::to_string(index) +
                                    " of its profile is not of this simulation");
}

} // namespace

std::shared_ptr<const RegisteredFunction>
FunctionManager::register_function(const std::shared_ptr<const Function>& function,
                                   const std::vector<ServerlessComputeService*>& providers,
                                   const FunctionLimits& limits) {
  parts_->runtime->check_open();
  check_limits(limits);
  if (providers.empty())
    throw std::invalid_argument("providers is empty: a function is registered at one at least");
  for (auto provider = providers.begin(); provider != providers.end(); ++provider) {
    if (*provider == nullptr || (*provider)->parts().runtime != parts_->runtime)
      throw std::invalid_argument("providers has one that is not of this simulation");
    if (std::find(providers.begin(), provider, *provider) != provider)
      throw std::invalid_argument("providers has '" + (*provider)->name() + "' twice");
    (*provider)->parts().check_registration(*function, limits);
    if (const auto& file = function->image->file; file.storage->parts().runtime != parts_->runtime)
      throw std::invalid_argument("the image '" + function->image->name + "' is not of this simulation");
  }
  check_storages(*function, parts_->runtime);
  auto registered = std::make_shared<const RegisteredFunction>(RegisteredFunction{function, limits, providers});
  for (ServerlessComputeService* provider : providers) {
    provider->parts().add_function(registered);
    if (providers.size() > 1)
      provider->parts().is_a_choice = true;
  }
  if (limits.routing)
    limits.routing->begin(parts_->runtime->random("routing of " + function->name)());
  return registered;
}

namespace {

// What a call of declared work brings: its input is a number, several, or nothing.
std::vector<double> values_of(const Profile& profile, const FunctionInput& input, const std::string& function) {
  std::vector<double> values;
  if (const auto* number = std::any_cast<double>(&input))
    values = {*number};
  else if (const auto* several = std::any_cast<std::vector<double>>(&input))
    values = *several;
  else if (input.has_value())
    throw std::invalid_argument("input of '" + function +
                                "' is no number: it has declared work, and takes a double or a std::vector<double>");
  if (values.size() != profile.open_values())
    throw std::invalid_argument("input of '" + function + "' has " + std::to_string(values.size()) +
                                " values: its profile has " + std::to_string(profile.open_values()) +
                                " steps without a value");
  for (std::size_t index = 0; index < values.size(); ++index)
    profile.check_value(index, values[index], "input[" + std::to_string(index) + "] of '" + function + "'");
  return values;
}

} // namespace

void FunctionManager::Parts::check_function(const std::shared_ptr<const RegisteredFunction>& function) const {
  if (!function || function->providers.front()->parts().runtime != runtime)
    throw std::invalid_argument("function is not registered in this simulation");
}

FunctionManager::Parts::Target FunctionManager::Parts::target(const std::shared_ptr<const RegisteredFunction>& function,
                                                              ServerlessComputeService* provider) const {
  Target target;
  target.registered = function;
  target.provider = &(provider != nullptr ? provider : function->providers.front())->parts();
  target.function = target.provider->find_function(function->name());
  target.function_row = records->function(function->name());
  target.provider_row = target.provider->row;
  target.routed = provider == nullptr && function->providers.size() > 1;
  if (const Profile* const profile = function->function->body->profile()) {
    target.declared = true;
    target.open_values = static_cast<std::uint32_t>(profile->open_values());
  }
  return target;
}

LiveId FunctionManager::Parts::begin(const Target& target, simgrid::s4u::Host& caller, ReplaySource* source) {
  if (target.routed)
    if (RoutingPolicy* const policy = routing_of(*target.registered))
      return begin_routed(*policy, target, caller, source);
  const LiveId id = records->begin(target.function_row, target.provider_row, source);
  LiveInvocation& live = (*records)[id];
  live.record.requested = runtime->now();
  live.function = target.function;
  live.provider = target.provider;
  live.caller = &caller;
  if (source == nullptr || !target.declared)
    records->make_call(live,
                       std::shared_ptr<const std::string>(target.registered->function, &target.registered->name()));
  runtime->hold_open();
  if (target.provider->is_a_choice)
    count_call(live);
  return id;
}

bool FunctionManager::Parts::send(LiveId id) { return (*records)[id].provider->request(id); }

FunctionManager::Parts::Request
FunctionManager::Parts::request(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                                ServerlessComputeService* provider, bool asynchronous) {
  runtime->check_open();
  check_function(function);
  if (provider != nullptr && provider->parts().runtime != runtime)
    throw std::invalid_argument("provider is not of this simulation");
  const FibreId caller = runtime->fibres().current();
  if (!caller)
    throw NotInSimulation("invoke only works in a controller or in a function's body");
  std::vector<double> values;
  const Profile* const profile = function->function->body->profile();
  if (profile != nullptr)
    values = values_of(*profile, input, function->name());
  const LiveId id = begin(target(function, provider), *runtime->fibres().job(caller).host, nullptr);
  LiveInvocation& live = (*records)[id];
  live.call->input = std::move(input);
  live.asynchronous = asynchronous;
  if (!values.empty()) {
    live.value = values.front();
    if (values.size() > 1)
      live.unusual().more_values.assign(values.begin() + 1, values.end());
  }
  Request request{Invocation(live.call->data), false};
  request.answered = send(id);
  if (!request.answered && !request.invocation.data()->live) // refused at once
    std::rethrow_exception(request.invocation.failure());
  return request;
}

Replay FunctionManager::Parts::replay(Workload workload) {
  runtime->check_open();
  auto run = std::make_shared<ReplayRun>(*this, std::move(workload));
  replays.push_back(run);
  return Replay(run);
}

Canceller FunctionManager::Parts::start_answer(const Invocation& invocation, const Continuation& done) {
  const LiveId id = invocation.data()->live;
  (*records)[id].call->answer = done;
  return Canceller::of<&Parts::forget_answer>(this, records->call_tag(id));
}

void FunctionManager::Parts::forget_answer(std::uint64_t tag) {
  if (LiveInvocation* live = records->find_call(tag))
    live->call->answer = {};
}

// It may be of another simulation. One that is under way is of the one that is alive, and so is an open manager.
WaiterList* FunctionManager::Parts::open(const Invocation& invocation) const {
  const LiveId id = invocation.data()->live;
  if (!id && !invocation.is_done())
    throw Error("invocation " + std::to_string(invocation.id()) + " of function '" + invocation.function() +
                "' will never end: its simulation is over, and left it " + to_string(invocation.state()));
  if (!id)
    return nullptr;
  runtime->check_open();
  return &(*records)[id].call->waiters;
}

WaiterList* FunctionManager::Parts::open(const Replay& replay) {
  if (replay.is_done())
    return nullptr;
  if (replay.run()->closed())
    throw Error("the replay will never end: its simulation is over, and left it with " +
                std::to_string(replay.ended()) + " of " + std::to_string(replay.requested()) + " calls at their end");
  return &replay.run()->waiters;
}

Canceller FunctionManager::Parts::start_wait(const std::vector<WaiterList*>& open, std::size_t missing, double timeout,
                                             std::string what, const Continuation& done) {
  runtime->check_open();
  Waiters& waiters = runtime->waiters();
  const std::uint64_t waiter = waiters.add(missing, done, timeout, std::move(what));
  for (WaiterList* list : open)
    waiters.wait_for(waiter, *list);
  return Waiters::canceller(&waiters, waiter);
}

namespace {

double checked_timeout(const std::optional<double>& timeout) {
  if (timeout && !(*timeout >= 0))
    throw std::invalid_argument("timeout is " + format_number(*timeout) + ": it must be seconds >= 0");
  return timeout.value_or(std::numeric_limits<double>::infinity());
}

} // namespace

Invocation FunctionManager::Parts::call(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                                        ServerlessComputeService* provider, bool asynchronous) {
  Runtime& caller = Runtime::of_caller();
  std::optional<Request> made;
  // On the loop's stack: a request may start transfers at once.
  caller.fibres().block({"the head's answer"}, [&](const Continuation& done) {
    made = request(function, std::move(input), provider, asynchronous);
    return made->answered ? caller.start_sleep(0, done) : start_answer(made->invocation, done);
  });
  return made->invocation;
}

Invocation FunctionManager::invoke(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                                   ServerlessComputeService* provider) {
  return parts_->call(function, std::move(input), provider, false);
}

Invocation FunctionManager::invoke_async(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                                         ServerlessComputeService* provider) {
  return parts_->call(function, std::move(input), provider, true);
}

InvocationState FunctionManager::wait_one(const Invocation& invocation, std::optional<double> timeout) {
  return wait_all({invocation}, timeout).front();
}

namespace {

template <class Handle>
std::vector<WaiterList*> open_ones(const FunctionManager::Parts& parts, const std::vector<Handle>& handles) {
  std::vector<WaiterList*> open;
  for (const Handle& handle : handles)
    if (WaiterList* const waiters = parts.open(handle))
      open.push_back(waiters);
  return open;
}

// Blocks until so many of those have ended.
void block(FunctionManager::Parts& parts, const std::vector<WaiterList*>& open, std::size_t missing, double timeout,
           const std::string& what) {
  Runtime& runtime = Runtime::of_caller();
  if (missing > 0)
    runtime.fibres().block(parts.waiting(), [&](const Continuation& done) {
      return parts.start_wait(open, missing, timeout, what, done);
    });
}

} // namespace

std::string describe(const std::vector<Invocation>& invocations) {
  return invocations.size() == 1 ? "invocation " + std::to_string(invocations.front().id())
                                 : std::to_string(invocations.size()) + " invocations";
}

std::vector<Invocation> FunctionManager::wait_any(const std::vector<Invocation>& invocations,
                                                  std::optional<double> timeout) {
  const double limit = checked_timeout(timeout);
  if (invocations.empty())
    throw std::invalid_argument("invocations is empty: waiting for any of none would never end");
  const auto open = open_ones(*parts_, invocations);
  block(*parts_, open, open.size() < invocations.size() ? 0 : 1, limit, describe(invocations));
  std::vector<Invocation> ended;
  std::copy_if(invocations.begin(), invocations.end(), std::back_inserter(ended),
               [](const Invocation& invocation) { return invocation.is_done(); });
  return ended;
}

std::vector<InvocationState> FunctionManager::wait_all(const std::vector<Invocation>& invocations,
                                                       std::optional<double> timeout) {
  const double limit = checked_timeout(timeout);
  const auto open = open_ones(*parts_, invocations);
  block(*parts_, open, open.size(), limit, describe(invocations));
  std::vector<InvocationState> states;
  for (const Invocation& invocation : invocations)
    states.push_back(invocation.state());
  return states;
}

Replay FunctionManager::replay(Workload workload) { return parts_->replay(std::move(workload)); }

void FunctionManager::wait_one(const Replay& replay, std::optional<double> timeout) {
  const double limit = checked_timeout(timeout);
  const auto open = open_ones(*parts_, std::vector{replay});
  block(*parts_, open, open.size(), limit, "a replay");
}

} // namespace wrench_serverless
