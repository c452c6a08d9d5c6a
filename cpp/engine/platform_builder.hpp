// Makes a Platform real in a SimGrid engine: zones, hosts, disks, links and routes, sealed and ready to simulate.
//
// Throws PlatformError for what only the whole platform can show: no host at all, or hosts that no route connects.
// SimGrid configuration (network model and so on) has to be set before.
#pragma once

#include "wrench_serverless/platform.hpp"

#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/Link.hpp>
#include <simgrid/s4u/NetZone.hpp>

namespace wrench_serverless {

void build_platform(simgrid::s4u::Engine& engine, const Platform& platform);

// Parts of it, in a zone of its own or of a file.
simgrid::s4u::Host* add_host(simgrid::s4u::NetZone* zone, const Platform::Host& description);
simgrid::s4u::Link* add_link(simgrid::s4u::NetZone* zone, const Platform::Link& description);
void add_disk(simgrid::s4u::Host& host, const DiskOptions& description);

// A star does not use SimGrid's own loopback, but one link of the platform's own, built or from a file that to_xml
// wrote. This gives it the bandwidth and latency that the options network/loopback-bw and network/loopback-lat ask for.
void tune_loopback(simgrid::s4u::Link& loopback);

} // namespace wrench_serverless
