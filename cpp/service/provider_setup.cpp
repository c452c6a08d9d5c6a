#include "engine/platform_query.hpp"
#include "service/each_pass.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <unordered_set>

namespace wrench_serverless {

namespace {

void check_seconds_option(double value, const char* option) {
  if (!(value >= 0) || std::isinf(value))
    throw std::invalid_argument(std::string(option) + " is " + format_number(value) + ": it must be seconds >= 0");
}

} // namespace

ServerlessComputeService::Parts::Parts(std::shared_ptr<Runtime> owner, std::shared_ptr<Records> rows,
                                       ServerlessOptions given)
    : runtime(std::move(owner)), records(std::move(rows)), options(std::move(given)), cluster([this](ContainerId id) {
        // The cluster takes it off its own books itself.
        forget_container(id, ContainerEnd::Evicted);
      }) {
  cluster.set_slot_meter(&records->slot_meter());
  EachPass::check(options);
  if (options.claims == Claims::EachPass)
    passes = std::make_unique<EachPass>(*this);
  check_seconds_option(options.cold_start_overhead, "cold_start_overhead");
  check_seconds_option(options.warm_start_overhead, "warm_start_overhead");
  check_seconds_option(options.dispatch_overhead, "dispatch_overhead");
  if (options.control_message_size < 0)
    throw std::invalid_argument("control_message_size is " + std::to_string(options.control_message_size) +
                                ": it must be >= 0");
  if (options.concurrency < 1)
    throw std::invalid_argument("concurrency is 0: a container takes one invocation at least");
  if (options.max_concurrency == 0U)
    throw std::invalid_argument("max_concurrency is 0: it must be at least 1");
  if (options.burst_limit.has_value() != (options.burst_rate != 0))
    throw std::invalid_argument("burst_limit and burst_rate go together: give both or neither");
  if (options.burst_limit == 0U)
    throw std::invalid_argument("burst_limit is 0: it must be at least 1");
  if (!(options.burst_rate >= 0) || std::isinf(options.burst_rate))
    throw std::invalid_argument("burst_rate is " + format_number(options.burst_rate) +
                                ": it must be containers per second, positive and finite");
  if (options.cpu_per_memory && *options.cpu_per_memory < 1)
    throw std::invalid_argument("cpu_per_memory is " + std::to_string(*options.cpu_per_memory) +
                                ": it must be the bytes of memory that give one core");
  if (options.billing)
    options.billing->check();
  if (options.slots && *options.slots < 1)
    throw std::invalid_argument("slots is " + std::to_string(*options.slots) + ": it must be at least 1");
  if (!options.placement)
    options.placement = std::make_shared<WarmestFirst>();
  if (!options.keep_alive_policy)
    options.keep_alive_policy = std::make_shared<Fixed>(options.keep_alive);
  if (options.scaling && options.scaling->per_call())
    options.scaling = nullptr;
  if (options.scaling)
    if (const double period = options.scaling->period(); !(period >= ScalingPolicy::least_period) || std::isinf(period))
      throw std::invalid_argument("scaling has a period of " + format_number(period) + " s: it must be at least " +
                                  format_number(ScalingPolicy::least_period) + " s, and finite");
  limits_waiting = options.claims != Claims::BeforeImage && (options.queue_capacity || options.burst_limit);
  if (options.scaling && options.queue_capacity == 0U)
    throw std::invalid_argument(
        "queue_capacity is 0: with a scaling policy it must be at least 1, as a call for which no "
        "container is there waits until the policy has started one");
}

ServerlessComputeService::Parts::~Parts() = default;

// The error says which option asks for too much: it may be one that nobody gave.
std::shared_ptr<StorageService> ServerlessComputeService::Parts::make_store(const char* option, const std::string& host,
                                                                            const StorageOptions& given) const {
  try {
    return runtime->storages().create(runtime, host, given);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(std::string(option) + ": " + error.what());
  }
}

void ServerlessComputeService::Parts::set_head(const std::string& host) {
  head = &find_host(runtime->kernel().engine(), host);
  if (const auto* given = std::get_if<std::shared_ptr<StorageService>>(&options.image_store)) {
    if (*given == nullptr)
      throw std::invalid_argument("image_store is null");
    (*given)->parts().check();
    head_images.set_store(*given);
    return;
  }
  Bytes size = 0;
  if (const auto* most = std::get_if<UpTo>(&options.image_store)) {
    size = std::min(most->most, runtime->storages().unallocated(find_disk(*head)));
    if (size <= 0)
      throw std::invalid_argument("image_store: nothing is left of the disk of host '" + host +
                                  "', as others have all of it; give each of them a part, or give a storage service");
  } else {
    size = std::get<Bytes>(options.image_store);
  }
  head_images.set_store(
      make_store("image_store", host, {.capacity = size, .evict_lru = true, .name = name + "/images"}));
}

void ServerlessComputeService::Parts::add_node(const std::string& host) {
  simgrid::s4u::Host& location = find_host(runtime->kernel().engine(), host);
  NodeParts node;
  node.host = &location;
  node.name = std::make_shared<const std::string>(host);
  node.bare_metal = std::make_unique<BareMetalComputeService>(runtime, host, options.slots, name + "/" + host);
  node.slots = &node.bare_metal->parts();
  const Bytes left = runtime->storages().unallocated(find_disk(location));
  if (!options.node_store && left <= 0)
    throw std::invalid_argument("node_store: nothing is left of the disk of host '" + host +
                                "', as others have all of it; give each provider there a node_store of its own");
  node.store =
      make_store("node_store", host, {.capacity = options.node_store.value_or(left), .name = name + "/" + host});
  node_memory.push_back(runtime->memory_shares().take(location, name, options.node_memory));
  cluster.add_node(node.bare_metal->slots(), node_memory.back()->bytes, node.store->parts().space, host);
  if (!location.is_on())
    cluster.set_up(NodeId(nodes.size()), false);
  node_by_host[&location] = NodeId(nodes.size());
  nodes.push_back(std::move(node));
}

void ServerlessComputeService::Parts::check_registration(const Function& function, const FunctionLimits& limits) const {
  if (function_by_name.contains(function.name))
    throw RegistrationRefused("provider '" + name + "' has a function '" + function.name + "' already");
  EachPass::check(options, function.name, limits);
  check_reservation(function, limits);
  const Image& image = *function.image;
  Bytes most_memory = 0;
  Bytes most_storage = 0;
  for (std::uint32_t index = 0; index < nodes.size(); ++index) {
    const model::NodeContents& node = cluster.contents(NodeId(index));
    const bool memory_fits = limits.memory + image.memory <= node.memory.capacity();
    const bool storage_fits = limits.ephemeral_storage + image.size <= node.store->capacity();
    if (memory_fits && storage_fits)
      return;
    most_memory = std::max(most_memory, node.memory.capacity());
    most_storage = std::max(most_storage, node.store->capacity());
  }
  throw RegistrationRefused(
      "no node of provider '" + name + "' could ever run function '" + function.name + "': it needs " +
      format_bytes(limits.memory + image.memory) + " of memory (" + format_bytes(limits.memory) +
      " and its image's footprint of " + format_bytes(image.memory) + ") and " +
      format_bytes(limits.ephemeral_storage + image.size) + " of storage (" + format_bytes(limits.ephemeral_storage) +
      " and its image's " + format_bytes(image.size) + "); the most that a node has is " + format_bytes(most_memory) +
      " of memory, and " + format_bytes(most_storage) + " of storage");
}

void ServerlessComputeService::Parts::add_function(const std::shared_ptr<const RegisteredFunction>& registered) {
  const std::shared_ptr<const Image>& image = registered->function->image;
  const auto [known, fresh] = image_ids.try_emplace(image.get(), ImageId());
  if (fresh) {
    known->second = head_images.add(image);
    cluster.add_image({image->file.file, image->size, image->memory});
  }
  const FunctionLimits& limits = registered->limits;
  const std::uint32_t concurrency = limits.concurrency.value_or(options.concurrency);
  const FunctionId id =
      cluster.add_function({known->second, limits.memory, limits.ephemeral_storage, concurrency, registered->name()});
  head_waiting.add_function(known->second);
  FunctionParts& parts = functions.grow();
  first_in_queue.push_back(nobody);
  parts.rest->registered = registered;
  parts.rest->name = std::make_shared<const std::string>(registered->name());
  parts.row = records->function(registered->name());
  parts.concurrency = concurrency;
  if (const Profile* const profile = registered->function->body->profile()) {
    parts.declared = true;
    const std::span<const Step> steps = parts.rest->steps = profile->steps();
    parts.steps = static_cast<std::uint32_t>(steps.size());
    if (const auto* sleep = steps.empty() ? nullptr : std::get_if<Sleep>(&steps.front()))
      parts.first_sleep = sleep->seconds.value_or(FunctionParts::sleep_of_the_call);
  }
  parts.memory = static_cast<double>(limits.memory);
  parts.rest->queue = &records->add_queue({parts.row, row, parts.memory});
  parts.rest->time_limit = limits.time_limit;
  parts.limited = std::isfinite(limits.time_limit);
  parts.rest->ingress = limits.ingress;
  parts.rest->egress = limits.egress;
  parts.brings = limits.ingress > 0 || limits.egress > 0;
  // Another attempt would need to know what it brought.
  parts.only_sleeps = parts.steps == 1 && parts.first_sleep != FunctionParts::no_sleep && !parts.limited &&
                      !parts.brings && !limits.retries && concurrency == 1 && options.control_message_size == 0;
  parts.reserved = limits.reserved_concurrency.has_value();
  reserved_concurrency += limits.reserved_concurrency.value_or(0);
  parts.rest->tokens = options.burst_limit.value_or(0);
  function_by_name[registered->name()] = id;
  if (limits.provisioned_concurrency > 0)
    runtime->schedule(0, *this, Provision, id.value);
  options.keep_alive_policy->registered(id, registered->name());
}

ServerlessComputeService::ServerlessComputeService(std::shared_ptr<Runtime> runtime, std::shared_ptr<Records> records,
                                                   const std::string& head, const std::vector<std::string>& nodes,
                                                   ServerlessOptions options)
    : ComputeService(options.name.empty() ? "serverless@" + head : options.name, head) {
  runtime->check_open();
  if (nodes.empty())
    throw std::invalid_argument("nodes is empty: a provider needs at least one");
  std::unordered_set<std::string_view> names;
  for (const std::string& node : nodes)
    if (!names.insert(node).second)
      throw std::invalid_argument("nodes has '" + node + "' twice");
  parts_ = std::make_unique<Parts>(std::move(runtime), std::move(records), std::move(options));
  parts_->name = name();
  parts_->set_head(head);
  std::vector<std::pair<const simgrid::s4u::Host*, const simgrid::s4u::Host*>> routes;
  for (const std::string& node : nodes) {
    parts_->add_node(node);
    routes.emplace_back(parts_->head_images.store()->parts().host, parts_->nodes.back().host);
  }
  parts_->runtime->kernel().check_routes(routes);
  parts_->begin_policies();
  // Now that nothing can fail any more.
  for (const Parts::NodeParts& node : parts_->nodes)
    parts_->node_rows.push_back(parts_->records->node(*node.name, node.bare_metal->slots()));
  parts_->row = parts_->records->provider(name(), parts_->options.billing.value_or(Billing{.rounding = 0}));
  parts_->runtime->faults().watch(*parts_);
  if (parts_->runtime->checking())
    parts_->runtime->check_with([parts = parts_.get()] { parts->check(); });
  parts_->records->before_results([parts = parts_.get()] { parts->to_rows(); });
  parts_->runtime->explain_deadlock_with([parts = parts_.get()](auto& lines) { parts->describe_queues(lines); });
}

ServerlessComputeService::~ServerlessComputeService() = default;

// Where it was a policy that wanted no more.
std::string ServerlessComputeService::Parts::why_none_starts(const FunctionParts& function) const {
  const FunctionId id = function_by_name.at(*function.rest->name);
  if (options.scaling && cluster.containers_of(id) >= function.rest->desired)
    return " (its scaling policy " + options.scaling->name() + " wants " + std::to_string(function.rest->desired) +
           (function.rest->desired == 1 ? " container)" : " containers)");
  if (options.placement->may_decline() && cluster.best_room(id) != model::Room::None)
    return " (there is room, but its placement policy " + options.placement->name() + " chose no node)";
  return "";
}

void ServerlessComputeService::Parts::describe_queues(std::vector<std::string>& lines) const {
  const auto describe = [&](const CallQueue& calls, const FunctionParts& function, const std::string& why) {
    std::string line = "invocation " + std::to_string(calls.front().record);
    if (calls.size() > 1)
      line += " and " + std::to_string(calls.size() - 1) + " more";
    lines.push_back(line + " of function '" + *function.rest->name + "': " + why);
  };
  for (std::uint32_t index = 0; index < functions.size(); ++index) {
    const FunctionParts& function = functions[index];
    const FunctionId id(index);
    if (!function.rest->queue->empty())
      describe(*function.rest->queue, function,
               "no container of provider '" + name + "' is free" +
                   (head_waiting.waits(id) ? ", and " + why_image_is_missing(id) : why_none_starts(function)));
    if (head_waiting.calls(id) > 0)
      describe(*head_waiting.queue(id), function, why_image_is_missing(id));
  }
}

void ServerlessComputeService::Parts::to_rows() const {
  for (std::uint32_t index = 0; index < cluster.container_places(); ++index)
    if (const model::Container& container = cluster.container(ContainerId(index));
        container.state != model::ContainerState::Gone && container.state != model::ContainerState::Claimed) {
      to_row(ContainerId(index));
      if (container.has_sleeper())
        records->sleeps_on(container.sleeper().call);
    }
}

void ServerlessComputeService::Parts::release() {
  end_policies();
  for (std::uint32_t index = 0; index < extras.places(); ++index)
    if (const ContainerExtras last = std::exchange(extras[ExtrasId(index)], {}); last.storage)
      last.storage->parts().destroy();
  for (std::uint32_t index = 0; index < functions.size(); ++index) {
    const FunctionParts& function = functions[index];
    function.rest->registered->function->body->release();
    function.rest->registered->dead_letters->clear(); // what they failed of may refer to all this
    if (function.rest->registered->limits.routing)
      function.rest->registered->limits.routing->end();
  }
}

ProviderId ServerlessComputeService::id() const { return parts_->row; }
std::shared_ptr<StorageService> ServerlessComputeService::image_store() const { return parts_->head_images.store(); }
ClusterView ServerlessComputeService::cluster() const { return ClusterView(parts_->cluster); }
std::string ServerlessComputeService::node_name(NodeId id) const { return *parts_->nodes.at(id.value).name; }
std::size_t ServerlessComputeService::queued() const { return parts_->queued + parts_->head_waiting.calls(); }
std::size_t ServerlessComputeService::running() const { return parts_->running; }

std::vector<std::string> ServerlessComputeService::nodes() const {
  std::vector<std::string> names;
  for (const auto& node : parts_->nodes)
    names.push_back(*node.name);
  return names;
}

void ServerlessComputeService::Parts::on_event(std::uint32_t kind, std::uint64_t argument) {
  switch (kind) {
  case HeadIsFree:
    return handle_request(argument);
  case OverheadIsOver:
    return overhead_is_over(argument);
  case TimeIsOver:
    return time_is_over(argument);
  case KeepAliveIsOver:
    return keep_alive_is_over(argument);
  case ImageIsLoaded:
    return loaded(argument, nullptr);
  case WarmUpIsOver:
    return warm_up_is_over(argument);
  case PrewarmIsDue:
    return prewarm_is_due(FunctionId(static_cast<std::uint32_t>(argument)));
  case StepIsOver:
    return sleep_is_over(argument);
  case WorkGoesOn:
    return go_on_working(argument);
  case Provision:
    return provision(FunctionId(static_cast<std::uint32_t>(argument)));
  case NodeIsLookedAt:
    --nodes_to_look_at;
    return dispatch(NodeId(static_cast<std::uint32_t>(argument)));
  case TokenIsThere:
    return token_is_there(FunctionId(static_cast<std::uint32_t>(argument)));
  case RetryIsDue:
    return retry_is_due(argument);
  case ScalingTick:
    return scaling_tick();
  case SleeperWakes:
    return sleeper_wakes(argument);
  default:
    return;
  }
}

} // namespace wrench_serverless
