// A SimGrid platform file: read once, checked, and ready for SimGrid's own parser.
//
// Every value is held against platform_schema.hpp: what Platform refuses, a file may not say either. What takes the
// whole platform to find out (routes, gateways, names that are taken) SimGrid tells.
//
// The profiles are taken out of it, for we drive hosts and links ourselves. SimGrid 4.1 keeps the dates to come in one
// hidden calendar of the process, which outlives its engine: the next simulation would follow dangling pointers; it
// aborts for the state of a split-duplex link, draws from a generator that no seed resets, and passes dates without
// stopping there.
#pragma once

#include "model/profile.hpp"
#include "model/xml_document.hpp"
#include "wrench_serverless/platform.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace wrench_serverless::model {

struct FileDisk {
  std::string name, mount; // a host's only disk is mounted at "/" if the file does not say where
};

class PlatformFile {
public:
  struct Option {
    std::string name, value;
    std::size_t line;
  };

  // Throws PlatformError, with the path, and line, element and attribute where there is one.
  static std::shared_ptr<const PlatformFile> read(const std::string& path);

  const std::string& path() const { return path_; }
  // What SimGrid is to read: the file's lines, without profiles and comments, beginning as SimGrid insists on.
  const std::string& loadable_text() const { return loadable_text_; }
  const std::vector<NamedProfile>& profiles() const { return profiles_; } // in their order in the file
  const std::vector<Option>& config() const { return config_; }           // in their order in the file
  // Is there a zone at the top? Else only clusters are.
  bool has_zone() const { return has_zone_; }

  const XmlDocument& document() const { return document_; }
  // The hosts, in their order in the file, and which element each comes from: itself or its cluster.
  const std::vector<std::string>& host_names() const { return host_names_; }
  const XmlElement* element_of_host(const std::string& host) const; // null if there is no such host
  std::vector<FileDisk> disks_of(const std::string& host) const;
  bool has_point(const std::string& name) const; // a host or a router
  // How the link is shared, if there is one of that name. Those that SimGrid makes between the hosts of a torus and the
  // like have none that we know.
  std::optional<LinkSharing> find_link(const std::string& name) const;

private:
  PlatformFile(std::string path, const std::string& content);
  void index();
  void add_hosts(std::size_t element);
  void make_loadable(const std::vector<TextSpan>& profiles);

  std::string path_;
  XmlDocument document_;
  std::string loadable_text_;
  std::vector<NamedProfile> profiles_;
  std::vector<Option> config_;
  bool has_zone_ = false;
  std::vector<std::string> host_names_;
  std::unordered_map<std::string, std::size_t> elements_of_hosts_;
  std::unordered_set<std::string> routers_;
  std::unordered_map<std::string, LinkSharing> links_;
  std::vector<std::size_t> clusters_; // elements
};

} // namespace wrench_serverless::model
