// A serverless provider: a head host with an image store, and nodes that run functions in containers (R7 to R28).
#pragma once

#include "wrench_serverless/billing.hpp"
#include "wrench_serverless/compute_service.hpp"
#include "wrench_serverless/function.hpp"
#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/policies.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wrench_serverless {

class Runtime;
class Records;

// When a call may hold room on a node (R16, R18b).
enum class Claims : std::uint8_t {
  AtHead,      // once its image is at the head, or on a node: until then it waits there, and holds nothing
  BeforeImage, // at once: a slot may be held while the image is still on its way to the head
  EachPass,    // when its container starts: before that nothing is reserved
};

// All that is left of a disk, but no more than so much.
struct UpTo {
  Bytes most = 0;
};

struct ServerlessOptions {
  // Where the head keeps images: on its disk (evicted least recently used first), or in a storage service.
  std::variant<Bytes, std::shared_ptr<StorageService>, UpTo> image_store = UpTo{100'000'000'000};
  std::optional<int> slots = {};                     // of each node; default: its cores
  std::optional<Bytes> node_store = {};              // of each node; default: what is left of its disk
  std::optional<Bytes> node_memory = {};             // of each node; default: what is left of its memory (R7)
  double cold_start_overhead = 0;                    // s, from the image in memory to the body (R20)
  double warm_start_overhead = 0;                    // s (R22)
  double dispatch_overhead = 0;                      // s of the head for each request, one at a time (R13)
  double keep_alive = 600;                           // s; 0: containers end with their invocation
  std::uint32_t concurrency = 1;                     // invocations that a container takes at once (R34)
  std::optional<std::size_t> queue_capacity = {};    // calls that wait for room, before more are refused (R30)
  std::optional<std::uint32_t> max_concurrency = {}; // invocations under way at once, before more are refused (R31)
  std::optional<std::uint32_t> burst_limit = {};     // new containers of a function at once (R33); none: any number
  double burst_rate = 0;                             // and how many more each second
  std::optional<Bytes> cpu_per_memory = {}; // memory that gives a body one core; less of it gives it a share of one
  Bytes control_message_size = 0;           // of each request, answer and completion; 0: they are free (R15)
  std::shared_ptr<PlacementPolicy> placement = {};         // default: WarmestFirst
  std::shared_ptr<EvictionPolicy> eviction = {};           // default: LeastRecentlyUsed
  std::shared_ptr<KeepAlivePolicy> keep_alive_policy = {}; // default: Fixed(keep_alive)
  std::optional<Billing> billing = {};                     // default: the work is free
  std::shared_ptr<QueueingPolicy> queueing = {};           // default: FirstComeFirstServed (R16)
  std::shared_ptr<ScalingPolicy> scaling = {};             // default: OnePerCall (R17)
  Claims claims = Claims::AtHead;                          // when a call may hold room on a node (R16)
  std::string name = {};                                   // default: "provider", "provider-2" …
};

class ServerlessComputeService final : public ComputeService {
public:
  ServerlessComputeService(std::shared_ptr<Runtime> runtime, std::shared_ptr<Records> records, const std::string& head,
                           const std::vector<std::string>& nodes, ServerlessOptions options);
  ~ServerlessComputeService() override;

  ProviderId id() const;
  std::vector<std::string> nodes() const;
  std::shared_ptr<StorageService> image_store() const;
  // The state of the nodes at this moment.
  ClusterView cluster() const;
  std::string node_name(NodeId id) const;
  std::size_t queued() const;
  std::size_t running() const; // starting or running

  struct Parts;
  Parts& parts() const { return *parts_; }

private:
  const char* kind() const override { return "ServerlessComputeService"; }
  std::unique_ptr<Parts> parts_;
};

} // namespace wrench_serverless
