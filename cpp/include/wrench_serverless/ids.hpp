// Strong integer ids: state lives in vectors and is reached by id, so that order never depends on an address or a hash.
//
// An id is valid in the simulation, or the provider, that gave it. A default-constructed id is "none".
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>

namespace wrench_serverless {

template <class Tag> struct Id {
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t value = none;

  constexpr Id() = default;
  constexpr explicit Id(std::uint32_t index) : value(index) {}
  constexpr explicit Id(std::size_t index) : value(static_cast<std::uint32_t>(index)) {}
  constexpr explicit operator bool() const { return value != none; }
  constexpr auto operator<=>(const Id&) const = default;
};

using NodeId = Id<struct NodeTag>;
using ImageId = Id<struct ImageTag>;
using FunctionId = Id<struct FunctionTag>;
using ProviderId = Id<struct ProviderTag>;
using ContainerId = Id<struct ContainerTag>;
using ClaimId = Id<struct ClaimTag>;
using FibreId = Id<struct FibreTag>;
// An invocation under way: a slot that is used again once it has ended. Its record has an id of its own, for ever.
using LiveId = Id<struct LiveTag>;

} // namespace wrench_serverless

template <class Tag> struct std::hash<wrench_serverless::Id<Tag>> {
  std::size_t operator()(wrench_serverless::Id<Tag> id) const noexcept { return id.value; }
};
