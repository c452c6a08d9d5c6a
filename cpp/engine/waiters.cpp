#include "engine/waiters.hpp"

#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

#include <cmath>

namespace wrench_serverless {

std::uint64_t Waiters::add(std::size_t count, const Continuation& done, double timeout, std::string what) {
  const WaiterId id = waiters_.add(Waiter{count, ++generation_, WaiterList::none, done, timeout, std::move(what)});
  const std::uint64_t tag = std::uint64_t{generation_} << 32 | id.value;
  if (std::isfinite(timeout))
    runtime_.schedule_deadline(timeout, *this, 0, tag);
  return tag;
}

void Waiters::wait_for(std::uint64_t waiter, WaiterList& list) {
  std::uint32_t link = free_link_;
  if (link == WaiterList::none) {
    link = static_cast<std::uint32_t>(links_.size());
    links_.emplace_back();
  } else {
    free_link_ = links_[link].next;
  }
  Waiter& owner = *find(waiter);
  links_[link] = {waiter, &list, list.newest, WaiterList::none, owner.links};
  owner.links = link;
  (list.newest != WaiterList::none ? links_[list.newest].newer : list.oldest) = link;
  list.newest = link;
}

void Waiters::unlink(std::uint32_t link) {
  const Link gone = links_[link];
  (gone.older != WaiterList::none ? links_[gone.older].newer : gone.list->oldest) = gone.newer;
  (gone.newer != WaiterList::none ? links_[gone.newer].older : gone.list->newest) = gone.older;
}

void Waiters::notify(WaiterList& list) {
  while (list.oldest != WaiterList::none) { // whoever waited first is told first
    const std::uint32_t link = list.oldest;
    const std::uint64_t tag = links_[link].waiter;
    Waiter& waiter = *find(tag);
    unlink(link);
    links_[link].list = nullptr;
    if (--waiter.missing > 0)
      continue;
    const Continuation done = waiter.done;
    cancel(tag);
    done(nullptr);
  }
}

Waiters::Waiter* Waiters::find(std::uint64_t tag) {
  Waiter& waiter = waiters_[WaiterId(static_cast<std::uint32_t>(tag))];
  return waiter.generation == static_cast<std::uint32_t>(tag >> 32) ? &waiter : nullptr;
}

void Waiters::cancel(std::uint64_t tag) {
  Waiter* waiter = find(tag);
  if (waiter == nullptr)
    return;
  for (std::uint32_t link = waiter->links; link != WaiterList::none;) {
    const std::uint32_t next = links_[link].next;
    if (links_[link].list != nullptr)
      unlink(link);
    links_[link].next = free_link_;
    free_link_ = link;
    link = next;
  }
  *waiter = Waiter{};
  waiters_.remove(WaiterId(static_cast<std::uint32_t>(tag)));
}

void Waiters::on_event(std::uint32_t /*kind*/, std::uint64_t tag) {
  const Waiter* waiter = find(tag);
  if (waiter == nullptr)
    return;
  const Continuation done = waiter->done;
  auto error =
      std::make_exception_ptr(WaitTimeout("waited " + format_number(waiter->timeout) + " s for " + waiter->what + ": " +
                                          std::to_string(waiter->missing) + " not ended yet"));
  cancel(tag);
  done(std::move(error));
}

std::string Waiters::describe(std::uint64_t tag) const {
  const Waiter& waiter = waiters_[WaiterId(static_cast<std::uint32_t>(tag))];
  return waiter.missing == 1 ? waiter.what : waiter.what + " (" + std::to_string(waiter.missing) + " more)";
}

} // namespace wrench_serverless
