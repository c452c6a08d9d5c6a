#include "model/platform_checks.hpp"

#include "model/platform_schema.hpp"
#include "model/simgrid_units.hpp"
#include "model/utf8.hpp"
#include "model/xml_document.hpp"
#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <stdexcept>

namespace wrench_serverless::model {
namespace {

// "'a', 'b' or 'c'"
std::string one_of(std::string_view words) {
  std::string text;
  const auto choices = split(words, " ");
  for (std::size_t i = 0; i < choices.size(); ++i)
    text.append(i == 0 ? "" : i + 1 < choices.size() ? ", " : " or ").append(choices[i]);
  return text;
}

bool is_one_of(std::string_view word, std::string_view words, bool any_case) {
  const auto same = [any_case](char a, char b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return any_case ? lower(a) == lower(b) : a == b;
  };
  return std::ranges::any_of(split(words, " "),
                             [&](std::string_view choice) { return std::ranges::equal(word, choice, same); });
}

class DocumentChecker {
public:
  explicit DocumentChecker(const XmlDocument& document) : elements_(document.elements()) {}

  void check() {
    for (const XmlElement& element : elements_)
      check(element);
  }

private:
  void check(const XmlElement& element) {
    const ElementRule* rule = find_element_rule(element.name);
    if (rule == nullptr)
      fail(element, "Invalid XML: there is no element <" + utf8_prefix(element.name, 40) + ">");
    if (!rule->refusal.empty())
      fail(element, "the <" + element.name + "> tag " + std::string(rule->refusal));
    check_place(element, *rule);
    for (const XmlAttribute& attribute : element.attributes)
      check_attribute(element, *rule, attribute);
    for (const AttributeRule& attribute : rule->attributes)
      if (attribute.presence == Presence::Required && element.find(attribute.name) == nullptr)
        fail(element, std::string(attribute.name) + " of " + title(element) + " is missing");
    if (element.name == "platform")
      check_version(element);
    else if (element.name == "cluster")
      check_cluster(element);
    else if (element.name == "link")
      check_link(element);
    else if (element.name == "host")
      check_host(element);
    check_distances(element);
  }

  // A zone whose latencies follow from coordinates needs them of all that is in it.
  void check_distances(const XmlElement& element) const {
    if (element.name != "host" && element.name != "peer" && element.name != "router")
      return;
    if (is_one_of(elements_[element.parent].value("routing"), "Vivaldi", true) && element.value("coordinates").empty())
      fail(element, "coordinates of " + title(element) +
                        " is missing, in a zone with routing=\"Vivaldi\"; give three " +
                        "numbers with a blank between them");
  }

  void check_place(const XmlElement& element, const ElementRule& rule) const {
    if (element.parent == XmlElement::none) {
      if (element.name != "platform")
        fail(element, "Invalid XML: a platform file is one <platform>, not a <" + element.name + ">");
      return;
    }
    const XmlElement& parent = elements_[element.parent];
    if (!is_one_of(parent.name, rule.parents, false))
      fail(element, "Invalid XML: <" + element.name + "> is not allowed in <" + parent.name + ">" +
                        (rule.parents.empty() ? "" : "; it belongs into " + one_of(rule.parents)));
  }

  void check_attribute(const XmlElement& element, const ElementRule& rule, const XmlAttribute& attribute) const {
    const AttributeRule* known = find_attribute_rule(rule, attribute.name);
    if (known == nullptr) {
      std::string names;
      for (const AttributeRule& other : rule.attributes)
        names.append(names.empty() ? "" : ", ").append(other.name);
      fail(element,
           "Invalid XML: <" + element.name + "> has no attribute " + shown(attribute.name) + "; it has " + names);
    }
    if (attribute.value.empty() && known->presence == Presence::MayBeEmpty)
      return;
    const std::string what = attribute.name + " of " + title(element);
    try {
      check_value(*known, attribute.value, what);
    } catch (const std::invalid_argument& error) {
      fail(element, error.what());
    }
  }

  static void check_value(const AttributeRule& rule, const std::string& value, const std::string& what) {
    switch (rule.kind) {
    case ValueKind::Any:
    case ValueKind::File:
      return;
    case ValueKind::Name:
      if (value.empty())
        throw std::invalid_argument(what + ": it may not be empty");
      return;
    case ValueKind::Bandwidth:
      simgrid_bandwidth(value, what);
      return;
    case ValueKind::Bandwidths:
      for (const std::string_view part : split(value, ";,"))
        simgrid_bandwidth(part, what);
      return;
    case ValueKind::Latency:
      simgrid_latency(value, what);
      return;
    case ValueKind::Speed:
      simgrid_speed(value, what);
      return;
    case ValueKind::Speeds:
      for (const std::string_view part : split(value, ","))
        simgrid_speed(part, what);
      return;
    case ValueKind::Cores:
      whole_number(value, 1, most_cores, what);
      return;
    case ValueKind::Whole:
      whole_number(value, 0, most_cores, what);
      return;
    case ValueKind::Number:
      plain_number(value, what);
      return;
    case ValueKind::Ranges:
      number_ranges(value, what);
      return;
    case ValueKind::Coordinates:
      check_coordinates(value, what);
      return;
    case ValueKind::Choice:
    case ValueKind::Routing:
      if (!is_one_of(value, rule.choices, rule.kind == ValueKind::Routing))
        throw std::invalid_argument(what + ": there is no " + shown(value) + "; give " + one_of(rule.choices));
      return;
    }
  }

