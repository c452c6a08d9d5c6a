// The exceptions of a stack: those that it handles, and how many unwind it.
//
// The C++ runtime keeps them for each thread, not for each stack. Of two fibres that block within a `catch`, each would
// get the other's exception at `throw;`. So a stack leaves with what is its own, and puts back what it found.
#pragma once

#include <cxxabi.h>

#include <utility>

namespace wrench_serverless {

// To be made at the bottom of a stack, as its first object.
class StackExceptions {
public:
  StackExceptions() : around_(exchange({})) {}
  ~StackExceptions() {
    const State last = exchange({});
    exchange({around_.handled, around_.unwinding + last.unwinding}); // what ends the stack goes on unwinding
  }
  StackExceptions(const StackExceptions&) = delete;
  StackExceptions& operator=(const StackExceptions&) = delete;

  // To be called first by whoever lets stacks go on, for it may be another thread than before. To ask the runtime at
  // each switch would cost more than the switch.
  static void enter_thread() { of_thread_ = reinterpret_cast<State*>(abi::__cxa_get_globals()); }

  // As long as it lives, other stacks go on.
  class Away {
  public:
    explicit Away(StackExceptions& stack) : stack_(&stack) { stack.own_ = exchange(stack.around_); }
    // Without back() the stack is left by an exception.
    ~Away() {
      if (stack_ != nullptr)
        come_back(1);
    }
    Away(const Away&) = delete;
    Away& operator=(const Away&) = delete;
    void back() { come_back(0); }

  private:
    // `thrown`: how many exceptions have been thrown since on this stack.
    void come_back(unsigned thrown) {
      StackExceptions& stack = *std::exchange(stack_, nullptr);
      stack.around_ = exchange({stack.own_.handled, stack.own_.unwinding + thrown});
      stack.around_.unwinding -= thrown;
    }
    StackExceptions* stack_; // null: it is back
  };

private:
  struct State { // as the Itanium C++ ABI says
    void* handled = nullptr;
    unsigned unwinding = 0;
  };
  static State exchange(State state) { return std::exchange(*of_thread_, state); }

  inline static State* of_thread_ = nullptr;
  State around_; // of whoever entered this stack
  State own_;    // while it is away
};

} // namespace wrench_serverless
