#include "engine/stack_exceptions.hpp"

#include <cxxabi.h>

#include <utility>

namespace wrench_serverless {

// Never inline: the runtime says that the address never changes, but a stack may go on in another thread.
[[gnu::noinline]] StackExceptions::State StackExceptions::exchange(State state) {
  return std::exchange(*reinterpret_cast<State*>(abi::__cxa_get_globals()), state);
}

StackExceptions::StackExceptions() : around_(exchange({})) {}

StackExceptions::~StackExceptions() {
  const State last = exchange({});
  exchange({around_.handled, around_.unwinding + last.unwinding}); // what ends the stack goes on unwinding
}

StackExceptions::Away::Away(StackExceptions& stack) : stack_(&stack) { stack.own_ = exchange(stack.around_); }

StackExceptions::Away::~Away() {
  if (stack_ != nullptr)
    come_back(1);
}

void StackExceptions::Away::back() { come_back(0); }

// `thrown`: how many exceptions have been thrown since on this stack.
void StackExceptions::Away::come_back(unsigned thrown) {
  StackExceptions& stack = *std::exchange(stack_, nullptr);
  stack.around_ = exchange({stack.own_.handled, stack.own_.unwinding + thrown});
  stack.around_.unwinding -= thrown;
}

} // namespace wrench_serverless
