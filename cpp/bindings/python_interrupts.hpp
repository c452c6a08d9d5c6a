// Ctrl-C during long set-ups, and the turn of other threads: model::Interrupts for Python.
#pragma once

namespace wrench_serverless {

void install_python_interrupts();

} // namespace wrench_serverless
