#include "model/platform_file.hpp"

#include "model/platform_checks.hpp"
#include "model/platform_file_profiles.hpp"
#include "model/simgrid_units.hpp"
#include "model/text_file.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace wrench_serverless::model {
namespace {

constexpr std::string_view declaration = "<?xml version='1.0'?>";
constexpr std::string_view doctype = "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">";

// SimGrid's default is SHARED for a link, and SPLITDUPLEX for the links of a cluster.
LinkSharing sharing_of(const XmlElement& element) {
  const std::string policy = element.value("sharing_policy");
  if (policy == "SPLITDUPLEX" || policy == "FULLDUPLEX" || (policy.empty() && element.name == "cluster"))
    return LinkSharing::SplitDuplex;
  return policy == "FATPIPE" ? LinkSharing::Fatpipe : LinkSharing::Shared;
}

std::string router_of(const XmlElement& cluster) {
  const std::string given = cluster.value("router_id");
  return given.empty() ? cluster.value("prefix") + cluster.value("id") + "_router" + cluster.value("suffix") : given;
}

// The number, if the text is one of those that the cluster gives to its hosts.
bool is_number_of(const XmlElement& cluster, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || std::to_string(number) != text)
    return false;
  const auto ranges = number_ranges(cluster.value("radical"), "radical");
  return std::ranges::any_of(
      ranges, [number](const NumberRange& range) { return number >= range.first && number <= range.last; });
}

} // namespace

std::shared_ptr<const PlatformFile> PlatformFile::read(const std::string& path) {
  // SimGrid opens files with such names as shared libraries, and runs what is in them.
  for (const std::string_view extension : {".so", ".dylib"})
    if (path.ends_with(extension))
      throw PlatformError("platform file '" + path + "' is not an XML file");
  const auto content = read_text_file(path, "platform file");
  if (!content)
    throw PlatformError("platform file '" + path + "': " + std::strerror(ENOENT));
  try {
    return std::shared_ptr<const PlatformFile>(new PlatformFile(path, *content));
  } catch (const FileError& error) {
    throw PlatformError("platform file '" + path + "': " + error.what());
  }
}

PlatformFile::PlatformFile(std::string path, const std::string& content) : path_(std::move(path)), document_(content) {
  check_platform_document(document_);
  index();
  check_references(*this);
  ProfilesInFile found = profiles_in_file(document_, path_);
  profiles_ = std::move(found.profiles);
  make_loadable(found.spans);
}

void PlatformFile::index() {
  const auto& elements = document_.elements();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const XmlElement& element = elements[i];
    if (element.name == "zone" || element.name == "AS")
      has_zone_ = has_zone_ || element.parent == 0;
    else if (element.name == "prop" && elements[element.parent].name == "config")
      config_.push_back({element.value("id"), element.value("value"), element.line});
    else if (element.name == "link" || element.name == "backbone")
      links_.emplace(element.value("id"), sharing_of(element));
    else if (element.name == "router")
      routers_.insert(element.value("id"));
    else
      add_hosts(i);
  }
  if (host_names_.empty())
    throw FileError(0, "it has no host");
}

void PlatformFile::add_hosts(std::size_t index) {
  const XmlElement& element = document_.elements()[index];
  const auto add = [&](const std::string& name) {
    host_names_.push_back(name);
    elements_of_hosts_.emplace(name, index);
    if (host_names_.size() > most_hosts)
      throw FileError(element.line, "it has more than " + std::to_string(most_hosts) + " hosts");
  };
  if (element.name == "host" || element.name == "peer")
    add(element.value("id"));
  if (element.name == "peer")
    for (const char* direction : {"_UP", "_DOWN"})
      links_.emplace("link_" + element.value("id") + direction, LinkSharing::Shared);
  if (element.name != "cluster" && element.name != "cabinet")
    return;
  clusters_.push_back(index);
  if (element.name == "cluster")
    routers_.insert(router_of(element));
  const std::string prefix = element.value("prefix");
  const std::string suffix = element.value("suffix");
  for (const NumberRange& range : number_ranges(element.value("radical"), "radical"))
    for (std::int64_t number = range.first; number <= range.last; ++number)
      add(prefix + std::to_string(number) + suffix);
}

void PlatformFile::make_loadable(const std::vector<TextSpan>& profiles) {
  if (document_.doctype().end == 0)
    throw FileError(document_.elements().front().line, "<!DOCTYPE> is missing: a platform file starts with " +
                                                           std::string(declaration) + " and " + std::string(doctype));
  TextEdits edits;
  edits.replace(document_.declaration(), std::string(declaration));
  edits.replace(document_.doctype(), std::string(doctype));
  for (const TextSpan& comment : document_.comments())
    edits.blank(comment);
  for (const TextSpan& profile : profiles)
    edits.blank(profile);
  // SimGrid's documentation says that it may be left out; its parser takes no number from nothing.
  for (const XmlElement& element : document_.elements())
    if (element.name == "link" && element.find("latency") == nullptr) {
      const std::size_t behind_name = element.start_tag.begin + 1 + element.name.size();
      edits.replace({behind_name, behind_name}, " latency=\"0s\"");
    }
  // SimGrid's parser knows fewer entities, and keeps tabs and line breaks: each value as we have read it.
  for (const XmlElement& element : document_.elements())
    for (const XmlAttribute& attribute : element.attributes)
      if (document_.text().find_first_of("&\t\n\r", attribute.span.begin) < attribute.span.end)
        edits.replace(attribute.span, attribute.name + "=\"" + xml_escaped(attribute.value) + "\"");
  loadable_text_ = edits.apply(document_.text());
}

const XmlElement* PlatformFile::element_of_host(const std::string& host) const {
  const auto found = elements_of_hosts_.find(host);
  return found == elements_of_hosts_.end() ? nullptr : &document_.elements()[found->second];
}

std::vector<FileDisk> PlatformFile::disks_of(const std::string& host) const {
  std::vector<FileDisk> disks;
  const XmlElement* owner = element_of_host(host);
  const auto& elements = document_.elements();
  if (owner == nullptr || owner->name != "host")
    return disks;
  const auto index = static_cast<std::size_t>(owner - elements.data());
  for (std::size_t i = index + 1; i < elements.size() && elements[i].span.end <= owner->span.end; ++i) {
    if (elements[i].name == "disk")
      disks.push_back({elements[i].find("id") != nullptr ? elements[i].value("id") : "/", {}});
    else if (elements[elements[i].parent].name == "disk" && elements[i].value("id") == "mount")
      disks.back().mount = elements[i].value("value");
  }
  if (disks.size() == 1 && disks.front().mount.empty())
    disks.front().mount = "/";
  return disks;
}

bool PlatformFile::has_point(const std::string& name) const {
  return elements_of_hosts_.contains(name) || routers_.contains(name);
}

std::optional<LinkSharing> PlatformFile::find_link(const std::string& name) const {
  if (const auto found = links_.find(name); found != links_.end())
    return found->second;
  for (const std::size_t index : clusters_) {
    const XmlElement& cluster = document_.elements()[index];
    if (cluster.name == "cabinet" || !cluster.value("topology").empty())
      continue;
    const std::string id = cluster.value("id");
    if (name == id + "_backbone" && !cluster.value("bb_bw").empty())
      return cluster.value("bb_sharing_policy") == "FATPIPE" ? LinkSharing::Fatpipe : LinkSharing::Shared;
    if (name.starts_with(id + "_link_") && is_number_of(cluster, std::string_view(name).substr(id.size() + 6)))
      return sharing_of(cluster);
  }
  return std::nullopt;
}

} // namespace wrench_serverless::model
