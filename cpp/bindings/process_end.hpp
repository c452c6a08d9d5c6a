// The end of the process while other threads are in here: a simulation that runs in a daemon thread, say.
//
// Python ends such a thread when it asks for the global lock, by unwinding its stack: through our frames, and those of
// greenlets, which ends the process with a crash. So before Python begins to end, its other threads are stopped where
// they give the lock away or come back for it, for good and without it.
#pragma once

#include <functional>

namespace wrench_serverless {

// Calls it without Python's global lock.
void without_python(const std::function<void()>& blocking);

// This thread is about to run a simulation. Does not return if the process ends.
void note_user();
// To be called now and then by what runs one, with the lock: does not return if the process ends.
void stop_if_process_ends();

// As long as one lives, this thread sets a simulation up.
class SettingUpHere {
public:
  SettingUpHere();
  ~SettingUpHere();
  SettingUpHere(const SettingUpHere&) = delete;
  SettingUpHere& operator=(const SettingUpHere&) = delete;
};

// By Python's atexit: returns when the other threads have stopped. One that never comes by, since it waits for
// something outside of Python, is waited for in vain, but not for long. True: one was in the middle of a run or a
// set-up; what is there can neither be used nor be taken apart.
bool stop_other_threads();

} // namespace wrench_serverless
