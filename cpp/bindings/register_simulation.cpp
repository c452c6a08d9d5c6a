#include "bindings/invocation_object.hpp"
#include "bindings/options.hpp"
#include "bindings/process_end.hpp"
#include "bindings/python_loop.hpp"
#include "bindings/python_policy.hpp"
#include "bindings/quantities.hpp"
#include "bindings/register.hpp"
#include "bindings/result_columns.hpp"
#include "bindings/user_policies.hpp"
#include "engine/read_only.hpp"
#include "wrench_serverless/errors.hpp"
#include "wrench_serverless/simulation.hpp"

#include <pybind11/stl.h>

#include <memory>
#include <utility>

namespace wrench_serverless {

namespace {

// A simulation with Python controllers. What was made by it shares it, and not its Python object: that may have
// attributes which lead back to them, in a circle that the garbage collector can't see.
class PythonSimulation : public Simulation, public std::enable_shared_from_this<PythonSimulation> {
public:
  // `stream`: who takes the records that go to files (_row_stream.py), or None.
  PythonSimulation(const Platform& platform, const SimulationOptions& options, py::object stream)
      : Simulation(platform, options), loop_(shared_runtime()), stream_(std::move(stream)) {
    live_ = this;
  }
  ~PythonSimulation() {
    if (live_ == this)
      live_ = nullptr;
    try {
      runtime().end_run();
      end(); // while the loop is there to be told
      keep_records();
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("the end of a simulation that nobody has");
    } catch (const std::exception& error) { // rows that did not get to their file
      PyErr_SetString(PyExc_RuntimeError, error.what());
      PyErr_WriteUnraisable(nullptr);
    }
  }
  PythonSimulation(const PythonSimulation&) = delete;
  PythonSimulation& operator=(const PythonSimulation&) = delete;
  PythonLoop& loop() { return loop_; }
  // The one that was made last, if it is still there.
  static PythonSimulation* live() { return live_; }

