// Platform::add_property: what SimGrid calls properties, some of which we have options for.
#include "wrench_serverless/platform.hpp"

#include "model/platform_file.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <stdexcept>

namespace wrench_serverless {
namespace {

std::string quoted(const std::string& name) { return "'" + name + "'"; }

void check_text(const std::string& text, const std::string& what) {
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    throw std::invalid_argument(what + ": " + quoted(text) + " has a control character");
}

void set(std::vector<Platform::Property>& properties, const std::string& name, const std::string& value) {
  for (Platform::Property& property : properties)
    if (property.name == name) {
      property.value = value;
      return;
    }
  properties.push_back({name, value});
}

void check_property(const std::string& name, const std::string& value, const std::string& where) {
  if (name.empty())
    throw std::invalid_argument("name: the name of a property of " + where + " may not be empty");
  check_text(name, "name");
  check_text(value, "value");
  if (name == "remote_disk")
    throw std::invalid_argument("name: 'remote_disk' of " + where + " can't be added; add a disk");
}

Bytes checked_size(const std::string& value, const std::string& disk) {
  const Bytes size = parse_bytes(value, "size of disk " + disk);
  if (size == 0)
    throw std::invalid_argument("size of disk " + disk + ": " + quoted(value) + " is not positive; give a size");
  return size;
}

} // namespace

void Platform::add_property(const std::string& element, const std::string& name, const std::string& value) {
  const bool is_host = vertex_index_.contains(element) || (file_ && file_->has_point(element));
  std::size_t* link = find_link_index(element);
  if (!is_host && link == nullptr)
    throw PlatformError("element: there is no host or link " + quoted(element));
  if (is_host && link != nullptr)
    throw PlatformError("element: there is a host and a link " + quoted(element));
  check_property(name, value, (is_host ? "host " : "link ") + quoted(element));
  if (!is_host)
    return set(links_[*link].properties, name, value);
  Host& host = find_host(element);
  if (name == "ram")
    host.options.ram = parse_bytes(value, "ram of host " + quoted(element));
  else
    set(host.properties, name, value);
}

void Platform::add_disk_property(const std::string& host, const std::string& disk, const std::string& name,
                                 const std::string& value) {
  Host& owner = find_host(host);
  const std::string where = quoted(disk) + " of host " + quoted(host);
  check_property(name, value, "disk " + where);
  for (DiskOptions& added : owner.disks)
    if (added.name == disk) {
      if (name == "size")
        added.size = checked_size(value, where);
      else if (name == "mount")
        throw std::invalid_argument("name: the mount of disk " + where + " is an option of add_disk");
      else
        throw std::invalid_argument("name: disk " + where + " takes no property " + quoted(name) +
                                    "; only disks of "
                                    "a file do");
      return;
    }
  const auto disks = owner.of_file ? file_->disks_of(host) : std::vector<model::FileDisk>{};
  if (std::ranges::find(disks, disk, &model::FileDisk::name) == disks.end())
    throw PlatformError("disk: host " + quoted(host) + " has no disk " + quoted(disk));
  if (name == "size")
    checked_size(value, where);
  for (DiskProperty& known : owner.disk_properties)
    if (known.disk == disk && known.property.name == name) {
      known.property.value = value;
      return;
    }
  owner.disk_properties.push_back({disk, {name, value}});
}

} // namespace wrench_serverless
