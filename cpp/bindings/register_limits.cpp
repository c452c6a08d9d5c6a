// Retries and billing: what is given to functions and providers as one value.
#include "bindings/options.hpp"
#include "bindings/quantities.hpp"
#include "bindings/register.hpp"
#include "wrench_serverless/billing.hpp"
#include "wrench_serverless/retries.hpp"

#include <pybind11/stl.h>

namespace wrench_serverless {

namespace {

std::vector<double> to_delays(const py::object& given) {
  if (PyUnicode_Check(given.ptr()) != 0 || PySequence_Check(given.ptr()) == 0)
    return {to_seconds(given, "delay")};
  std::vector<double> delays;
  for (const auto& delay : given)
    delays.push_back(to_seconds(py::reinterpret_borrow<py::object>(delay), "delay"));
  return delays;
}

void choose_outcomes(Retries& retries, const py::object& on) {
  retries.failed = retries.timed_out = retries.refused = false;
  for (const auto& outcome : on) {
    if (!py::isinstance(outcome, py::type::of(py::cast(InvocationState::Failed))))
      throw py::type_error("on: give InvocationStates, not " +
                           std::string(py::str(py::type::of(outcome).attr("__name__"))));
    switch (outcome.cast<InvocationState>()) {
    case InvocationState::Failed:
      retries.failed = true;
      break;
    case InvocationState::TimedOut:
      retries.timed_out = true;
      break;
    case InvocationState::Refused:
      retries.refused = true;
      break;
    default:
      throw py::value_error("on has " + std::string(py::str(outcome.attr("name"))) +
                            ": give FAILED, TIMED_OUT and REFUSED, or some of them");
    }
  }
}

Retries make_retries(const py::object& count, const py::object& delay, const py::object& on, bool only_async) {
  Retries retries;
  const std::uint32_t most = to_count(count, "count", 0);
  if (most >= std::numeric_limits<std::uint16_t>::max())
    throw py::value_error("count is " + std::string(py::str(count)) + ": it must be less than 65535");
  retries.count = static_cast<std::uint16_t>(most);
  retries.delays = to_delays(delay);
  if (!on.is_none())
    choose_outcomes(retries, on);
  retries.asynchronous_only = only_async;
  retries.check();
  return retries;
}

double to_price(const py::object& value, const char* argument) {
  if (!detail::is_real(value))
    throw py::type_error(std::string(argument) + ": give a number, not " +
                         std::string(py::str(py::type::of(value).attr("__name__"))));
  return detail::to_double(value);
}

Billing make_billing(const py::object& per_gb_second, const py::object& per_request, const py::object& per_second,
                     const py::object& per_provisioned_gb_second, const py::object& rounding, const py::object& minimum,
                     const py::object& gigabyte) {
  Billing billing;
  billing.per_gb_second = to_price(per_gb_second, "per_gb_second");
  billing.per_request = to_price(per_request, "per_request");
  billing.per_second = to_price(per_second, "per_second");
  billing.per_provisioned_gb_second = to_price(per_provisioned_gb_second, "per_provisioned_gb_second");
  billing.rounding = to_seconds(rounding, "rounding");
  billing.minimum = to_seconds(minimum, "minimum");
  billing.gigabyte = to_bytes(gigabyte, "gigabyte");
  billing.check();
  return billing;
}

} // namespace

Retries to_retries(const py::object& given) {
  return py::isinstance<Retries>(given) ? given.cast<Retries>() : make_retries(given, py::int_(0), py::none(), false);
}

void register_limits(py::module_& module) {
  module.def(
      "to_bytes", [](const py::object& value, const std::string& name) { return to_bytes(value, name.c_str()); },
      py::arg("value"), py::arg("name"), "A size as a number of bytes. Raises ValueError, naming it.");
  module.def(
      "to_seconds", [](const py::object& value, const std::string& name) { return to_seconds(value, name.c_str()); },
      py::arg("value"), py::arg("name"), "A time as a number of seconds. Raises ValueError, naming it.");

  module.def(
      "to_flops", [](const py::object& value, const std::string& name) { return to_flops(value, name.c_str()); },
      py::arg("value"), py::arg("name"), "Work as a number of flops. Raises ValueError, naming it.");

  py::class_<Retries>(
      module, "Retries",
      "How often an invocation is tried again that failed, timed out or was refused, and when (R35).\n\n"
      "`count`: attempts after the first. `delay`: seconds before each, or a list of them: before the\n"
      "first one, the second …; the last one also before all that follow. `on`: the outcomes that are\n"
      "tried again, of FAILED, TIMED_OUT and REFUSED; by default all of them. `only_async`: those of\n"
      "`invoke` are not.")
      .def(py::init(&make_retries), py::arg("count"), py::arg("delay") = 0, py::arg("on") = py::none(),
           py::arg("only_async") = false)
      .def_readonly("count", &Retries::count)
      .def_readonly("delays", &Retries::delays, "s")
      .def_readonly("only_async", &Retries::asynchronous_only)
      .def_property_readonly("on",
                             [](const Retries& self) {
                               py::list outcomes;
                               for (const auto state :
                                    {InvocationState::Failed, InvocationState::TimedOut, InvocationState::Refused})
                                 if (self.covers(state))
                                   outcomes.append(state);
                               return outcomes;
                             })
      .def("__repr__", [](const Retries& self) { return "<Retries: " + std::to_string(self.count) + ">"; });

  py::class_<Billing>(
      module, "Billing",
      "What a provider asks for its work, in any currency.\n\n"
      "`per_gb_second`: of a function's memory while its body runs. `per_request`: for each invocation\n"
      "that a container took. `per_second`: while a body runs, whatever its memory.\n"
      "`per_provisioned_gb_second`: of each provisioned container (R32), from its claim to its end.\n"
      "`rounding`: seconds; the time of each attempt is rounded up to a multiple of it; 0: not at all.\n"
      "`minimum`: seconds of each attempt. `gigabyte`: the bytes that count as a GB.")
      .def(py::init(&make_billing), py::kw_only(), py::arg("per_gb_second") = 0, py::arg("per_request") = 0,
           py::arg("per_second") = 0, py::arg("per_provisioned_gb_second") = 0, py::arg("rounding") = 0.001,
           py::arg("minimum") = 0, py::arg("gigabyte") = "1GB")
      .def_readonly("per_gb_second", &Billing::per_gb_second)
      .def_readonly("per_request", &Billing::per_request)
      .def_readonly("per_second", &Billing::per_second)
      .def_readonly("per_provisioned_gb_second", &Billing::per_provisioned_gb_second)
      .def_readonly("rounding", &Billing::rounding, "s")
      .def_readonly("minimum", &Billing::minimum, "s")
      .def_readonly("gigabyte", &Billing::gigabyte, "bytes")
      .def("__repr__", [](const Billing& self) {
        return "<Billing: " + format_number(self.per_gb_second) + " per GB-s, " + format_number(self.per_second) +
               " per s, " + format_number(self.per_provisioned_gb_second) + " per provisioned GB-s, " +
               format_number(self.per_request) + " per request>";
      });
}

} // namespace wrench_serverless