  // Writes all that was recorded so far, if records go to files.
  void keep_records() {
    if (stream_.is_none() || kept_)
      return;
    flush_records();
    stream_.attr("keep")(results());
    kept_ = runtime().closed();
  }

private:
  static PythonSimulation* live_;
  PythonLoop loop_;
  py::object stream_;
  bool kept_ = false; // for good
};

PythonSimulation* PythonSimulation::live_ = nullptr;

// It lives as long as the simulation.
template <class Part> std::shared_ptr<Part> part_of(PythonSimulation& simulation, Part& part) {
  return {simulation.shared_from_this(), &part};
}

// `options`: what _simulation.py has checked; `rows` takes columns of streamed rows.
SimulationOptions options_of(std::uint64_t seed, const std::vector<std::string>& config, const py::dict& options) {
  SimulationOptions result{.seed = seed, .config = config, .check = options["check"].cast<std::optional<bool>>()};
  const auto mode = options["records"].cast<std::string>();
  result.records = mode == "sampled"   ? RecordMode::Sampled
                   : mode == "summary" ? RecordMode::Summary
                   : mode == "parquet" ? RecordMode::Streamed
                                       : RecordMode::All;
  result.sample = options["sample"].cast<double>();
  if (options["cpu_sharing"].cast<std::string>() == "simgrid")
    result.cpu_sharing = CpuSharing::SimGrid;
  if (options["disk_sharing"].cast<std::string>() == "simgrid")
    result.disk_sharing = DiskSharing::SimGrid;
  if (const py::object rows = options["rows"]; !rows.is_none())
    result.rows = [rows](const std::shared_ptr<const InvocationTable>& table) { rows(invocation_columns(table)); };
  return result;
}

std::shared_ptr<ServerlessComputeService> create_serverless(PythonSimulation& self, const std::string& head,
                                                            const std::vector<std::string>& nodes,
                                                            const py::dict& options) {
  ServerlessComputeService& provider =
      self.create_serverless_compute_service(head, nodes, to_serverless_options(options));
  serve_python_policies(provider);
  return part_of(self, provider);
}

// A Python callback that C++ calls, also in the middle of what a fibre asked for: it must not block, so for its
// duration it is in no fibre.
template <class... Arguments> std::function<void(Arguments...)> callback(PythonSimulation& self, py::object function) {
  if (PyCallable_Check(function.ptr()) == 0)
    throw py::type_error("callback: give a callable, not " +
                         std::string(py::str(py::type::of(function).attr("__name__"))));
  return [fibres = &self.runtime().fibres(), function = std::move(function)](Arguments... arguments) {
    const FibreId caller = fibres->current();
    fibres->set_current(FibreId());
    try {
      function(arguments...);
    } catch (...) {
      fibres->set_current(caller);
      throw;
    }
    fibres->set_current(caller);
  };
}

void start_sleep(const py::object& seconds) {
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  const double delay = PyFloat_CheckExact(seconds.ptr()) ? check_seconds(PyFloat_AS_DOUBLE(seconds.ptr()), "seconds")
                                                         : to_seconds(seconds, "seconds");
  loop.begin({"a sleep to its end"}, [&](const Continuation& done) { return loop.runtime().start_sleep(delay, done); });
}

void start_compute(const py::object& flops) {
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  const double work = to_flops(flops, "flops");
  loop.begin({"a computation to its end"},
             [&](const Continuation& done) { return loop.runtime().start_compute(loop.job_of_caller(), work, done); });
}

// Other threads may run while a simulation is made, and change theirs.
Platform copy_of(const Platform& given) { return given; }

} // namespace

void register_simulation(py::module_& module) {
  py::class_<PythonSimulation, std::shared_ptr<PythonSimulation>>(module, "SimulationBase")
      .def(py::init([](const Platform& given, std::uint64_t seed, const std::vector<std::string>& config,
                       const py::dict& options) {
             const SettingUpHere setting_up;
             const Platform platform = copy_of(given);
             return std::make_shared<PythonSimulation>(platform, options_of(seed, config, options), options["rows"]);
           }),
           py::arg("platform"), py::arg("seed"), py::arg("config"), py::arg("options"))
      // Raises what the constructor would, and changes nothing.
      .def_static(
          "_check",
          [](const Platform& given, std::uint64_t seed, const std::vector<std::string>& config,
             const py::dict& options) {
            const SettingUpHere setting_up;
            const Platform platform = copy_of(given);
            Simulation::check(platform, options_of(seed, config, options));
          },
          py::arg("platform"), py::arg("seed"), py::arg("config"), py::arg("options"))
      .def(
          "create_storage_service",
          [](PythonSimulation& self, const std::string& host, const py::object& capacity, const std::string& disk,
             const std::optional<std::string>& eviction, const std::string& name) {
            if (eviction && *eviction != "lru")
              throw std::invalid_argument("eviction is '" + *eviction + "': give None or 'lru'");
            return self
                .create_storage_service(host, {.capacity = to_bytes(capacity, "capacity"),
                                               .disk = disk,
                                               .evict_lru = eviction.has_value(),
                                               .name = name})
                .shared_from_this();
          },
          py::arg("host"), py::arg("capacity"), py::arg("disk") = "/", py::arg("eviction") = py::none(),
          py::arg("name") = "", "A storage service on the host's disk with that mount (R2). Capacity in bytes.")
      .def("_create_serverless_compute_service", &create_serverless, py::arg("head"), py::arg("nodes"),
           py::arg("options"))
      .def(
          "create_bare_metal_service",
          [](PythonSimulation& self, const std::string& host, std::optional<int> slots) {
            return part_of(self, self.create_bare_metal_service(host, slots));
          },
          py::arg("host"), py::arg("slots") = py::none(),
          "A service that runs custom actions on the host; slots: by default its cores.")
      .def(
          "create_function_manager",
          [](PythonSimulation& self, const std::string& host, const py::object& routing) {
            return part_of(self, self.create_function_manager(host, to_routing_policy(routing)));
          },
          py::arg("host"), py::kw_only(), py::arg("routing") = py::none(),
          "A function manager on that host. `routing`: where a call goes whose function has several providers; by "
          "default to the first.")
      .def("host", &PythonSimulation::host, py::arg("name"), "A host of the platform. Raises PlatformError.")
      .def("link", &PythonSimulation::link, py::arg("name"), "A link of the platform. Raises PlatformError.")
      .def(
          "at",
          [](PythonSimulation& self, const py::object& time, py::object function) {
            self.at(to_date(time, "time"), callback<>(self, std::move(function)));
          },
          py::arg("time"), py::arg("function"),
          "Calls `function()` at the date (s), if the simulation lasts as long. It must not block.")
      .def(
          "on_invocation_state",
          [](PythonSimulation& self, const py::object& observer) {
            self.on_invocation_state(callback<const Invocation&>(self, observer));
            return observer;
          },
          py::arg("observer"),
          "Calls `observer(invocation)` at each new state. It must not block. Works as a decorator.")
      .def(
          "on_container_start",
          [](PythonSimulation& self, const py::object& observer) {
            self.on_container_start(callback<const ContainerEvent&>(self, observer));
            return observer;
          },
          py::arg("observer"), "Calls `observer(event)` when a container gets ready. Works as a decorator.")
      .def(
          "on_container_end",
          [](PythonSimulation& self, const py::object& observer) {
            self.on_container_end(callback<const ContainerEvent&>(self, observer));
            return observer;
          },
          py::arg("observer"), "Calls `observer(event)` when a container ends. Works as a decorator.")
      .def(
          "on_transfer_start",
          [](PythonSimulation& self, const py::object& observer) {
            self.on_transfer_start(callback<const TransferEvent&>(self, observer));
            return observer;
          },
          py::arg("observer"), "Calls `observer(event)` when a transfer starts. Works as a decorator.")
      .def(
          "on_transfer_end",
          [](PythonSimulation& self, const py::object& observer) {
            self.on_transfer_end(callback<const TransferEvent&>(self, observer));
            return observer;
          },
          py::arg("observer"), "Calls `observer(event)` when a transfer has ended. Works as a decorator.")
      .def_property_readonly("now", &PythonSimulation::now, "The simulated time in seconds.")
      .def_property_readonly("_ended_invocations", &PythonSimulation::ended_invocations)
      .def_property_readonly("host_names", &PythonSimulation::host_names, "The hosts of the platform, sorted.")
      .def("_close", &PythonSimulation::end)
      .def_property_readonly("_is_closed", [](const PythonSimulation& self) { return self.runtime().closed(); })
      .def("_results", &PythonSimulation::results)
      .def("_keep_records", &PythonSimulation::keep_records)
      .def(
          "_add_controller",
          [](PythonSimulation& self, const std::string& host, py::object function, const std::string& name) {
            self.loop().add_controller(host, std::move(function), name);
          },
          py::arg("host"), py::arg("function"), py::arg("name"))
      .def(
          "_begin_run",
          [](PythonSimulation& self, const py::object& until, py::object hub, py::object spawn, py::object tick) {
            const auto date = to_optional(until, "until", to_date);
            if (date && *date < self.now())
              throw std::invalid_argument("until is " + format_number(*date) + ": that is past, now is " +
                                          format_number(self.now()));
            return self.loop().begin_run(date, std::move(hub), std::move(spawn), std::move(tick));
          },
          py::arg("until"), py::arg("hub"), py::arg("spawn"), py::arg("tick"))
      .def("_runs_on", [](PythonSimulation& self, const py::object& hub) { return self.loop().runs_on(hub); })
      .def_property_readonly("_is_running", [](const PythonSimulation& self) { return self.runtime().running(); })
      .def_property_readonly("_unwinding", [](PythonSimulation& self) { return self.loop().unwinding(); })
      .def("_advance", [](PythonSimulation& self) { return self.loop().advance(); })
      .def("_end_run", [](PythonSimulation& self) { self.loop().end_run(); })
      .def("_adopt", [](PythonSimulation& self, const py::object& greenlet) { self.loop().adopt(greenlet); })
      .def("_finished", [](PythonSimulation& self, py::object output,
                           py::object failure) { self.loop().finished(std::move(output), std::move(failure)); })
      .def("_take_failure", [](PythonSimulation& self) { return self.loop().take_failure(); })
      .def("_doom_all", [](PythonSimulation& self, const py::object& exception,
                           py::object hub) { return self.loop().doom_all(exception, std::move(hub)); })
      .def("_enter", [](PythonSimulation& self, std::uint32_t fibre) { self.loop().enter(fibre); })
      .def("_idle_greenlets", [](PythonSimulation& self) { return self.loop().idle_greenlets(); });

  module.def(
      "live_simulation",
      [] { return PythonSimulation::live() != nullptr ? PythonSimulation::live()->weak_from_this().lock() : nullptr; },
      "The simulation that was made last; None: nobody has it any more.");
  module.def("stop_other_threads", &stop_other_threads, "Before Python ends.");
  module.def("start_sleep", &start_sleep, py::arg("seconds"));
  module.def("start_compute", &start_compute, py::arg("flops"));
  module.def(
      "now",
      [] {
        if (ReadOnly::is_active() || Observing::any()) // a policy is asked, or somebody observes
          return Runtime::live()->now();
        return PythonLoop::of_callback_or_caller().runtime().now();
      },
      "The simulated time in seconds. Only while a simulation is running: in controllers, bodies, policies, "
      "observers.");
  module.def(
      "current_invocation",
      [] {
        PythonLoop::of_caller();
        return current_invocation();
      },
      "The invocation that the calling body runs for. Only in a body.");
}

} // namespace wrench_serverless
