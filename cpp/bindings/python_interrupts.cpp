#include "bindings/python_interrupts.hpp"

#include "bindings/process_end.hpp"
#include "model/interrupts.hpp"

#include <pybind11/pybind11.h>

namespace wrench_serverless {

namespace {

namespace py = pybind11;

class PythonInterrupts final : public model::Interrupts {
public:
  void check() override {
    if (PyGILState_Check() == 0)
      return;
    if (PyErr_CheckSignals() != 0)
      throw py::error_already_set();
    without_python([] {}); // the others' turn
  }

  void wait(const std::function<void()>& blocking) override {
    if (PyGILState_Check() == 0)
      return blocking();
    without_python(blocking);
  }
};

} // namespace

void install_python_interrupts() {
  static PythonInterrupts interrupts;
  model::set_interrupts(&interrupts);
}

} // namespace wrench_serverless
