// The one way to ask a policy. What it throws, and whatever is wrong with its answer, ends the simulation with a
// PolicyError that is nobody's to catch: run() raises it, and nothing is thrown through whatever has asked. From then
// on no policy is asked any more, and every answer is none. While it is asked, the simulation can only be looked at.
#pragma once

#include "engine/read_only.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/policy.hpp"

#include <exception>
#include <string>

namespace wrench_serverless {

class PolicyFailure {
public:
  explicit PolicyFailure(Runtime& runtime) : runtime_(runtime) {}

  // `where()`: " for function 'f'". A PolicyError is passed on as it is; anything else becomes the cause of one.
  template <class Where, class Ask>
  auto ask(const char* kind, const Policy& policy, Where&& where, Ask&& ask) -> decltype(ask()) {
    using Answer = decltype(ask());
    if (happened_)
      return Answer();
    try {
      try {
        const ReadOnly read_only(runtime_.fibres());
        return ask();
      } catch (const PolicyError&) {
        throw;
      } catch (const std::exception& failure) {
        fail(kind, policy, where(), std::string(": ") + failure.what());
      } catch (...) {
        fail(kind, policy, where(), "");
      }
    } catch (const PolicyError&) {
      happened_ = true;
      runtime_.controller_ended(0, std::current_exception()); // as what ends a controller does, if it is the first
    }
    return Answer();
  }
  bool happened() const { return happened_; }

private:
  [[noreturn]] static void fail(const char* kind, const Policy& policy, const std::string& where,
                                const std::string& what) {
    std::throw_with_nested(PolicyError(std::string(kind) + " policy " + policy.name() + " threw" + where + what));
  }

  Runtime& runtime_;
  bool happened_ = false;
};

} // namespace wrench_serverless
