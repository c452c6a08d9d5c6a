#include "service/manager.hpp"

#include "engine/platform_query.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace wrench_serverless {

FunctionManager::FunctionManager(std::shared_ptr<Runtime> runtime, std::shared_ptr<Records> records,
                                 const std::string& host)
    : parts_(std::make_unique<Parts>()) {
  runtime->check_open();
  find_host(runtime->kernel().engine(), host);
  *parts_ = {std::move(runtime), std::move(records), host};
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
  const Bytes size = file.storage->size(file.file);
  if (memory && (*memory < 0 || *memory > max_bytes))
    throw std::invalid_argument("memory is " + std::to_string(*memory) + ": it must be bytes >= 0");
  return std::make_shared<const Image>(Image{name, file, size, memory.value_or(size)});
}

std::shared_ptr<const Function> FunctionManager::create_function(const std::string& name, FunctionBody body,
                                                                 std::shared_ptr<const Image> image) {
  return create_function(name, make_body(std::move(body)), std::move(image));
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
  if (limits.concurrency == 0U)
    throw std::invalid_argument("concurrency is 0: a container takes one invocation at least");
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
  auto registered = std::make_shared<const RegisteredFunction>(RegisteredFunction{function, limits, providers});
  for (ServerlessComputeService* provider : providers)
    provider->parts().add_function(registered);
  return registered;
}

FunctionManager::Parts::Request
FunctionManager::Parts::request(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                                ServerlessComputeService* provider) {
  runtime->check_open();
  if (!function || function->providers.front()->parts().runtime != runtime)
    throw std::invalid_argument("function is not registered in this simulation");
  if (provider != nullptr && provider->parts().runtime != runtime)
    throw std::invalid_argument("provider is not of this simulation");
  const FibreId caller = runtime->fibres().current();
  if (!caller)
    throw NotInSimulation("invoke only works in a controller or in a function's body");
  if (provider == nullptr)
    provider = function->providers.front();
  ServerlessComputeService::Parts& parts = provider->parts();
  InvocationRecord record;
  record.function = records->function(function->name());
  record.provider = parts.row;
  record.requested = runtime->now();
  const LiveId id = records->begin(record, std::shared_ptr<const std::string>(function->function, &function->name()));
  LiveInvocation& live = (*records)[id];
  live.input = std::move(input);
  live.caller = runtime->fibres().job(caller).host;
  runtime->hold_open();
  Request request{Invocation(live.data), false};
  request.answered = parts.request(id, function->name());
  if (!request.answered && !request.invocation.data()->live) // refused at once
    std::rethrow_exception(request.invocation.failure());
  return request;
}

Canceller FunctionManager::Parts::start_answer(const Invocation& invocation, const Continuation& done) {
  const LiveId id = invocation.data()->live;
  (*records)[id].answer = done;
  return Canceller::of<&Parts::forget_answer>(this, records->tag(id));
}

void FunctionManager::Parts::forget_answer(std::uint64_t tag) {
  if (LiveInvocation* live = records->find(tag))
    live->answer = {};
}

std::size_t FunctionManager::Parts::count_done(const std::vector<Invocation>& invocations) const {
  return static_cast<std::size_t>(
      std::count_if(invocations.begin(), invocations.end(), [](const Invocation& i) { return !i.data()->live; }));
}

Canceller FunctionManager::Parts::start_wait(const std::vector<Invocation>& invocations, std::size_t missing,
                                             double timeout, const Continuation& done) {
  Waiters& waiters = runtime->waiters();
  std::string what = invocations.size() == 1 ? "invocation " + std::to_string(invocations.front().id())
                                             : std::to_string(invocations.size()) + " invocations";
  const std::uint64_t waiter = waiters.add(missing, done, timeout, std::move(what));
  for (const Invocation& invocation : invocations)
    if (const LiveId id = invocation.data()->live)
      waiters.wait_for(waiter, (*records)[id].waiters);
  return Waiters::canceller(&waiters, waiter);
}

namespace {

double checked_timeout(const std::optional<double>& timeout) {
  if (timeout && !(*timeout >= 0))
    throw std::invalid_argument("timeout is " + format_number(*timeout) + ": it must be seconds >= 0");
  return timeout.value_or(std::numeric_limits<double>::infinity());
}

} // namespace

Invocation FunctionManager::invoke(const std::shared_ptr<const RegisteredFunction>& function, FunctionInput input,
                                   ServerlessComputeService* provider) {
  Runtime& runtime = Runtime::of_caller();
  std::optional<Parts::Request> request;
  // On the loop's stack: a request may start transfers at once.
  runtime.fibres().block({"the head's answer"}, [&](const Continuation& done) {
    request = parts_->request(function, std::move(input), provider);
    return request->answered ? runtime.start_sleep(0, done) : parts_->start_answer(request->invocation, done);
  });
  return request->invocation;
}

InvocationState FunctionManager::wait_one(const Invocation& invocation, std::optional<double> timeout) {
  return wait_all({invocation}, timeout).front();
}

std::vector<Invocation> FunctionManager::wait_any(const std::vector<Invocation>& invocations,
                                                  std::optional<double> timeout) {
  const double limit = checked_timeout(timeout);
  if (invocations.empty())
    throw std::invalid_argument("invocations is empty: waiting for any of none would never end");
  Runtime& runtime = Runtime::of_caller();
  if (parts_->count_done(invocations) == 0)
    runtime.fibres().block(parts_->waiting(),
                           [&](const Continuation& done) { return parts_->start_wait(invocations, 1, limit, done); });
  std::vector<Invocation> ended;
  std::copy_if(invocations.begin(), invocations.end(), std::back_inserter(ended),
               [](const Invocation& invocation) { return invocation.is_done(); });
  return ended;
}

std::vector<InvocationState> FunctionManager::wait_all(const std::vector<Invocation>& invocations,
                                                       std::optional<double> timeout) {
  const double limit = checked_timeout(timeout);
  Runtime& runtime = Runtime::of_caller();
  if (const std::size_t done_already = parts_->count_done(invocations); done_already < invocations.size())
    runtime.fibres().block(parts_->waiting(), [&](const Continuation& done) {
      return parts_->start_wait(invocations, invocations.size() - done_already, limit, done);
    });
  std::vector<InvocationState> states;
  for (const Invocation& invocation : invocations)
    states.push_back(invocation.state());
  return states;
}

} // namespace wrench_serverless
