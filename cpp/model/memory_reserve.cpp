#include "model/memory_reserve.hpp"

#include "model/memory_block.hpp"

#include <atomic>
#include <new>

#ifdef __linux__
#include <sys/resource.h>
#endif

namespace wrench_serverless::model::memory_reserve {

namespace {

std::atomic<void*> reserve = nullptr; // other threads of the program allocate, too
std::atomic<bool> released = false;
std::new_handler handler_before = nullptr;
bool limited = false; // the address space

#ifdef __linux__
bool has_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}
#else
bool has_limit() { return false; }
#endif

void handle() {
  if (release())
    return;
  if (handler_before == nullptr)
    throw std::bad_alloc();
  handler_before();
}

} // namespace

void keep() {
  released = false;
  limited = has_limit();
  if (reserve == nullptr) {
    try {
      memory_block::give_back(memory_block::take(bytes + ahead, false), bytes + ahead);
      reserve = memory_block::take(bytes, false);
    } catch (const std::bad_alloc&) { // then the first allocation that fails is the end
      return;
    }
  }
  if (const std::new_handler installed = std::get_new_handler(); installed != handle) {
    handler_before = installed;
    std::set_new_handler(handle);
  }
}

void drop() {
  if (void* const memory = reserve.exchange(nullptr); memory != nullptr)
    memory_block::give_back(memory, bytes);
  if (std::get_new_handler() == handle)
    std::set_new_handler(handler_before);
}

bool release() {
  void* const memory = reserve.exchange(nullptr);
  if (memory == nullptr)
    return false;
  memory_block::give_back(memory, bytes);
  released = true;
  return true;
}

void look_ahead() {
  if (!limited)
    return;
  try {
    memory_block::give_back(memory_block::take(ahead, false), ahead);
  } catch (const std::bad_alloc&) { // and there is no reserve
    released = true;
  }
}

void before_simgrid_starts() {
  constexpr std::size_t most = std::size_t{4} << 20; // for the tables that it makes for its first activity, mostly
  if (limited)
    memory_block::give_back(memory_block::take(most, false), most);
}

bool spent() { return released.load(std::memory_order_relaxed); }

} // namespace wrench_serverless::model::memory_reserve
