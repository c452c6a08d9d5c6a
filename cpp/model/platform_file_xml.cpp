// The platform file of a Platform that came from one.
#include "model/platform_file.hpp"
#include "model/platform_schema.hpp"
#include "model/platform_text.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wrench_serverless::model {
namespace {

// Texts go in where elements end: behind what is there.
class FileWriter {
public:
  explicit FileWriter(const Platform& platform)
      : platform_(platform), file_(*platform.file()), elements_(file_.document().elements()) {}

  std::string write() {
    keep_profiles_findable();
    for (const Platform::Host& host : platform_.hosts())
      if (host.of_file)
        extend(host);
    for (const Platform::Link& link : platform_.links())
      if (link.of_file && !link.properties.empty())
        extend(link);
    add_to_zone();
    return changed_text();
  }

private:
  // Relative to the file that is written they would be other ones.
  void keep_profiles_findable() {
    namespace fs = std::filesystem;
    const fs::path folder = fs::absolute(fs::path(file_.path())).parent_path();
    for (const XmlElement& element : elements_)
      for (const XmlAttribute& attribute : element.attributes) {
        const AttributeRule* rule = find_attribute_rule(*find_element_rule(element.name), attribute.name);
        if (rule->kind == ValueKind::File && !attribute.value.empty() && fs::exists(folder / attribute.value))
          replace(attribute.span,
                  attribute.name + "=\"" + xml_escaped((folder / attribute.value).lexically_normal().string()) + "\"");
      }
  }

  void extend(const Platform::Host& host) {
    const XmlElement& element = *file_.element_of_host(host.name);
    if (element.name != "host")
      throw PlatformError("host '" + host.name + "' comes from a <" + element.name +
                          ">: a platform file can't say what was added to it alone");
    for (const auto& [disk, property] : host.disk_properties) {
      const auto found = std::ranges::find_if(elements_, [&](const XmlElement& candidate) {
        return candidate.name == "disk" && &elements_[candidate.parent] == &element && name_of(candidate) == disk;
      });
      set_property(*found, property);
    }
    Platform::Host rest = host;
    rest.properties.clear();
    if (rest.options.ram)
      set_property(element, {"ram", format_bytes(*rest.options.ram)});
    rest.options.ram.reset();
    for (const Platform::Property& property : host.properties)
      set_property(element, property);
    append(element, contents_of_host(rest));
  }

  void extend(const Platform::Link& link) {
    const auto found = std::ranges::find_if(elements_, [&](const XmlElement& candidate) {
      return candidate.name == "link" && candidate.value("id") == link.name;
    });
    if (found == elements_.end())
      throw PlatformError("link '" + link.name +
                          "' has no element of its own: a platform file can't say what was added to it");
    for (const Platform::Property& property : link.properties)
      set_property(*found, property);
  }

  static std::string name_of(const XmlElement& disk) { return disk.find("id") != nullptr ? disk.value("id") : "/"; }

  void set_property(const XmlElement& owner, const Platform::Property& property) {
    const std::string text =
        "<prop id=\"" + xml_escaped(property.name) + "\" value=\"" + xml_escaped(property.value) + "\"/>";
    for (const XmlElement& element : elements_)
      if (element.name == "prop" && &elements_[element.parent] == &owner && element.value("id") == property.name)
        return replace(element.span, text);
    append(owner, text);
  }

  void add_to_zone() {
    const std::string points = added_points_and_links(platform_);
    const std::string routes = added_routes(platform_) + added_profiles(platform_);
    if (points.empty() && routes.empty())
      return;
    const XmlElement* zone = nullptr;
    for (const XmlElement& element : elements_)
      if (element.parent == 0 && (element.name == "zone" || element.name == "AS" || element.name == "cluster")) {
        if (zone != nullptr || element.name == "cluster")
          throw PlatformError("hosts, routers, links and routes were added: a platform file can only say so in its one "
                              "<zone> at the top");
        zone = &element;
      }
    std::string routing = zone->value("routing");
    std::ranges::transform(routing, routing.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!platform_.routes().empty() && (routing == "cluster" || routing == "vivaldi" || routing == "wifi"))
      throw PlatformError("routes were added to a zone with " + zone->value("routing") +
                          " routing: a platform file can't say so");
    // SimGrid wants hosts and links before routes.
    const auto first = std::ranges::find_if(elements_, [&](const XmlElement& element) {
      return element.parent != XmlElement::none && &elements_[element.parent] == zone &&
             (element.name.ends_with("oute") || element.name.starts_with("trace"));
    });
    if (first == elements_.end()) {
      append(*zone, points + routes);
    } else {
      insertions_.emplace_back(first->span.begin, points);
      append(*zone, routes);
    }
  }

  void append(const XmlElement& element, const std::string& text) {
    if (text.empty())
      return;
    appended_[&element] += text;
  }

  void replace(TextSpan span, const std::string& text) { replacements_.emplace_back(span, text); }

  // All changes, from the end of the text to its beginning, so that positions stay right.
  std::string changed_text() const {
    struct Change {
      TextSpan span;
      std::string text;
    };
    std::vector<Change> changes;
    for (const auto& [position, text] : insertions_)
      changes.push_back({{position, position}, text});
    for (const auto& [span, text] : replacements_)
      changes.push_back({span, text});
    for (const auto& [element, text] : appended_) {
      const bool empty = element->content.begin == element->span.end;
      if (empty) // "<host …/>"
        changes.push_back({{element->span.end - 2, element->span.end}, ">\n" + text + "</" + element->name + ">"});
      else
        changes.push_back({{element->content.end, element->content.end}, text});
    }
    std::ranges::stable_sort(changes, [](const Change& a, const Change& b) { return a.span.begin > b.span.begin; });
    std::string result = file_.document().text();
    for (const auto& [span, text] : changes)
      result.replace(span.begin, span.end - span.begin, text);
    return result;
  }

  const Platform& platform_;
  const PlatformFile& file_;
  const std::vector<XmlElement>& elements_;
  std::vector<std::pair<TextSpan, std::string>> replacements_;
  std::vector<std::pair<std::size_t, std::string>> insertions_;
  std::unordered_map<const XmlElement*, std::string> appended_; // sorted by position before it is used
};

} // namespace

std::string file_with_additions(const Platform& platform) { return FileWriter(platform).write(); }

} // namespace wrench_serverless::model
