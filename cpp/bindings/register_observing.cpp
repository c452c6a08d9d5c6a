#include "bindings/register.hpp"
#include "wrench_serverless/host.hpp"
#include "wrench_serverless/signals.hpp"

#include <pybind11/native_enum.h>
#include <pybind11/stl.h>

namespace wrench_serverless {

namespace py = pybind11;

void register_observing(py::module_& module) {
  py::class_<Host>(module, "Host", "A host of the platform: what it is, and turning it off and on (R37).")
      .def_property_readonly("name", &Host::name)
      .def_property_readonly("cores", &Host::cores)
      .def_property_readonly("speed", &Host::speed, "flop/s of one core.")
      .def_property_readonly("ram", &Host::ram, "Bytes; None: the platform does not say.")
      .def_property_readonly("is_on", &Host::is_on)
      .def("turn_off", &Host::turn_off,
           "What runs there fails with HostFailure; what moves to or from there fails with TransferFailure.")
      .def("turn_on", &Host::turn_on)
      .def("__repr__", [](const Host& self) { return "<Host '" + self.name() + "'>"; });

  py::class_<Link>(module, "Link", "A link of the platform: what it is, and turning it off and on (R38).")
      .def_property_readonly("name", &Link::name)
      .def_property_readonly("bandwidth", &Link::bandwidth, "Bytes/s.")
      .def_property_readonly("latency", &Link::latency, "s.")
      .def_property_readonly("is_on", &Link::is_on)
      .def("turn_off", &Link::turn_off, "What moves over it fails with TransferFailure.")
      .def("turn_on", &Link::turn_on)
      .def("__repr__", [](const Link& self) { return "<Link '" + self.name() + "'>"; });

  py::native_enum<ContainerEnd>(module, "ContainerEnd", "enum.IntEnum", "Why a container ended.")
      .value("ALIVE", ContainerEnd::Alive)
      .value("EXPIRED", ContainerEnd::Expired)
      .value("EVICTED", ContainerEnd::Evicted)
      .value("FAILED", ContainerEnd::Failed)
      .value("SCALED_DOWN", ContainerEnd::ScaledDown)
      .finalize();

  py::class_<ContainerEvent>(module, "ContainerEvent", "A container that has got ready, or has ended.")
      .def_readonly("time", &ContainerEvent::time, "s.")
      .def_readonly("container", &ContainerEvent::container, "Its row in results.containers.")
      .def_readonly("function", &ContainerEvent::function)
      .def_readonly("provider", &ContainerEvent::provider)
      .def_readonly("node", &ContainerEvent::node)
      .def_readonly("reason", &ContainerEvent::reason, "Why it ended.");

  py::class_<TransferEvent>(module, "TransferEvent", "A copy between storage services that starts, or has ended.")
      .def_readonly("time", &TransferEvent::time, "s.")
      .def_readonly("file", &TransferEvent::file)
      .def_readonly("source", &TransferEvent::source, "The name of a storage service.")
      .def_readonly("destination", &TransferEvent::destination, "The name of a storage service.")
      .def_readonly("bytes", &TransferEvent::bytes)
      .def_readonly("completed", &TransferEvent::completed, "At its end: did it arrive?");
}

} // namespace wrench_serverless
