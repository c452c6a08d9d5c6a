#include "model/interrupts.hpp"

namespace wrench_serverless::model {
namespace {

Interrupts* installed = nullptr;

} // namespace

void set_interrupts(Interrupts* interrupts) { installed = interrupts; }

void check_interrupts() {
  if (installed != nullptr)
    installed->check();
}

void wait_with_interrupts(const std::function<void()>& blocking) {
  if (installed != nullptr)
    installed->wait(blocking);
  else
    blocking();
}

} // namespace wrench_serverless::model
