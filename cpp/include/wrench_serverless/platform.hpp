// A platform built in code, or read from a SimGrid platform file: hosts with disks, links, and the routes between them.
//
// A pure description: it can be copied, changed, written as a SimGrid platform file, and given to any number of
// simulations. Every argument is checked where it is given. A bad number or name is a std::invalid_argument; a name
// that is taken or that does not exist is a PlatformError.
//
// Routes are the edges of a graph of hosts and routers. Two hosts without a route of their own talk over the path with
// the fewest links; a host talks to itself over a loopback of 10 GB/s. When each host has one link, to the same router,
// as in a cluster, routing costs the same for 10 hosts as for 10,000.
//
// Platform::from_file: SimGrid builds what the file says, with its zones and their routing; what was added in code
// comes on top. hosts(), links(), routes() and vertices() are then the additions, and what they refer to.
#pragma once

#include "wrench_serverless/resource_profile.hpp"
#include "wrench_serverless/units.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace wrench_serverless {

namespace model {
class PlatformFile;
} // namespace model

struct HostOptions {
  int cores = 1;
  double speed = 1e9;                                // flop/s of one core
  std::optional<Bytes> ram = {};                     // needed of a provider's nodes only (R7)
  std::optional<ResourceProfile> state_profile = {}; // off and on (R37)
  std::optional<ResourceProfile> speed_profile = {}; // shares of the speed, from 0 to 1 as a rule
};

struct DiskOptions {
  std::string name = "disk";
  Bytes size = 0;            // required
  double read_bandwidth = 0; // bytes/s, required
  double write_bandwidth = 0;
  std::string mount = "/";
};

enum class LinkSharing {
  Shared,      // flows of both directions share the bandwidth
  Fatpipe,     // each flow gets the whole bandwidth
  SplitDuplex, // each direction has the whole bandwidth
};

struct LinkOptions {
  double bandwidth = 0; // bytes/s, required
  double latency = 0;   // s
  LinkSharing sharing = LinkSharing::Shared;
  std::optional<ResourceProfile> state_profile = {};     // off and on (R38)
  std::optional<ResourceProfile> bandwidth_profile = {}; // bytes/s
  std::optional<ResourceProfile> latency_profile = {};   // s
};

// The parts of Platform::cluster. Absent options of the head are those of a node.
struct ClusterOptions {
  int nodes = 1;
  int cores = 1;
  double speed = 1e9; // flop/s of one core
  Bytes ram = 64_GB;
  Bytes disk = 500_GB;
  double disk_bandwidth = 1_GBps;
  double link_bandwidth = 10_Gbps; // of each node, and of the head, to the switch
  double link_latency = 50e-6;
  double wan_bandwidth = 1_Gbps; // of the user to the switch
  double wan_latency = 10e-3;
  LinkSharing sharing = LinkSharing::SplitDuplex; // of all links, as in switched Ethernet

  std::optional<int> head_cores = {};
  std::optional<double> head_speed = {};
  std::optional<Bytes> head_ram = {};
  std::optional<Bytes> head_disk = {};
  std::optional<double> head_disk_bandwidth = {};

  int user_cores = 1;
  double user_speed = 1e9;
  Bytes user_ram = 64_GB;
  Bytes user_disk = 10_TB;
  double user_disk_bandwidth = 1_GBps;
};

class Platform {
public:
  struct Property {
    std::string name, value;
  };
  struct DiskProperty {
    std::string disk;
    Property property;
  };
  struct Host {
    std::string name;
    HostOptions options; // of a host of the file: only ram counts, where it is given
    std::vector<DiskOptions> disks;
    std::vector<Property> properties = {};
    std::vector<DiskProperty> disk_properties = {};
    bool of_file = false; // it is in the file, and this is what is added to it
  };
  struct Link {
    std::string name;
    LinkOptions options;
    std::vector<Property> properties = {};
    bool of_file = false;
  };
  struct RouteLink {
    std::size_t link; // index in links()
    bool down;        // a split-duplex link used in its second direction
  };
  // Source and destination are indices in vertices().
  struct Route {
    std::size_t source;
    std::size_t destination;
    std::vector<RouteLink> links;
    bool symmetrical;
  };
  // A host, or else a router: it only forwards.
  struct Vertex {
    std::string name;
    std::optional<std::size_t> host; // index in hosts()
    bool of_file = false;
  };

  Platform() = default;

  // A star: hosts "user", "head", "node-0", "node-1" …, each with one disk mounted at "/" and a link to the router
  // "switch"; the user's is the link "wan", the others' are named "link-" and the host. It can be extended like any
  // other platform.
  static Platform cluster(const ClusterOptions& options = {});

  // What the file holds, to which more can be added. It is read and checked now, with the files of profiles that it
  // names, and not again. Throws PlatformError with line, element and attribute; what takes SimGrid to find out is a
  // PlatformError of the simulation.
  static Platform from_file(const std::string& path);

  void add_host(const std::string& name, const HostOptions& options = {});
  void add_router(const std::string& name);
  void add_disk(const std::string& host, const DiskOptions& options);
  void add_link(const std::string& name, const LinkOptions& options);

  // A property of a host or a link, or of a disk of a host: "ram" of a host, "size" and "mount" of a disk, or whatever
  // SimGrid's plugins look for. One that is there already is replaced.
  void add_property(const std::string& element, const std::string& name, const std::string& value);
  void add_disk_property(const std::string& host, const std::string& disk, const std::string& name,
                         const std::string& value);

  // Source and destination are hosts or routers; the links are crossed in the order given, on the way back in the
  // opposite order. A route goes up a split-duplex link and back down, or the other way round if the link is written
  // "name:down". In a file's zone with Cluster routing, a route leads from a host to a router: that is its way to all
  // others.
  void add_route(const std::string& source, const std::string& destination, const std::vector<std::string>& links,
                 bool symmetrical = true);

  const std::vector<Host>& hosts() const { return hosts_; }
  const std::vector<Link>& links() const { return links_; }
  const std::vector<Route>& routes() const { return routes_; }
  const std::vector<Vertex>& vertices() const { return vertices_; }
  std::vector<std::string> host_names() const; // those of the file first

  // Null unless the platform is from a file.
  const std::shared_ptr<const model::PlatformFile>& file() const { return file_; }

  // A SimGrid platform file with the same hosts, disks, links and routes. Throws PlatformError if it cannot be written.
  std::string to_xml() const;
  void save_xml(const std::string& path) const;

private:
  void add_vertex(const std::string& name, std::optional<std::size_t> host);
  Host& find_host(const std::string& name);
  std::size_t find_vertex(const std::string& name, std::string_view argument);
  RouteLink find_link(const std::string& name);
  std::size_t* find_link_index(const std::string& name);

  std::shared_ptr<const model::PlatformFile> file_;
  std::vector<Host> hosts_;
  std::vector<Link> links_;
  std::vector<Route> routes_;
  std::vector<Vertex> vertices_;
  std::unordered_map<std::string, std::size_t> vertex_index_;
  std::unordered_map<std::string, std::size_t> host_index_; // of the file's, which are no vertices unless in routes
  std::unordered_map<std::string, std::size_t> link_index_;
  std::unordered_set<std::uint64_t> edges_; // source and destination, packed
};

} // namespace wrench_serverless
