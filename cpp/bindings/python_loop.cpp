#include "bindings/python_loop.hpp"

#include "bindings/process_end.hpp"
#include "bindings/python_errors.hpp"
#include "engine/platform_query.hpp"
#include "wrench_serverless/errors.hpp"

#include <cstring>
#include <limits>

namespace wrench_serverless {

namespace {

// greenlet's C interface, as its header declares it: a table of function pointers.
PyObject* current_greenlet() {
  static void** const table = [] {
    auto** found = static_cast<void**>(PyCapsule_Import("greenlet._C_API", 0));
    if (found == nullptr)
      throw py::error_already_set();
    return found;
  }();
  constexpr int get_current = 4;
  return reinterpret_cast<PyObject* (*)()>(table[get_current])();
}

// pybind11 keeps a list of the frames of its calls, the innermost first. Each begins with a pointer to the next; they
// are reached by way of one of our own, for all else about them is private.
bool is_within_another_call() {
  using Frame = py::detail::loader_life_support;
  const auto next = [](const Frame* frame) {
    const Frame* parent = nullptr;
    std::memcpy(static_cast<void*>(&parent), static_cast<const void*>(frame), sizeof(void*));
    return parent;
  };
  const Frame ours;
  const Frame* const call = next(&ours);
  return call != nullptr && next(call) != nullptr;
}

} // namespace

PythonLoop* PythonLoop::live = nullptr;

PythonLoop::PythonLoop(std::shared_ptr<Runtime> runtime) : runtime_(std::move(runtime)) {
  runtime_->on_close([this] { release(); });
}

// What Python gave us may refer to the simulation: a circle that the garbage collector can't see.
void PythonLoop::release() {
  for (const auto& body : controller_bodies_)
    body->release();
  // A greenlet that could not be unwound swallows all exceptions: to delete it would be to wait for ever.
  for (const Task& task : tasks_)
    if (task.greenlet && !task.greenlet.attr("dead").cast<bool>())
      task.greenlet.inc_ref();
  tasks_.clear();
  idle_.clear();
  for (BodyRun& controller : controllers_)
    controller.output.reset();
  hub_ = spawn_ = tick_ = py::object();
}

PyObject* PythonBody::callable_of(const std::shared_ptr<Body>& body) {
  const auto* in_python = body.use_count() == 1 ? dynamic_cast<const PythonBody*>(body.get()) : nullptr;
  return in_python != nullptr ? in_python->callable() : nullptr;
}

FibreId PythonBody::launch(Runtime& runtime, BodyRun& run) {
  run.body = this;
  run.job.context = &run;
  return runtime.fibres().spawn_python(run.job);
}

std::any PythonBody::input_of(std::span<const double> values) const {
  if (values.size() == 1)
    return py::object(py::float_(values.front()));
  py::tuple several(values.size());
  for (std::size_t index = 0; index < values.size(); ++index)
    several[index] = py::float_(values[index]);
  return py::object(std::move(several));
}

py::tuple PythonBody::job(const BodyRun& run) const {
  if (!takes_arguments_)
    return py::make_tuple(callable_);
  const auto* input = std::any_cast<py::object>(run.input);
  return py::make_tuple(callable_, input != nullptr ? *input : py::none(), run.storage);
}

PythonLoop& PythonLoop::of_caller() {
  const FibreId id = live == nullptr ? FibreId() : live->runtime_->fibres().current();
  if (!id)
    throw NotInSimulation("this call blocks, so it only works in a controller or in a function's body");
  const auto greenlet = py::reinterpret_steal<py::object>(current_greenlet());
  if (!live->task(id).greenlet.is(greenlet))
    throw NotInSimulation("this call blocks, so it has to come from the controller or body itself, not from another "
                          "thread or greenlet that it started");
  return *live;
}

PythonLoop& PythonLoop::of_blocking_caller() {
  PythonLoop& loop = of_caller();
  if (is_within_another_call())
    throw NotInSimulation("this call blocks, so it can't come from within another call of this package: from the "
                          "conversion of an argument, a finalizer or a callback of the garbage collector");
  return loop;
}

PythonLoop& PythonLoop::of_callback_or_caller() {
  if (live != nullptr && live->hub_ && live->hub_.is(py::reinterpret_steal<py::object>(current_greenlet())))
    return *live;
  return of_caller();
}

PythonLoop::Task& PythonLoop::task(FibreId id) {
  if (tasks_.size() <= id.value)
    tasks_.resize(std::max<std::size_t>(id.value + 1, 2 * tasks_.size()));
  return tasks_[id.value];
}

void PythonLoop::add_controller(const std::string& host, py::object function, const std::string& name) {
  runtime_->check_open();
  auto body = std::make_shared<PythonBody>(std::move(function), false);
  simgrid::s4u::Host& location = find_host(runtime_->kernel().engine(), host);
  BodyRun& run = controllers_.emplace_back();
  run.job.host = &location;
  run.job.name = std::make_shared<const std::string>(name);
  run.job.role = "controller";
  run.job.ended = runtime_->controller_continuation();
  run.job.dies_with_host = true;
  body->launch(*runtime_, run);
  controller_bodies_.push_back(std::move(body));
}

py::list PythonLoop::begin_run(std::optional<double> until, py::object hub, py::object spawn, py::object tick) {
  runtime_->begin_run();
  note_user();
  until_ = until.value_or(std::numeric_limits<double>::infinity());
  py::list orphans;
  if (hub_ && !hub_.is(hub))
    for (const FibreId id : runtime_->fibres().live_python())
      if (const Task& fibre = task(id); fibre.greenlet)
        orphans.append(fibre.greenlet);
  hub_ = std::move(hub);
  spawn_ = std::move(spawn);
  tick_ = std::move(tick);
  live = this;
  return orphans;
}

void PythonLoop::end_run() {
  runtime_->fibres().set_current(FibreId());
  runtime_->end_run();
  live = nullptr;
}

py::object PythonLoop::advance() {
  stop_if_process_ends();
  Fibres& fibres = runtime_->fibres();
  if (const FibreId last = fibres.current())
    fibres.gave_way(last);
  fibres.set_current(FibreId());
  for (;;) {
    switch (runtime_->advance(until_)) {
    case Advance::Python: {
      const FibreId id = fibres.current();
      Task& fibre = task(id);
      if (fibre.greenlet)
        return py::make_tuple(fibre.resume, to_python(fibres.take_outcome(id)));
      const auto& run = *static_cast<const BodyRun*>(fibres.job(id).context);
      const auto& body = *static_cast<const PythonBody*>(run.body);
      py::tuple job = body.job(run);
      if (idle_.empty())
        return py::make_tuple(spawn_, std::move(job));
      fibre.greenlet = std::move(idle_.back().greenlet);
      fibre.resume = std::move(idle_.back().resume);
      idle_.pop_back();
      return py::make_tuple(fibre.resume, std::move(job));
    }
    case Advance::Tick:
      look_around();
      if (std::exchange(tick_due_, false) && !tick_.is_none())
        return py::make_tuple(tick_, py::none());
      break;
    case Advance::Ended:
    case Advance::Until:
      return py::none();
    }
  }
}

// Ctrl-C, and the other threads' turn: Python sees to both by itself only while it runs bytecode.
void PythonLoop::look_around() {
  const auto now = std::chrono::steady_clock::now();
  if (PyErr_CheckSignals() != 0)
    throw py::error_already_set();
  if (now >= next_yield_) {
    without_python([] {});
    next_yield_ = now + std::chrono::milliseconds(10);
  }
  if (now >= next_tick_) {
    tick_due_ = true;
    next_tick_ = now + std::chrono::milliseconds(100);
  }
}

void PythonLoop::adopt(const py::object& greenlet) {
  Task& fibre = task(runtime_->fibres().current());
  fibre.greenlet = greenlet;
  fibre.resume = greenlet.attr("switch");
}

void PythonLoop::finished(py::object output, py::object failure) {
  stop_if_process_ends();
  const FibreId id = runtime_->fibres().current();
  if (!id)
    return; // it comes too late: the simulation is over
  Task& fibre = task(id);
  idle_.push_back({std::move(fibre.greenlet), std::move(fibre.resume)});
  fibre = Task{};
  auto& run = *static_cast<BodyRun*>(runtime_->fibres().job(id).context);
  if (failure.is_none()) {
    run.output = std::move(output);
    runtime_->fibres().python_ended(id, nullptr);
  } else {
    runtime_->fibres().python_ended(id, from_python(std::move(failure)));
  }
}

py::object PythonLoop::to_python_failure() { return to_python(runtime_->take_failure()); }

py::list PythonLoop::doom_all(const py::object& exception, py::object hub) {
  if (!runtime_->running())
    runtime_->begin_run();
  note_user();
  live = this;
  hub_ = std::move(hub);
  unwinding_ = true;
  py::list greenlets;
  for (const FibreId id : runtime_->fibres().live_python()) {
    runtime_->fibres().interrupt(id, from_python(exception));
    if (const Task& fibre = task(id); fibre.greenlet)
      greenlets.append(py::make_tuple(fibre.greenlet, id.value));
  }
  return greenlets;
}

py::list PythonLoop::idle_greenlets() {
  py::list greenlets;
  for (Worker& worker : idle_)
    greenlets.append(std::move(worker.greenlet));
  idle_.clear();
  return greenlets;
}

} // namespace wrench_serverless
