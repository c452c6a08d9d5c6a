#include "bindings/process_end.hpp"

#include "engine/runtime.hpp"

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <unistd.h>

namespace wrench_serverless {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds patience(200), most_patience(1000); // until code in Python is interrupted; in all
constexpr unsigned long nobody = 0;                                     // no thread has that number
std::atomic<unsigned long> ending = nobody;                             // the thread that ends the process
std::atomic<unsigned long> user = nobody; // the one that set up or ran a simulation last, until it has stopped
std::atomic<int> coming_back = 0;         // threads that ask for the lock, and have not looked since
std::atomic<int> set_ups = 0;             // under way
pid_t process = 0;                        // of `user`: a fork has only the thread that forked

bool must_stop() {
  const unsigned long ends = ending;
  return ends != nobody && ends != PyThread_get_thread_ident();
}

// Is there still a thread that uses the live simulation, or may?
bool is_used() {
  const unsigned long self = user;
  if (self == nobody || self == ending)
    return false;
  return pybind11::module_::import("sys").attr("_current_frames")().contains(self);
}

// Precondition: without the lock.
[[noreturn]] void stop() {
  unsigned long self = PyThread_get_thread_ident();
  user.compare_exchange_strong(self, nobody);
  for (;;)
    pause();
}

void come_back(PyThreadState* state) {
  ++coming_back;
  if (must_stop()) {
    --coming_back;
    stop();
  }
  PyEval_RestoreThread(state);
  --coming_back;
  stop_if_process_ends();
}

} // namespace

void without_python(const std::function<void()>& blocking) {
  PyThreadState* const state = PyEval_SaveThread();
  try {
    blocking();
  } catch (...) {
    come_back(state);
    throw;
  }
  come_back(state);
}

void stop_if_process_ends() {
  if (!must_stop())
    return;
  PyEval_SaveThread();
  stop();
}

void note_user() {
  stop_if_process_ends();
  user = PyThread_get_thread_ident();
  process = getpid();
}

SettingUpHere::SettingUpHere() {
  note_user();
  ++set_ups;
}

SettingUpHere::~SettingUpHere() { --set_ups; }

bool stop_other_threads() {
  ending = PyThread_get_thread_ident();
  if (process != getpid())
    user = nobody;
  bool interrupted = false;
  const auto begin = Clock::now();
  while ((is_used() || coming_back > 0) && Clock::now() < begin + most_patience) {
    if (!interrupted && Clock::now() >= begin + patience) {
      PyThreadState_SetAsyncExc(user, PyExc_SystemExit);
      interrupted = true;
    }
    const pybind11::gil_scoped_release others;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const Runtime* const live = Runtime::live();
  if (set_ups == 0 && !is_used() && (live == nullptr || !live->running()))
    return false;
  Runtime::forget_live(); // else SimGrid takes it apart when the process exits
  return true;
}

} // namespace wrench_serverless
