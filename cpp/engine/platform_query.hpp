// Finding hosts and disks in a loaded platform, and reading what they have.
//
// Whatever is missing is a PlatformError that says what there is instead.
#pragma once

#include "wrench_serverless/units.hpp"

#include <simgrid/s4u/Disk.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Host.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wrench_serverless {

// "no host 'nod-1'; did you mean 'node-1'?"
simgrid::s4u::Host& find_host(const simgrid::s4u::Engine& engine, const std::string& name);
// The link, or the two directions of a split-duplex one. PlatformError if there is none.
std::vector<simgrid::s4u::Link*> find_links(const simgrid::s4u::Engine& engine, const std::string& name);

// The host's disk with the property "mount" of that value. A host's only disk, if it has no such property, is mounted
// at "/".
simgrid::s4u::Disk& find_disk(const simgrid::s4u::Host& host, std::string_view mount = "/");

// The property "size" of the disk.
Bytes disk_size(const simgrid::s4u::Disk& disk);

// The property "ram" of the host, if it has one.
std::optional<Bytes> host_ram(const simgrid::s4u::Host& host);

int host_cores(const simgrid::s4u::Host& host);
double host_speed(const simgrid::s4u::Host& host); // flop/s of one core

// Can SimGrid send something from one host to the other? Safe on what build_platform made; on a platform file, SimGrid
// may crash over a pair that its author forgot: there, check_routes comes first.
bool has_route(const simgrid::s4u::Host& from, const simgrid::s4u::Host& to);

// Throws PlatformError unless there is a way between the hosts of each pair, and back: a transfer needs both. This is
// tried in a child process, which costs about a millisecond: better once with many pairs than often.
using HostPair = std::pair<const simgrid::s4u::Host*, const simgrid::s4u::Host*>;
void check_routes(const std::vector<HostPair>& pairs);

// All hosts, in the order of their names ("node-2" before "node-10").
std::vector<std::string> host_names(const simgrid::s4u::Engine& engine);

// Up to three names that are close to a misspelt one, closest first.
std::vector<std::string> close_matches(std::string_view name, const std::vector<std::string>& names);

} // namespace wrench_serverless
