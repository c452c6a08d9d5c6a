// How much memory a trial may take: what the machine has to spare, so that it fails in the trial and not in the
// program.
#pragma once

namespace wrench_serverless {

// For the child process: what it asks for beyond that is refused (std::bad_alloc).
void limit_trial_memory();

} // namespace wrench_serverless
