#include "bindings/instances.hpp"

#include <exception>
#include <string>

namespace wrench_serverless {

namespace py = pybind11;

namespace {

// type(*arguments), where pybind11's function would throw through CPython, which is in C, if no base of the type has a
// class in C++. pickle asks for that with protocols 0 and 1, and gives the object.
PyObject* make_instance(PyTypeObject* type, PyObject* /*arguments*/, PyObject* /*named*/) {
  try {
    if (!py::detail::all_type_info(type).empty())
      return py::detail::make_new_instance(type);
    PyErr_Format(PyExc_TypeError,
                 "there are no objects of the class %s alone: what belongs to a simulation can't be pickled either",
                 type->tp_name);
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_TypeError, error.what());
  }
  return nullptr;
}

PyObject* class_of(PyObject* self, void* /*closure*/) {
  auto* const type = reinterpret_cast<PyObject*>(Py_TYPE(self));
  Py_INCREF(type);
  return type;
}

// What an object is in C++ does not change: only a class that derives from the same ones may become its class.
int set_class(PyObject* self, PyObject* value, void* /*closure*/) {
  try {
    const bool fits =
        value != nullptr && PyType_Check(value) != 0 &&
        py::detail::all_type_info(Py_TYPE(self)) == py::detail::all_type_info(reinterpret_cast<PyTypeObject*>(value));
    if (fits) {
      const auto general =
          py::handle(reinterpret_cast<PyObject*>(&PyBaseObject_Type)).attr("__dict__")["__class__"].cast<py::object>();
      return Py_TYPE(general.ptr())->tp_descr_set(general.ptr(), self, value);
    }
    PyErr_Format(PyExc_TypeError, "__class__ of a %s can't become another one of this package", Py_TYPE(self)->tp_name);
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_TypeError, error.what());
  }
  return -1;
}

PyGetSetDef class_attribute = {"__class__", class_of, set_class, nullptr, nullptr};

// pybind11 calls it for the memory of an object that has none yet, and whose member is asked for.
void* refuse(std::size_t /*size*/) {
  throw py::type_error("this object was never initialised: call its class, and not __new__; a class that derives from "
                       "it calls super().__init__()");
}

} // namespace

void refuse_bare_instances() {
  PyObject* const object = py::detail::get_internals().instance_base;
  auto* const base = reinterpret_cast<PyTypeObject*>(object);
  base->tp_new = make_instance;
  // Not setattr, which would set the class of the class.
  const auto descriptor = py::reinterpret_steal<py::object>(PyDescr_NewGetSet(base, &class_attribute));
  if (!descriptor || PyDict_SetItemString(base->tp_dict, "__class__", descriptor.ptr()) != 0)
    throw py::error_already_set();
  PyType_Modified(base);
}

void refuse_uninitialised(const py::module_& module) {
  for (const auto& [name, value] : module.attr("__dict__").cast<py::dict>()) {
    if (PyType_Check(value.ptr()) == 0)
      continue;
    auto* const type = reinterpret_cast<PyTypeObject*>(value.ptr());
    for (py::detail::type_info* const known : py::detail::all_type_info(type))
      known->operator_new = refuse;
  }
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const py::cast_error& error) { // the same, where a shared_ptr is asked for
      if (!std::string_view(error.what()).starts_with("Unable to cast from non-held"))
        throw;
      PyErr_SetString(PyExc_TypeError, "this object was never initialised: call its class, and not __new__");
    }
  });
}

} // namespace wrench_serverless
