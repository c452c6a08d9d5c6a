// Waiting at the head for an image (R16): until it is there, or on a node that is up, its calls hold nothing.
//
// Calls that were admitted meanwhile join the queue together when it is there. Calls that are in the queue already, and
// whose claim would need a copy that the head has lost, keep their places: they take idle containers, and claims where
// no copy is needed. Containers that nobody has called for are tried for again.
#include "service/each_pass.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace wrench_serverless {

// May a call of the function, for which no container is idle, go into the queue?
bool ServerlessComputeService::Parts::image_is_at_hand(FunctionId function) const {
  return options.claims == Claims::BeforeImage || cluster.image_is_on_a_node(function) ||
         head_images.has(cluster.shape(function).image);
}

// The node of a claim that may be made now. None: no node has room, or the one that was chosen needs a copy that the
// head does not have.
NodeId ServerlessComputeService::Parts::place_with_image(FunctionId function) {
  const NodeId node = place(function);
  if (!node || options.claims != Claims::AtHead)
    return node;
  const ImageId image = cluster.shape(function).image;
  if (cluster.warmth(node, image) != Warmth::Absent || head_images.has(image))
    return node;
  wait_for_image(function);
  return {};
}

// Starts the fetch, unless it is under way.
void ServerlessComputeService::Parts::wait_for_image(FunctionId function) {
  const ImageId image = cluster.shape(function).image;
  if (head_waiting.begin(function))
    head_images.fetch(image, Continuation::of<&Parts::image_came>(this, image.value),
                      head->is_on() ? nullptr : head_is_off());
  take_tokens_ahead(function);
}

// The call was admitted, but for its token: without one it waits for room (R30).
bool ServerlessComputeService::Parts::wait_at_head(LiveId id, FunctionId function) {
  if (options.queue_capacity && waiting_for_room() >= *options.queue_capacity && lacks_token(function))
    return turn_down(id, queue_is_full(function, true));
  const bool wakes = options.scaling && !head_waiting.waits(function);
  note_admitted(id, function);
  records->enqueue(queue_at_head(function), id, true);
  head_waiting.count_call();
  wait_for_image(function);
  if (wakes) // those behind it are for the policy's next tick
    start_for_call(function, false);
  return true;
}

void ServerlessComputeService::Parts::image_came(std::uint64_t tag, Outcome failure) {
  const ImageId image(static_cast<std::uint32_t>(tag));
  if (failure != nullptr)
    image_failed(image, failure);
  else if (!passes || !passes->postpone_image(image))
    image_is_there(image);
}

void ServerlessComputeService::Parts::image_is_there(ImageId image) {
  const std::vector<FunctionId> waited = head_waiting.end(image);
  join_queue(waited);
  for (const FunctionId function : waited)
    if (functions[function.value].rest->registered->limits.provisioned_concurrency > 0)
      provision(function);
  claim_for(waited);
  start_for_nobody(waited);
}

// Containers that no call waits for.
void ServerlessComputeService::Parts::start_for_nobody(const std::vector<FunctionId>& waited) {
  for (const FunctionId function : waited) {
    if (std::exchange(head_waiting.prewarm(function), false))
      prewarm(function);
    if (options.scaling)
      start_missing(function);
  }
  if (options.scaling && !waited.empty())
    keep_ticking();
}

// Together, in the order of their admission, behind all that are there.
void ServerlessComputeService::Parts::join_queue(const std::vector<FunctionId>& waited) {
  using Next = std::pair<std::uint64_t, FunctionId>; // the sequence of its first call
  std::vector<Next> next;
  const auto add = [&](FunctionId function) {
    next.emplace_back(head_waiting.queue(function)->front().sequence, function);
    std::ranges::push_heap(next, std::greater<>());
  };
  for (const FunctionId function : waited)
    if (head_waiting.calls(function) > 0)
      add(function);
  while (!next.empty()) {
    std::ranges::pop_heap(next, std::greater<>());
    const FunctionId function = next.back().second;
    next.pop_back();
    const FunctionParts& parts = functions[function.value];
    Records::move_first(*head_waiting.queue(function), *parts.rest->queue, ++admissions);
    head_waiting.discount_call();
    queue_grew(function);
    if (head_waiting.calls(function) > 0)
      add(function);
  }
  for (const FunctionId function : waited)
    relist(function);
}