  static void check_coordinates(const std::string& value, const std::string& what) {
    constexpr double farthest = 1e9;
    const auto numbers = split(value, " ");
    if (numbers.size() != 3)
      throw std::invalid_argument(what + ": " + shown(value) + "; give three numbers with a blank between them");
    for (const std::string_view number : numbers)
      if (std::abs(plain_number(number, what)) > farthest)
        throw std::invalid_argument(what + ": " + shown(value) + " is out of range; give numbers from -1e9 to 1e9");
  }

  static void check_version(const XmlElement& platform) {
    const std::string version = platform.value("version");
    const double number = plain_number(version, "version of <platform>");
    if (number < 4)
      fail(platform, "version of <platform>: " + shown(version) +
                         " is TOO OLD; give 4 or 4.1 (SimGrid's program simgrid_update_xml converts such files)");
    if (number > 4.1)
      fail(platform, "version of <platform>: " + shown(version) + " is newer than SimGrid knows; give 4 or 4.1");
  }

  void check_host(const XmlElement& host) const {
    const auto speeds = static_cast<std::int64_t>(split(host.value("speed"), ",").size());
    if (host.find("pstate") != nullptr)
      check_argument(host, [&] { whole_number(host.value("pstate"), 0, speeds - 1, "pstate of " + title(host)); });
  }

  void check_link(const XmlElement& link) const {
    const XmlElement& zone = elements_[link.parent];
    const bool wireless = link.value("sharing_policy") == "WIFI";
    if (wireless && !is_one_of(zone.value("routing"), "Wifi", true))
      fail(link, "sharing_policy of " + title(link) +
                     ": 'WIFI' is for the access point of a zone with routing=\"Wifi\"; "
                     "give SHARED, SPLITDUPLEX or FATPIPE");
    if (!wireless && split(link.value("bandwidth"), ";,").size() > 1)
      fail(link, "bandwidth of " + title(link) + ": " + shown(link.value("bandwidth")) +
                     " is more than one; give a bandwidth such as 125MBps");
  }

  void check_cluster(const XmlElement& cluster) const {
    if (cluster.value("bb_bw").empty() && !cluster.value("bb_lat").empty())
      fail(cluster, "bb_bw of " + title(cluster) + " is missing, and bb_lat is given; give both or none");
    const std::string topology = cluster.value("topology");
    if (topology.empty() || topology == "FLAT")
      return;
    if (elements_[cluster.parent].name == "platform")
      fail(cluster, "topology of " + title(cluster) + ": a cluster with " + shown(topology) + " has to be in a <zone>");
    check_argument(cluster, [&] { check_topology(cluster, topology); });
  }

  // How many hosts the topology makes has to be how many numbers there are for them.
  static void check_topology(const XmlElement& cluster, const std::string& topology) {
    const std::string parameters = cluster.value("topo_parameters");
    const std::string what = "topo_parameters of " + title(cluster);
    const auto numbers = [&what](std::string_view list) {
      std::vector<std::int64_t> result;
      for (const std::string_view part : split(list, ","))
        result.push_back(whole_number(part, 1, static_cast<std::int64_t>(most_hosts), what));
      return result;
    };
    const auto shape = [&](bool right, const char* help) {
      if (!right)
        throw std::invalid_argument(what + ": " + shown(parameters) + "; give " + help);
    };
    std::vector<std::int64_t> factors; // of the number of hosts
    const auto levels = split(parameters, ";");
    if (topology == "TORUS") {
      factors = numbers(parameters);
    } else if (topology == "FAT_TREE") {
      constexpr const char* help = "levels, children, parents and ports by level such as 2;4,4;1,2;1,2";
      shape(levels.size() == 4, help);
      factors = numbers(levels[1]);
      const auto count = whole_number(levels[0], 1, static_cast<std::int64_t>(most_hosts), what);
      for (const std::size_t i : {std::size_t{1}, std::size_t{2}, std::size_t{3}})
        shape(numbers(levels[i]).size() == static_cast<std::size_t>(count), help);
    } else {
      constexpr const char* help = "groups,links;chassis,links;blades,links;nodes such as 3,4;4,3;5,1;2";
      shape(levels.size() == 4, help);
      for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
        const auto pair = numbers(levels[i]);
        shape(pair.size() == 2, help);
        factors.push_back(pair.front());
      }
      factors.push_back(whole_number(levels[3], 1, static_cast<std::int64_t>(most_hosts), what));
    }
    double hosts = 1;
    for (const std::int64_t factor : factors)
      hosts *= static_cast<double>(factor);
    const std::size_t given = count_of(number_ranges(cluster.value("radical"), what));
    if (hosts != static_cast<double>(given))
      throw std::invalid_argument(what + ": " + shown(parameters) + " makes " + format_number(hosts) +
                                  " hosts, and radical has " + std::to_string(given) + " numbers; give as many");
  }

  static void check_argument(const XmlElement& element, const std::function<void()>& check) {
    try {
      check();
    } catch (const std::invalid_argument& error) {
      fail(element, error.what());
    }
  }

  [[noreturn]] static void fail(const XmlElement& element, const std::string& problem) {
    throw FileError(element.line, problem);
  }

  const std::vector<XmlElement>& elements_;
};

} // namespace

void check_platform_document(const XmlDocument& document) { DocumentChecker(document).check(); }

} // namespace wrench_serverless::model
