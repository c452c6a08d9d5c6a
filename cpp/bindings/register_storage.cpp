#include "bindings/python_loop.hpp"
#include "bindings/quantities.hpp"
#include "bindings/register.hpp"
#include "engine/storage.hpp"
#include "wrench_serverless/storage_service.hpp"

#include <pybind11/stl.h>

namespace wrench_serverless {

namespace {

void start_write(StorageService& storage, const std::string& name, const py::object& size) {
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  const Bytes bytes = to_bytes(size, "size");
  loop.begin({"a write to its end"}, [&](const Continuation& done) {
    return loop.runtime().storages().start_write(storage, name, bytes, loop.host_of_caller(), done);
  });
}

void start_read(StorageService& storage, const std::string& name, const py::object& size) {
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  const auto bytes = to_optional(size, "size", to_bytes);
  loop.begin({"a read to its end"}, [&](const Continuation& done) {
    return loop.runtime().storages().start_read(storage, name, bytes, loop.host_of_caller(), done);
  });
}

void start_copy(StorageService& storage, const std::string& name, StorageService& to) {
  PythonLoop& loop = PythonLoop::of_blocking_caller();
  loop.begin({"a copy to its end"},
             [&](const Continuation& done) { return loop.runtime().transfers().start(storage, name, to, done); });
}

} // namespace

void register_storage(py::module_& module) {
  py::class_<FileLocation>(module, "FileLocation", "A file at a storage service: what an image is made of.")
      .def_readonly("name", &FileLocation::file)
      .def_readonly("storage", &FileLocation::storage)
      .def("__repr__", [](const FileLocation& file) {
        return "<FileLocation '" + file.file + "' at '" + file.storage->name() + "'>";
      });

  py::class_<StorageService, std::shared_ptr<StorageService>>(
      module, "StorageService", "A slice of one disk with a capacity of its own (R2 to R6). Sizes in bytes.")
      .def_property_readonly("name", &StorageService::name)
      .def_property_readonly("host", &StorageService::host)
      .def_property_readonly("capacity", &StorageService::capacity)
      .def_property_readonly("free_space", &StorageService::free_space, "Bytes free without evicting anything.")
      .def_property_readonly("files", &StorageService::files, "The names of its files, sorted.")
      .def("__contains__", &StorageService::has, py::arg("name"))
      .def("size", &StorageService::size, py::arg("name"), "The size of a file in bytes. Raises FileNotFound.")
      .def(
          "create_file",
          [](StorageService& storage, const std::string& name, const py::object& size) {
            return storage.create_file(name, to_bytes(size, "size"));
          },
          py::arg("name"), py::arg("size"),
          "A file that is there from the start: set-up, takes no simulated time. Raises StorageFull.")
      .def("remove", &StorageService::remove, py::arg("name"),
           "Removes a file; whoever reads it goes on to the end. Takes no time. Raises FileNotFound.")
      .def(
          "carve",
          [](StorageService& storage, const py::object& capacity, const std::string& name) {
            return storage.carve(to_bytes(capacity, "capacity"), name);
          },
          py::arg("capacity"), py::arg("name") = "",
          "A storage service made of this one's free space (R3). Takes no time. Raises StorageFull.")
      .def("destroy", &StorageService::destroy, "Gives the capacity back, with all files gone.")
      .def("_start_write", &start_write, py::arg("name"), py::arg("size"))
      .def("_start_read", &start_read, py::arg("name"), py::arg("size"))
      .def("_start_copy", &start_copy, py::arg("name"), py::arg("to"))
      .def("__repr__", [](const StorageService& storage) {
        return "<StorageService '" + storage.name() + "': " + format_bytes(storage.free_space()) + " of " +
               format_bytes(storage.capacity()) + " free>";
      });
}

} // namespace wrench_serverless
