// The engine's side of Python fibres: which greenlet runs what, and the operations that they start.
//
// The loop itself is in Python (_fibres.py), so that no C++ frame is alive when a greenlet is switched to.
#pragma once

#include "engine/body.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/simulation.hpp"

#include <pybind11/pybind11.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace wrench_serverless {

namespace py = pybind11;

// A body in Python.
class PythonBody final : public Body {
public:
  explicit PythonBody(py::object callable, bool takes_arguments = true)
      : callable_(std::move(callable)), takes_arguments_(takes_arguments) {}
  FibreId launch(Runtime& runtime, BodyRun& run) override;
  void release() override { callable_ = py::none(); }
  PyObject* callable() const { return callable_.ptr(); }
  // The callable of a body, if it is in Python and only its owner has it; else nullptr.
  static PyObject* callable_of(const std::shared_ptr<Body>& body);
  std::any input_of(std::span<const double> values) const override; // a float, or a tuple of floats
  // (callable, input, storage), or (callable,).
  py::tuple job(const BodyRun& run) const;

private:
  py::object callable_;
  bool takes_arguments_; // (input, storage), or none for a controller or an action
};

class PythonLoop {
public:
  explicit PythonLoop(std::shared_ptr<Runtime> runtime);

  // The loop of the live simulation that a fibre runs in; NotInSimulation if the caller is no fibre.
  static PythonLoop& of_caller();
  // The same for a binding that begins an operation. Other bindings must not be under way below it: their frames would
  // be alive across the switch.
  static PythonLoop& of_blocking_caller();
  // The same for what doesn't block: what is called at a date runs on the loop's own greenlet.
  static PythonLoop& of_callback_or_caller();
  Runtime& runtime() const { return *runtime_; }

  void add_controller(const std::string& host, py::object function, const std::string& name);

  // `hub` is the greenlet that runs the loop; `spawn(job)`, a Python function, runs the job on a new greenlet; `tick()`
  // is called now and then by wall time. Gives the greenlets that another hub has started: they need a new parent.
  py::list begin_run(std::optional<double> until, py::object hub, py::object spawn, py::object tick);
  bool runs_on(const py::object& hub) const { return runtime_->running() && hub_.is(hub); }
  // (switch, value): call switch(value). None: the run is over.
  py::object advance();
  void end_run();
  // Called on a new greenlet, before it runs its job.
  void adopt(const py::object& greenlet);
  // Called on the greenlet when the job has ended: the greenlet is free for another one.
  void finished(py::object output, py::object failure);
  // What ended a controller, or None.
  py::object take_failure() { return to_python_failure(); }
  // (greenlet, fibre) of all fibres that have started, to be entered and thrown out of; their blocking calls raise the
  // exception from now on. Counts as a run, which end_run() ends. And the idle greenlets.
  py::list doom_all(const py::object& exception, py::object hub);
  bool unwinding() const { return unwinding_; }
  void enter(std::uint32_t fibre) { runtime_->fibres().set_current(FibreId(fibre)); }
  py::list idle_greenlets();

  // Begins an operation of the current fibre. The greenlet has to give way afterwards.
  template <class Start> void begin(Waiting waiting, Start&& start) {
    runtime_->fibres().begin(runtime_->fibres().current(), waiting, std::forward<Start>(start));
  }
  simgrid::s4u::Host& host_of_caller() const { return *job_of_caller().host; }
  const FibreJob& job_of_caller() const { return runtime_->fibres().job(runtime_->fibres().current()); }

  static PythonLoop* live;

private:
  struct Task { // by FibreId
    py::object greenlet;
    py::object resume; // its bound method switch
  };
  struct Worker {
    py::object greenlet;
    py::object resume;
  };
  py::object to_python_failure();
  Task& task(FibreId id);
  void look_around();
  void release();

  std::shared_ptr<Runtime> runtime_;
  std::vector<Task> tasks_;
  std::vector<Worker> idle_;
  std::deque<BodyRun> controllers_; // they stay where they are
  std::vector<std::shared_ptr<Body>> controller_bodies_;
  py::object hub_;
  py::object spawn_;
  py::object tick_;
  double until_ = 0;
  std::chrono::steady_clock::time_point next_yield_;
  std::chrono::steady_clock::time_point next_tick_;
  bool tick_due_ = false;
  bool unwinding_ = false;
};

} // namespace wrench_serverless
