// Long set-ups can be stopped, and let the other threads of the program go on: Ctrl-C in Python, and its global lock.
#pragma once

#include <cstdint>
#include <functional>

namespace wrench_serverless::model {

// What the program around us (Python) does for that.
class Interrupts {
public:
  virtual void check() = 0;                                     // throws if somebody wants to stop
  virtual void wait(const std::function<void()>& blocking) = 0; // calls it while other threads go on

protected:
  ~Interrupts() = default;
};

// For the whole process; null: there is nothing to ask. To be set before anything is set up, and in a forked child.
void set_interrupts(Interrupts* interrupts);

// To be called now and then by what takes long. Throws what Interrupts::check throws.
void check_interrupts();
void wait_with_interrupts(const std::function<void()>& blocking);

// For loops: asks once in a thousand rounds.
class InterruptTicks {
public:
  void tick() {
    if (++rounds_ % 1024 == 0)
      check_interrupts();
  }

private:
  std::uint32_t rounds_ = 0;
};

} // namespace wrench_serverless::model
