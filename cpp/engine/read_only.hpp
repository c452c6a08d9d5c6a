// While a policy is asked it may look at the simulation, and not change it under the hands of who asks:
// Runtime::check_open throws. One simulation runs at a time in a process.
#pragma once

namespace wrench_serverless {

void set_read_only(bool read_only);
bool is_read_only();

} // namespace wrench_serverless
