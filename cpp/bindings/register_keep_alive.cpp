#include "bindings/options.hpp"
#include "bindings/register.hpp"
#include "bindings/user_policies.hpp"

namespace wrench_serverless {

namespace {

double seconds_of(const py::object& value, const char* argument) { return to_seconds_or_infinity(value, argument); }

} // namespace

void register_keep_alive(py::module_& module) {
  py::class_<KeepAlive>(module, "KeepAlive",
                        "What becomes of a container that has just become idle, and whether one is started in advance.")
      .def(py::init([](const py::object& keep, const py::object& after, const py::object& prewarm_keep) {
             const KeepAlive answer(seconds_of(keep, "keep"), seconds_of(after, "prewarm_after"),
                                    seconds_of(prewarm_keep, "prewarm_keep"));
             if (answer.prewarm_keep > 0 && answer.prewarm_after == KeepAlive::never)
               throw py::value_error("prewarm_keep is " + format_number(answer.prewarm_keep) +
                                     ", but prewarm_after is missing: without it no container is started in advance");
             return answer;
           }),
           py::arg("keep") = 0.0, py::arg("prewarm_after") = KeepAlive::never, py::arg("prewarm_keep") = 0.0)
      .def_readonly("keep", &KeepAlive::keep, "s that it is kept; 0: it ends at once; inf: for ever.")
      .def_readonly("prewarm_after", &KeepAlive::prewarm_after,
                    "s from now after which a new one is started, unless the function is invoked before; inf: none is.")
      .def_readonly("prewarm_keep", &KeepAlive::prewarm_keep, "s that that one is kept, once it is ready.")
      .def("__repr__", [](const KeepAlive& self) {
        return "KeepAlive(keep=" + format_number(self.keep) + ", prewarm_after=" + format_number(self.prewarm_after) +
               ", prewarm_keep=" + format_number(self.prewarm_keep) + ")";
      });

  py::class_<KeepAlivePolicy, std::shared_ptr<KeepAlivePolicy>>(
      module, "KeepAlivePolicy",
      "Says for how long idle containers are kept (R27). To derive from: `keep_alive(self, function, now)` is called "
      "for a container of the function (its name) that has just become idle, and gives seconds or a KeepAlive; "
      "`invoked(self, function, now, idle)`, if there is one, for each invocation: `idle` are the seconds since the "
      "one before had ended, 0 if any is still under way, nan for the first.")
      .def(py::init([]() -> std::shared_ptr<KeepAlivePolicy> { return std::make_shared<KeepAliveInPython>(); }))
      .def_property_readonly("name", &KeepAlivePolicy::name);
  py::class_<Fixed, KeepAlivePolicy, std::shared_ptr<Fixed>>(module, "Fixed", py::is_final(),
                                                             "Every container is kept for the same time.")
      .def(py::init([](const py::object& seconds) { return std::make_shared<Fixed>(seconds_of(seconds, "seconds")); }),
           py::arg("seconds"));
  py::class_<Never, KeepAlivePolicy, std::shared_ptr<Never>>(module, "Never", py::is_final(),
                                                             "Containers end with their invocation.")
      .def(py::init<>());
  py::class_<Always, KeepAlivePolicy, std::shared_ptr<Always>>(module, "Always", py::is_final(),
                                                               "Containers stay until their room is needed.")
      .def(py::init<>());
  py::class_<AdaptiveTTL, KeepAlivePolicy, std::shared_ptr<AdaptiveTTL>>(
      module, "AdaptiveTTL", py::is_final(),
      "Each function has a time to live of its own. At each invocation that finds the function idle it becomes "
      "min(most, max(least, ttl + step * (target - hit))), where hit is 1 if it was idle for ttl at most, and else 0: "
      "so the share of hits becomes `target`. Source: d-TTL of Basu et al., Adaptive TTL-Based Caching for Content "
      "Delivery, SIGMETRICS 2017, with a constant step.")
      .def(py::init([](double target, const py::object& initial, const py::object& step, const py::object& least,
                       const py::object& most) {
             return std::make_shared<AdaptiveTTL>(AdaptiveTTLOptions{.target = target,
                                                                     .initial = to_seconds(initial, "initial"),
                                                                     .step = to_seconds(step, "step"),
                                                                     .least = to_seconds(least, "least"),
                                                                     .most = to_seconds(most, "most")});
           }),
           py::arg("target") = 0.95, py::arg("initial") = 600.0, py::arg("step") = 60.0, py::arg("least") = 0.0,
           py::arg("most") = 14'400.0);
  py::class_<HybridHistogram, KeepAlivePolicy, std::shared_ptr<HybridHistogram>>(
      module, "HybridHistogram", py::is_final(),
      "Shahrad et al., Serverless in the Wild, USENIX ATC 2020: for each function a histogram of its idle times. A "
      "container ends with its invocation, and a new one is started just before the `head` percentile and kept until "
      "just after the `tail` percentile, with a `margin`. Where the histogram does not count (nothing seen; its bins' "
      "coefficient of variation is below `cv_threshold`; more than a share of `out_of_bounds` is beyond `range`) "
      "containers are kept for `fallback` seconds. The paper forecasts by ARIMA where too many are out of bounds.")
      .def(py::init([](const py::object& bin, const py::object& range, double head, double tail, double margin,
                       double cv_threshold, double out_of_bounds, const py::object& fallback) {
             return std::make_shared<HybridHistogram>(
                 HybridHistogramOptions{.bin = to_seconds(bin, "bin"),
                                        .range = to_seconds(range, "range"),
                                        .head = head,
                                        .tail = tail,
                                        .margin = margin,
                                        .cv_threshold = cv_threshold,
                                        .out_of_bounds = out_of_bounds,
                                        .fallback = seconds_of(fallback, "fallback")});
           }),
           py::arg("bin") = 60.0, py::arg("range") = 14'400.0, py::arg("head") = 0.05, py::arg("tail") = 0.99,
           py::arg("margin") = 0.1, py::arg("cv_threshold") = 2.0, py::arg("out_of_bounds") = 0.5,
           py::arg("fallback") = 14'400.0);
}

} // namespace wrench_serverless
