// A resource's profile, whether written in code or read from SimGrid's files: what values it takes, and when.
//
// SimGrid's files may give laws in place of numbers, and then say how long after the last point the next one comes.
#pragma once

#include "wrench_serverless/platform.hpp"

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace wrench_serverless::model {

enum class ProfileKind { HostState, HostSpeed, LinkState, LinkBandwidth, LinkLatency };

// A number, or how it is drawn.
struct ProfileLaw {
  enum Kind { Constant, Exponential, Uniform, Normal } kind = Constant;
  double first = 0;  // the number; the rate; the least; the mean
  double second = 0; // the most; the standard deviation
};

struct ProfilePattern {
  struct Step {
    ProfileLaw date; // s since the pattern began; if stochastic, since the step before
    ProfileLaw value;
  };
  std::vector<Step> steps;
  bool stochastic = false;
  bool loops = false;
  double loop_delay = 0; // s from the last step to the beginning of the next round
};

// Of a host or a link of that name.
struct NamedProfile {
  ProfileKind kind;
  std::string element;
  ProfilePattern pattern;
};

// Throws std::invalid_argument, which names the argument, unless the profile is one of that kind.
ProfilePattern to_pattern(const ResourceProfile& profile, ProfileKind kind, const std::string& argument);
// Throws std::invalid_argument, beginning with `what`, for values that can't be of that kind, and for a pattern that
// goes round and round at one date.
void check_pattern(const ProfilePattern& pattern, ProfileKind kind, const std::string& what);

// Those of the platform's hosts and links, in their order.
std::vector<NamedProfile> profiles_of(const Platform& platform);

// Walks a pattern. A date drawn below 0 counts as 0, as does a latency; a rate is at least this.
inline constexpr double least_value = 1e-9;
class ProfileCursor {
public:
  ProfileCursor(ProfileKind kind, ProfilePattern pattern) : kind_(kind), pattern_(std::move(pattern)) {}
  // None: that was the last one.
  std::optional<ResourceProfile::Point> next(std::mt19937_64& random);

private:
  ProfileKind kind_;
  ProfilePattern pattern_;
  std::size_t step_ = 0;
  double began_ = 0;
  double last_ = 0;
};

} // namespace wrench_serverless::model
