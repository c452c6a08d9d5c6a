#include "bindings/options.hpp"
#include "bindings/register.hpp"
#include "bindings/user_policies.hpp"

namespace wrench_serverless {

void register_scaling(py::module_& module) {
  py::class_<LoadView>(module, "FunctionLoad", "A function as a scaling policy sees it.")
      .def_readonly("name", &LoadView::name)
      .def_readonly("now", &LoadView::now, "s.")
      .def_readonly("containers", &LoadView::containers, "That it has, and that are on their way.")
      .def_readonly("ready", &LoadView::ready, "Of these: those that run invocations, or could.")
      .def_readonly("under_way", &LoadView::under_way, "Its invocations that were admitted and have not ended.")
      .def_readonly("queued", &LoadView::queued, "Of these: those in no container.")
      .def_readonly("concurrency", &LoadView::concurrency, "Invocations that a container takes at once (R34).");
  py::class_<ScalingPolicy, std::shared_ptr<ScalingPolicy>>(
      module, "ScalingPolicy",
      "Says how many containers a function should have, instead of one for each call that waits. To derive from: "
      "`desired(self, function)` gives that number, every `period` seconds (an attribute, 2 by default), and at once "
      "when a call comes and the function has none. When nothing has happened for `settles_after` seconds (an "
      "attribute, 3600 by default) it is not asked until something does.")
      .def(py::init([]() -> std::shared_ptr<ScalingPolicy> { return std::make_shared<ScalingInPython>(); }))
      .def_property_readonly("name", &ScalingPolicy::name);
  py::class_<OnePerCall, ScalingPolicy, std::shared_ptr<OnePerCall>>(
      module, "OnePerCall", py::is_final(), "The default: a container for each call that finds none (R17).")
      .def(py::init<>());
  py::class_<KnativeAutoscaler, ScalingPolicy, std::shared_ptr<KnativeAutoscaler>>(
      module, "KnativeAutoscaler", py::is_final(),
      "Knative's pod autoscaler for concurrency (knative.dev/docs/serving/autoscaling/kpa-specific): as many "
      "containers as the mean number of invocations under way needs, if each is to have target_utilization * "
      "min(target, concurrency) of them; by the stable window, or the much shorter panic window while that wants "
      "panic_threshold_percentage of what is ready, and for a stable window after; never fewer in panic. When none is "
      "needed any more, the last one goes after scale_to_zero_grace. max_scale 0: any number.")
      .def(py::init([](double target, double target_utilization, const py::object& stable_window,
                       double panic_window_percentage, double panic_threshold_percentage, double max_scale_up_rate,
                       double max_scale_down_rate, const py::object& grace, const py::object& min_scale,
                       const py::object& max_scale, const py::object& tick) {
             return std::make_shared<KnativeAutoscaler>(
                 KnativeOptions{.target = target,
                                .target_utilization = target_utilization,
                                .stable_window = to_seconds(stable_window, "stable_window"),
                                .panic_window_percentage = panic_window_percentage,
                                .panic_threshold_percentage = panic_threshold_percentage,
                                .max_scale_up_rate = max_scale_up_rate,
                                .max_scale_down_rate = max_scale_down_rate,
                                .scale_to_zero_grace = to_seconds(grace, "scale_to_zero_grace"),
                                .min_scale = to_count(min_scale, "min_scale", 0),
                                .max_scale = to_count(max_scale, "max_scale", 0),
                                .tick = to_seconds(tick, "tick")});
           }),
           py::kw_only(), py::arg("target") = 100.0, py::arg("target_utilization") = 0.7,
           py::arg("stable_window") = 60.0, py::arg("panic_window_percentage") = 10.0,
           py::arg("panic_threshold_percentage") = 200.0, py::arg("max_scale_up_rate") = 1000.0,
           py::arg("max_scale_down_rate") = 2.0, py::arg("scale_to_zero_grace") = 30.0, py::arg("min_scale") = 0,
           py::arg("max_scale") = 0, py::arg("tick") = 2.0);
}

} // namespace wrench_serverless