// Claims for the calls of these functions, in the order of their turns. Nothing has changed for other functions.
void ServerlessComputeService::Parts::claim_for(const std::vector<FunctionId>& waited) {
  if (passes)
    return passes->plan();
  using Next = std::pair<Turn, FunctionId>;
  const auto later = [](const Next& left, const Next& right) { return right.first < left.first; };
  std::vector<Next> next;
  const auto add = [&](FunctionId function) {
    if (!functions[function.value].listed)
      return;
    next.emplace_back(functions[function.value].rest->turn, function);
    std::ranges::push_heap(next, later);
  };
  for (const FunctionId function : waited)
    add(function);
  while (!next.empty()) {
    std::ranges::pop_heap(next, later);
    const auto [turn, function] = next.back();
    next.pop_back();
    const FunctionParts& parts = functions[function.value];
    if (parts.listed && (parts.rest->turn != turn || try_claim(function)))
      add(function);
  }
}

// R21: all that wait for it fail.
void ServerlessComputeService::Parts::image_failed(ImageId image, const Outcome& failure) {
  for (const FunctionId function : head_waiting.end(image)) {
    head_waiting.prewarm(function) = false;
    FunctionRest& rest = *functions[function.value].rest;
    if (head->is_on() && rest.provisioned < rest.registered->limits.provisioned_concurrency) {
      rest.provisioning_failed = true; // the next call shows whether it can come
      provision(function);
    }
    fail_waiting(function, failure);
  }
}

void ServerlessComputeService::Parts::fail_waiting(FunctionId function, const Outcome& failure) {
  give_up_places(function);
  for (std::size_t count = head_waiting.calls(function); count > 0; --count) {
    const LiveId first = records->dequeue(*head_waiting.queue(function), *this, function);
    head_waiting.discount_call();
    finish(first, InvocationState::Failed, failure);
  }
  relist(function);
}

// Calls that are in the queue, and that no claim is for, come before those that wait without a place. With a scaling
// policy as many as the containers that it wants and does not have would take: the others may get one of those that
// there are.
void ServerlessComputeService::Parts::give_up_places(FunctionId function) {
  const FunctionParts& parts = functions[function.value];
  CallQueue& queue = *parts.rest->queue;
  std::size_t stay = std::min(queue.size(), parts.expected());
  std::size_t count = queue.size() - stay;
  if (options.scaling) {
    const std::size_t had = cluster.containers_of(function);
    count = std::min(count, parts.rest->desired > had ? (parts.rest->desired - had) * parts.concurrency : 0);
    stay = 0; // the first ones go
  }
  if (count == 0)
    return;
  CallQueue& others = queue_at_head(function);
  const std::size_t without_place = others.size();
  for (; stay > 0; --stay)
    Records::move_first(queue, queue, queue.front().sequence);
  for (; count > 0; --count) {
    Records::move_first(queue, others, queue.front().sequence);
    queue_shrank(function);
    head_waiting.count_call();
  }
  for (std::size_t passed = 0; passed < without_place; ++passed)
    Records::move_first(others, others, others.front().sequence);
}

CallQueue& ServerlessComputeService::Parts::queue_at_head(FunctionId function) {
  CallQueue*& queue = head_waiting.queue(function);
  if (queue == nullptr)
    queue = &records->add_queue(functions[function.value].rest->queue->rows);
  return *queue;
}

