// NodeView, by the means of CPython alone: reading an attribute costs 20 ns, and not the 100 of a general binding.
#include "bindings/cluster_objects.hpp"

#include "wrench_serverless/errors.hpp"

#include <new>

namespace wrench_serverless {

namespace {

struct NodeObject {
  PyObject ob_base; // PyObject_HEAD
  std::shared_ptr<ClusterObjects> objects;
  NodeId id;
};

PyTypeObject* node_type = nullptr;

NodeObject& self_of(PyObject* object) { return *reinterpret_cast<NodeObject*>(object); }

// Runs the code with C++ exceptions turned into Python's.
template <class Code> PyObject* guarded(Code&& code) {
  try {
    return code();
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const py::builtin_exception& error) {
    error.set_error();
  } catch (...) {
    py::detail::try_translate_exceptions();
  }
  return nullptr;
}

NodeView view_of(PyObject* self) { return self_of(self).objects->view().node(self_of(self).id); }

PyObject* to_object(int value) { return PyLong_FromLong(value); }
PyObject* to_object(Bytes value) { return PyLong_FromLongLong(value); }
PyObject* to_object(std::size_t value) { return PyLong_FromSize_t(value); }
PyObject* to_object(double value) { return PyFloat_FromDouble(value); }
PyObject* to_object(const std::string& value) {
  return PyUnicode_FromStringAndSize(value.data(), static_cast<Py_ssize_t>(value.size()));
}

template <auto Method> PyObject* get(PyObject* self, void*) {
  return guarded([&] { return to_object((view_of(self).*Method)()); });
}

PyObject* get_id(PyObject* self, void*) { return PyLong_FromUnsignedLong(self_of(self).id.value); }

PyObject* has_image(PyObject* self, PyObject* image) {
  return guarded([&] {
    const ImageId id = self_of(self).objects->image_of(image);
    return PyBool_FromLong(id && view_of(self).has_image(id));
  });
}

PyObject* warmth(PyObject* self, PyObject* image) {
  return guarded([&] {
    const ImageId id = self_of(self).objects->image_of(image);
    return py::cast(id ? view_of(self).warmth(id) : Warmth::Absent).release().ptr();
  });
}

PyObject* fits(PyObject* self, PyObject* function) {
  return guarded([&] { return PyBool_FromLong(view_of(self).fits(self_of(self).objects->id_of(function))); });
}

PyObject* room(PyObject* self, PyObject* function) {
  return guarded([&] { return PyLong_FromLong(view_of(self).room(self_of(self).objects->id_of(function))); });
}

PyObject* represent(PyObject* self) {
  return guarded([&] {
    const NodeView node = view_of(self);
    return to_object("<NodeView '" + node.name() + "': " + std::to_string(node.used_slots()) + " of " +
                     std::to_string(node.slots()) + " slots in use>");
  });
}

void destroy(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  self_of(self).objects.~shared_ptr();
  type->tp_free(self);
  Py_DECREF(type);
}

PyGetSetDef attributes[] = {
    {"id", get_id, nullptr, "Its number, in the order given.", nullptr},
    {"name", get<&NodeView::name>, nullptr, "Its host.", nullptr},
    {"slots", get<&NodeView::slots>, nullptr, "Invocations that it runs at once.", nullptr},
    {"used_slots", get<&NodeView::used_slots>, nullptr, "Those of claims and busy containers.", nullptr},
    {"free_slots", get<&NodeView::free_slots>, nullptr, "Those that are not in use.", nullptr},
    {"load", get<&NodeView::load>, nullptr, "The share of its slots that is in use.", nullptr},
    {"memory", get<&NodeView::memory>, nullptr, "Bytes.", nullptr},
    {"free_memory", get<&NodeView::free_memory>, nullptr, "Bytes that are free as it is.", nullptr},
    {"reclaimable_memory", get<&NodeView::reclaimable_memory>, nullptr,
     "Bytes that could be made free: of idle containers, but for provisioned ones, and of images that nothing else "
     "uses (R10).",
     nullptr},
    {"storage", get<&NodeView::storage>, nullptr, "Bytes of its node store.", nullptr},
    {"free_storage", get<&NodeView::free_storage>, nullptr, "Bytes that are free as it is.", nullptr},
    {"reclaimable_storage", get<&NodeView::reclaimable_storage>, nullptr,
     "Bytes that could be made free: of idle containers, but for provisioned ones, and of images that nothing else "
     "uses (R9).",
     nullptr},
    {"idle_containers", get<&NodeView::idle_containers>, nullptr, "How many it has.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMethodDef methods[] = {
    {"has_image", has_image, METH_O,
     "has_image($self, image, /)\n--\n\nIs the image in memory, on disk, or on its way to either?"},
    {"warmth", warmth, METH_O, "warmth($self, image, /)\n--\n\nHow near the image is to running here."},
    {"fits", fits, METH_O, "fits($self, function, /)\n--\n\nHas it room for a new container of the function?"},
    {"room", room, METH_O,
     "room($self, function, /)\n--\n\nThe degree of its room for a new container of the function (R18). 1: as it is. "
     "2: once images that nobody uses are dropped. 3: once idle containers are ended, too. 0: none."},
    {nullptr, nullptr, 0, nullptr}};

PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(destroy)},
                       {Py_tp_repr, reinterpret_cast<void*>(represent)},
                       {Py_tp_getset, attributes},
                       {Py_tp_methods, methods},
                       {Py_tp_doc, const_cast<char*>("A node as a placement policy sees it. Only to be looked at.")},
                       {0, nullptr}};

PyType_Spec spec = {"wrench_serverless.NodeView", sizeof(NodeObject), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

} // namespace

py::object make_node_type(py::module_& module) {
  const auto type = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
  if (!type)
    throw py::error_already_set();
  node_type = reinterpret_cast<PyTypeObject*>(type.ptr());
  module.attr("NodeView") = type;
  return type;
}

py::object ClusterObjects::node(NodeId id) {
  if (!id)
    return py::none();
  if (nodes_.size() <= id.value)
    nodes_.resize(view().size());
  py::object& object = nodes_[id.value];
  if (!object) {
    object = py::reinterpret_steal<py::object>(node_type->tp_alloc(node_type, 0));
    if (!object)
      throw py::error_already_set();
    new (&self_of(object.ptr()).objects) std::shared_ptr<ClusterObjects>(shared_from_this());
    self_of(object.ptr()).id = id;
  }
  return object;
}

ClusterObjects* objects_of_node(py::handle object) {
  return Py_TYPE(object.ptr()) == node_type ? self_of(object.ptr()).objects.get() : nullptr;
}

NodeId id_of_node(py::handle object) { return self_of(object.ptr()).id; }

} // namespace wrench_serverless
