// What is to happen when an operation ends, and how to end it early: two plain function pointers, so that starting an
// operation allocates nothing.
//
// A continuation is called at most once, from the event loop, never from within the call that started the operation,
// and not at all once the operation was cancelled.
#pragma once

#include <cstdint>
#include <exception>

namespace wrench_serverless {

// Null: the operation succeeded; else what it failed of.
using Outcome = std::exception_ptr;

struct Continuation {
  void (*call)(void* self, std::uint64_t tag, Outcome outcome) = nullptr;
  void* self = nullptr;
  std::uint64_t tag = 0;

  explicit operator bool() const { return call != nullptr; }
  void operator()(Outcome outcome) const { call(self, tag, std::move(outcome)); }

  // The member function `method(std::uint64_t tag, Outcome)` of an object.
  template <auto method, class T> static Continuation of(T* object, std::uint64_t tag) {
    return {[](void* target, std::uint64_t value, Outcome outcome) {
              (static_cast<T*>(target)->*method)(value, std::move(outcome));
            },
            object, tag};
  }
};

struct Canceller {
  void (*call)(void* self, std::uint64_t tag) = nullptr;
  void* self = nullptr;
  std::uint64_t tag = 0;

  explicit operator bool() const { return call != nullptr; }
  void operator()() const {
    if (call != nullptr)
      call(self, tag);
  }

  template <auto method, class T> static Canceller of(T* object, std::uint64_t tag) {
    return {[](void* target, std::uint64_t value) { (static_cast<T*>(target)->*method)(value); }, object, tag};
  }
};

} // namespace wrench_serverless