// R37: the fetches fail; what is in the store stays.
void ServerlessComputeService::Parts::stop_fetching() {
  head_images.stop_fetching();
  for (const ImageId image : std::vector<ImageId>(head_waiting.images()))
    image_failed(image,
                 std::make_exception_ptr(HostFailure("the head of provider '" + name + "' went off while image '" +
                                                     head_images.image(image).name + "' was on its way there")));
}

// Idle containers may have taken the calls for which an image waited for room in the store: it is not fetched then.
bool ServerlessComputeService::Parts::still_wants(ImageId image) {
  if (options.claims == Claims::BeforeImage)
    return true; // what waits is a claim
  if (std::ranges::any_of(head_waiting.functions(image), [&](FunctionId id) { return wants_image(id); }))
    return true;
  for (const FunctionId function : head_waiting.end(image))
    recount_waiting(function);
  return false;
}

bool ServerlessComputeService::Parts::wants_image(FunctionId function) const {
  const FunctionRest& rest = *functions[function.value].rest;
  return head_waiting.calls(function) > 0 || rest.queue->size() > functions[function.value].expected() ||
         head_waiting.prewarm(function) || rest.provisioned < rest.registered->limits.provisioned_concurrency ||
         (options.scaling && rest.desired > cluster.containers_of(function));
}

// R30: how many calls wait for room, and not for an image.
std::size_t ServerlessComputeService::Parts::waiting_for_room() const {
  return waiting_calls - head_waiting.queued() + head_waiting.without_token();
}

// Would one more call that waits at the head be without a token (R33)? With a scaling policy it needs none.
bool ServerlessComputeService::Parts::lacks_token(FunctionId function) const {
  if (!options.burst_limit || options.scaling)
    return false;
  const FunctionParts& parts = functions[function.value];
  const std::size_t needed = parts.containers_for(parts.rest->waiting + head_waiting.calls(function) + 1);
  const std::size_t ahead = head_waiting.tokens(function);
  return needed > ahead && tokens(parts) < static_cast<double>(needed - ahead) * whole_token;
}

// For the calls of a function that waits, as far as there are any.
void ServerlessComputeService::Parts::take_tokens_ahead(FunctionId function) {
  if (options.burst_limit && !options.scaling) {
    FunctionParts& parts = functions[function.value];
    std::size_t& ahead = head_waiting.tokens(function);
    const std::size_t needed = parts.containers_for(parts.rest->waiting + head_waiting.calls(function));
    for (; ahead < needed && is_token_in_bucket(function); ++ahead)
      take_from_bucket(parts);
  }
  recount_waiting(function);
}

// To be called whenever the calls that wait have changed. A token for which no container was made goes back.
void ServerlessComputeService::Parts::recount_waiting(FunctionId function) {
  FunctionParts& parts = functions[function.value];
  const std::size_t at_head = head_waiting.calls(function);
  const std::size_t calls = parts.rest->waiting + at_head;
  const bool waits = head_waiting.waits(function);
  std::size_t& ahead = head_waiting.tokens(function);
  if (const std::size_t needed = parts.containers_for(calls); ahead > needed) {
    parts.rest->tokens =
        std::min(tokens(parts) + static_cast<double>(ahead - needed), static_cast<double>(*options.burst_limit));
    parts.rest->refilled = runtime->now();
    ahead = needed;
  }
  const bool needs_tokens = waits && options.burst_limit && !options.scaling;
  const std::size_t covered = needs_tokens ? ahead * parts.concurrency : calls;
  head_waiting.set_queued(function, waits ? parts.rest->waiting : 0);
  head_waiting.set_without_token(function, calls > covered ? calls - covered : 0);
}

// For a deadlock.
std::string ServerlessComputeService::Parts::why_image_is_missing(FunctionId function) const {
  const ImageId image = cluster.shape(function).image;
  return "image '" + head_images.image(image).name + "' " +
         (head_images.waits_for_room(image) ? "waits for room in the image store" : "is on its way to the head") +
         " of provider '" + name + "'";
}

} // namespace wrench_serverless
