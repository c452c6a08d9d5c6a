// The exceptions of a stack: those that it handles, and how many unwind it.
//
// The C++ runtime keeps them for each thread, not for each stack. Of two fibres that block within a `catch`, each would
// get the other's exception at `throw;`. So a stack leaves with what is its own, and puts back what it found.
#pragma once

namespace wrench_serverless {

// To be made at the bottom of a stack, as its first object.
class StackExceptions {
public:
  StackExceptions();
  ~StackExceptions();
  StackExceptions(const StackExceptions&) = delete;
  StackExceptions& operator=(const StackExceptions&) = delete;

  // As long as it lives, other stacks go on.
  class Away {
  public:
    explicit Away(StackExceptions& stack);
    // An exception is the way back unless back() was called.
    ~Away();
    Away(const Away&) = delete;
    Away& operator=(const Away&) = delete;
    void back();

  private:
    void come_back(unsigned thrown);
    StackExceptions* stack_; // null: it is back
  };

private:
  struct State { // as the Itanium C++ ABI says
    void* handled = nullptr;
    unsigned unwinding = 0;
  };
  static State exchange(State state);

  State around_; // of whoever entered this stack
  State own_;    // while it is away
};

} // namespace wrench_serverless
