// What all policies have in common: a name, and a provider of their own.
#pragma once

#include <cstdint>
#include <string>

namespace wrench_serverless {

class Policy {
public:
  Policy() = default;
  virtual ~Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  virtual std::string name() const = 0;
  // A provider begins to use it. The seed is for its random choices, and different for each provider (R29).
  virtual void begin(std::uint64_t /*seed*/) {}
  // The simulation is over.
  virtual void end() {}

  // For the provider. A policy serves one at a time, so that it may keep what it likes about it; when the simulation is
  // over it is free for the next one. std::invalid_argument, if it is not free.
  virtual void take(const char* option, const std::string& provider) { take(option, provider, name()); }
  void take(const char* option, const std::string& provider, const std::string& name);
  virtual void give_back() { provider_.clear(); }

private:
  std::string provider_;
};

} // namespace wrench_serverless
