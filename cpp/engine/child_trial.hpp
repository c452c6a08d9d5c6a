// Tries something that may abort the process in a child process instead.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace wrench_serverless {

// Runs the function in a forked child. Nothing if it returned; else what it threw, or what SimGrid had to say before it
// died, without log prefixes, source positions and stack traces. A child that is still busy after 60 s of CPU time, or
// needs more memory than there is, has failed. Meanwhile other threads go on, and model::Interrupts can end it.
std::optional<std::string> try_in_child(const std::function<void()>& function);

// For the function that is tried: if the child dies from here on, this is the reason to report.
void trial_dies_of(const std::string& reason);

// For the function that is tried: from here on it may take so many seconds of CPU time.
void trial_takes_at_most(unsigned seconds);

} // namespace wrench_serverless
