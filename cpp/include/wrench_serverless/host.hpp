// Hosts and links of the platform: what they are, and turning them off and on (R37, R38).
#pragma once

#include "wrench_serverless/units.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simgrid::s4u {
class Host;
class Link;
} // namespace simgrid::s4u

namespace wrench_serverless {

class Runtime;

// A handle; safe to keep, but once the simulation is over every call but name() raises Error.
class Host {
public:
  Host(std::shared_ptr<Runtime> runtime, const std::string& name);

  const std::string& name() const { return name_; }
  int cores() const;
  double speed() const;             // flop/s of one core
  std::optional<Bytes> ram() const; // none: no such property
  bool is_on() const;
  // What runs there fails with HostFailure, and what moves to or from there fails with TransferFailure.
  void turn_off();
  void turn_on();

private:
  simgrid::s4u::Host& get() const;
  std::shared_ptr<Runtime> runtime_;
  simgrid::s4u::Host* host_;
  std::string name_;
};

class Link {
public:
  Link(std::shared_ptr<Runtime> runtime, const std::string& name);

  const std::string& name() const { return name_; }
  double bandwidth() const; // bytes/s
  double latency() const;   // s
  bool is_on() const;
  // What moves over it fails with TransferFailure.
  void turn_off();
  void turn_on();

private:
  void check() const;
  void turn(bool on);
  std::shared_ptr<Runtime> runtime_;
  std::vector<simgrid::s4u::Link*> links_; // one, or the two directions of a split-duplex link
  std::string name_;
};

} // namespace wrench_serverless
