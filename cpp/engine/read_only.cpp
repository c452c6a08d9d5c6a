#include "engine/read_only.hpp"

namespace wrench_serverless {

namespace {
bool now_read_only = false;
} // namespace

void set_read_only(bool read_only) { now_read_only = read_only; }
bool is_read_only() { return now_read_only; }

} // namespace wrench_serverless
