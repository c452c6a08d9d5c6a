#include "model/profile.hpp"

#include "model/simgrid_units.hpp"
#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace wrench_serverless::model {

namespace {

constexpr double least_round = 1e-6; // s

double draw(const ProfileLaw& law, std::mt19937_64& random) {
  switch (law.kind) {
  case ProfileLaw::Exponential:
    return std::exponential_distribution<double>(law.first)(random);
  case ProfileLaw::Uniform:
    return std::uniform_real_distribution<double>(law.first, law.second)(random);
  case ProfileLaw::Normal:
    return std::max(0.0, std::normal_distribution<double>(law.first, law.second)(random));
  case ProfileLaw::Constant:
    break;
  }
  return law.first;
}

// What is wrong with the law, or nothing.
const char* flaw(const ProfileLaw& law) {
  if (!std::isfinite(law.first) || !std::isfinite(law.second))
    return "it must be finite";
  if (law.first < 0)
    return "it must be >= 0";
  if (law.kind == ProfileLaw::Exponential && law.first == 0)
    return "a rate must be positive";
  if (law.kind == ProfileLaw::Exponential && law.first < least_value)
    return "a rate must be at least 1e-9";
  if (law.kind == ProfileLaw::Uniform && law.second < law.first)
    return "the least comes first";
  if (law.kind == ProfileLaw::Normal && law.second <= 0)
    return "a standard deviation must be positive";
  return nullptr;
}

// What comes out on average.
double mean(const ProfileLaw& law) {
  switch (law.kind) {
  case ProfileLaw::Exponential:
    return 1 / law.first;
  case ProfileLaw::Uniform:
    return law.first / 2 + law.second / 2;
  case ProfileLaw::Normal:
    return std::max(law.first, law.second / 4);
  case ProfileLaw::Constant:
    break;
  }
  return law.first;
}

// The largest value of the kind that there can be in a platform.
double most_value(ProfileKind kind) { return kind == ProfileKind::LinkLatency ? longest_latency : most_rate; }

[[noreturn]] void refuse(const std::string& what, std::size_t step, const char* part, double number, const char* why) {
  throw std::invalid_argument(what + ": the " + part + " of point " + std::to_string(step + 1) + " is " +
                              format_number(number) + ": " + why);
}

} // namespace

void check_pattern(const ProfilePattern& pattern, ProfileKind kind, const std::string& what) {
  double before = 0;
  double round = pattern.loop_delay; // s, on average
  for (std::size_t index = 0; index < pattern.steps.size(); ++index) {
    const auto& [date, value] = pattern.steps[index];
    if (const char* why = flaw(date))
      refuse(what, index, "date", date.first, why);
    if (const char* why = flaw(value))
      refuse(what, index, "value", value.first, why);
    const bool rate =
        kind == ProfileKind::LinkBandwidth || kind == ProfileKind::HostSpeed; // SimGrid knows no rate of 0
    if (rate && value.kind == ProfileLaw::Constant && value.first == 0)
      refuse(what, index, "value", 0, "it must be positive; a state profile turns things off");
    const double extreme = value.kind == ProfileLaw::Uniform ? value.second : mean(value);
    if (extreme > most_value(kind))
      refuse(what, index, "value", extreme, ("it must be at most " + format_number(most_value(kind))).c_str());
    if (rate && value.kind == ProfileLaw::Constant && value.first < least_value)
      refuse(what, index, "value", value.first, "it must be at least 1e-9; a state profile turns things off");
    if (!pattern.stochastic && date.first < before)
      refuse(what, index, "date", date.first, "dates must ascend");
    before = date.first;
    round += pattern.stochastic ? mean(date) : 0;
  }
  if (!pattern.stochastic)
    round += before;
  if (pattern.loops && (!(round > 0) || pattern.loop_delay < 0 || !std::isfinite(round)))
    throw std::invalid_argument(what + ": a round must take some time, and end before the next one starts");
  if (pattern.loops && round < least_round)
    throw std::invalid_argument(what + ": a round takes " + format_number(round) +
                                " s: it must take at least a microsecond, or no date would be reached");
}

ProfilePattern to_pattern(const ResourceProfile& profile, ProfileKind kind, const std::string& argument) {
  if (profile.points.empty())
    throw std::invalid_argument(argument + ": it has no points");
  ProfilePattern pattern;
  for (const auto& [date, value] : profile.points) {
    const bool state = kind == ProfileKind::HostState || kind == ProfileKind::LinkState;
    if (state && value != 0 && value != 1)
      refuse(argument, pattern.steps.size(), "value", value, "a state is 1 (on) or 0 (off)");
    pattern.steps.push_back(
        {{.kind = ProfileLaw::Constant, .first = date}, {.kind = ProfileLaw::Constant, .first = value}});
  }
  check_pattern(pattern, kind, argument);
  if (profile.period) {
    if (!(*profile.period > 0) || std::isinf(*profile.period) || *profile.period < profile.points.back().date)
      throw std::invalid_argument(argument + ": its period is " + format_number(*profile.period) +
                                  ": it must be positive, and not end before the last point");
    pattern.loops = true;
    pattern.loop_delay = *profile.period - profile.points.back().date;
    check_pattern(pattern, kind, argument);
  }
  return pattern;
}

std::vector<NamedProfile> profiles_of(const Platform& platform) {
  std::vector<NamedProfile> profiles;
  const auto add = [&](ProfileKind kind, const std::string& element, const std::optional<ResourceProfile>& profile) {
    if (profile)
      profiles.push_back({kind, element, to_pattern(*profile, kind, "the profile of '" + element + "'")});
  };
  for (const Platform::Host& host : platform.hosts()) {
    add(ProfileKind::HostState, host.name, host.options.state_profile);
    add(ProfileKind::HostSpeed, host.name, host.options.speed_profile);
  }
  for (const Platform::Link& link : platform.links()) {
    add(ProfileKind::LinkState, link.name, link.options.state_profile);
    add(ProfileKind::LinkBandwidth, link.name, link.options.bandwidth_profile);
    add(ProfileKind::LinkLatency, link.name, link.options.latency_profile);
  }
  return profiles;
}

std::optional<ResourceProfile::Point> ProfileCursor::next(std::mt19937_64& random) {
  if (step_ == pattern_.steps.size()) {
    if (!pattern_.loops || pattern_.steps.empty())
      return {};
    step_ = 0;
    // Not by way of the last date, lest rounding errors add up.
    began_ = pattern_.stochastic ? last_ + pattern_.loop_delay
                                 : began_ + (pattern_.steps.back().date.first + pattern_.loop_delay);
    last_ = began_;
  }
  const auto& [date, value] = pattern_.steps[step_++];
  last_ = (pattern_.stochastic ? last_ : began_) + draw(date, random);
  const double drawn = draw(value, random);
  const bool rate = kind_ == ProfileKind::HostSpeed || kind_ == ProfileKind::LinkBandwidth;
  return ResourceProfile::Point{last_, rate ? std::max(drawn, least_value) : drawn};
}

} // namespace wrench_serverless::model
