// What elements of a platform file say of others. SimGrid looks for these too, but names neither the element nor, for
// links, the line.
#include "model/platform_checks.hpp"
#include "model/platform_file.hpp"
#include "model/simgrid_units.hpp"
#include "model/xml_document.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace wrench_serverless::model {
namespace {

class ReferenceChecker {
public:
  explicit ReferenceChecker(const PlatformFile& file) : file_(file), elements_(file.document().elements()) {
    for (const XmlElement& element : elements_)
      index(element);
  }

  void check() const {
    for (const XmlElement& element : elements_) {
      if (element.name == "prop" && element.value("id") == "remote_disk")
        check_remote_disk(element);
      else if (element.name == "link_ctn")
        check_link(element, "id");
      else if (element.name == "host_link")
        check_host_link(element);
      else if (element.name == "trace_connect")
        check_profiled(element);
      else if (element.find("src") != nullptr)
        check_route(element);
    }
  }

private:
  void index(const XmlElement& element) {
    const bool many = element.name == "cluster" || element.name == "cabinet";
    if (many || element.name == "zone" || element.name == "AS")
      zones_.insert(element.value("id"));
    if (element.name == "cabinet")
      prefixes_.emplace_back("link_");
    else if (element.name == "cluster")
      prefixes_.push_back(is_flat(element) ? element.value("id") + "_" : "");
    if (element.name == "link")
      links_.push_back(element.value("id"));
  }

  void check_route(const XmlElement& route) const {
    constexpr std::array<std::string_view, 4> ends{"src", "dst", "gw_src", "gw_dst"};
    for (const std::string_view end : ends) {
      const XmlAttribute* attribute = route.find(end);
      if (attribute != nullptr && !file_.has_point(attribute->value) && !zones_.contains(attribute->value))
        fail(route, end, "host, router or zone", file_.host_names());
    }
  }

  void check_host_link(const XmlElement& host_link) const {
    if (!file_.has_point(host_link.value("id")))
      fail(host_link, "id", "host or router", file_.host_names());
    check_link(host_link, "up");
    check_link(host_link, "down");
  }

  void check_profiled(const XmlElement& connection) const {
    const std::string kind = connection.value("kind");
    if (kind.empty() || kind == "HOST_AVAIL" || kind == "SPEED") {
      if (file_.element_of_host(connection.value("element")) == nullptr)
        fail(connection, "element", "host", file_.host_names());
    } else {
      check_link(connection, "element");
    }
  }

  void check_link(const XmlElement& element, std::string_view attribute) const {
    const std::string name = element.value(attribute);
    const bool may_be_made =
        std::ranges::any_of(prefixes_, [&](const auto& prefix) { return name.starts_with(prefix); });
    if (!may_be_made && !has_link(name))
      fail(element, attribute, "link", links_);
  }
  static bool is_flat(const XmlElement& cluster) {
    const std::string topology = cluster.value("topology");
    return topology.empty() || topology == "FLAT";
  }

  // Also one direction of a link that has two.
  bool has_link(const std::string& name) const {
    if (file_.find_link(name))
      return true;
    for (const std::string_view direction : {"_UP", "_DOWN"})
      if (name.ends_with(direction) &&
          file_.find_link(name.substr(0, name.size() - direction.size())) == LinkSharing::SplitDuplex)
        return true;
    return false;
  }

  void check_remote_disk(const XmlElement& property) const {
    const std::string value = property.value("value");
    const auto parts = split(value, ":");
    const std::string what = "value of <prop> 'remote_disk': " + shown(value);
    if (parts.size() != 3)
      throw FileError(property.line, what + "; give mount:disk:host such as /scratch:Disk1:bob");
    const XmlElement* host = file_.element_of_host(std::string(parts[2]));
    if (host == nullptr)
      throw FileError(property.line, what + ": there is no host " + shown(parts[2]));
    const bool there = std::ranges::any_of(elements_, [&](const XmlElement& element) {
      return element.name == "disk" && &elements_[element.parent] == host && element.value("id") == parts[1];
    });
    if (!there)
      throw FileError(property.line, what + ": host " + shown(parts[2]) + " has no disk " + shown(parts[1]));
  }

  [[noreturn]] static void fail(const XmlElement& element, std::string_view attribute, const std::string& what,
                                const std::vector<std::string>& known) {
    constexpr std::size_t most = 5;
    std::string names;
    for (std::size_t i = 0; i < std::min(known.size(), most); ++i)
      names.append(i == 0 ? "" : ", ").append(shown(known[i]));
    throw FileError(element.line, std::string(attribute) + " of <" + element.name + ">: there is no " + what + " " +
                                      shown(element.value(attribute)) +
                                      (known.empty() ? "" : "; the file has " + names) +
                                      (known.size() > most ? " and more" : ""));
  }

  const PlatformFile& file_;
  const std::vector<XmlElement>& elements_;
  std::unordered_set<std::string> zones_;
  std::vector<std::string> links_;
  std::vector<std::string> prefixes_; // of the names of links that SimGrid makes
};

} // namespace

void check_references(const PlatformFile& file) { ReferenceChecker(file).check(); }

} // namespace wrench_serverless::model
