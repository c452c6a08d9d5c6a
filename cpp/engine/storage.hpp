// Storage services from the inside: what one consists of, and the operations that take time.
#pragma once

#include "engine/continuation.hpp"
#include "engine/event_queue.hpp"
#include "model/slab.hpp"
#include "model/space.hpp"
#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/storage_service.hpp"

#include <simgrid/s4u/Disk.hpp>
#include <simgrid/s4u/Host.hpp>

#include <memory>
#include <unordered_map>

namespace wrench_serverless {

class Runtime;

struct StorageService::Parts {
  std::shared_ptr<Runtime> runtime;
  simgrid::s4u::Host* host = nullptr;
  simgrid::s4u::Disk* disk = nullptr;
  std::string host_name;
  std::string name;
  bool evict_lru = false;
  bool destroyed = false;
  bool owns_share = true;                 // false: whoever made it accounts for its capacity
  std::shared_ptr<StorageService> parent; // of a carved one
  model::Space space;

  Parts(std::shared_ptr<Runtime> owner, const StorageOptions& options);
  // Holds a place for a file, after eviction where that is allowed; StorageFull, with the numbers.
  model::Space::Entry* hold(const std::string& file, Bytes size);
  // The file, or FileNotFound.
  model::Space::Entry* require(const std::string& file) const;
  // Error, if the service or its simulation is gone.
  void check() const;
  // Gives the capacity back, whatever is going on.
  void destroy();
};

class Storages final : public EventSink {
public:
  explicit Storages(Runtime& runtime) : runtime_(runtime) {}

  // A slice of the host's disk with that mount (R2).
  std::shared_ptr<StorageService> create(const std::shared_ptr<Runtime>& runtime, const std::string& host,
                                         StorageOptions options);
  // What is not yet given to a storage service.
  Bytes unallocated(simgrid::s4u::Disk& disk) const;
  void give_back(simgrid::s4u::Disk& disk, Bytes capacity);

  // `caller`: the host on which the bytes are, or are wanted.
  Canceller start_write(StorageService& storage, const std::string& file, Bytes size, simgrid::s4u::Host& caller,
                        const Continuation& done);
  Canceller start_read(StorageService& storage, const std::string& file, std::optional<Bytes> size,
                       simgrid::s4u::Host& caller, const Continuation& done);

  // Drops what is under way.
  void close() { operations_ = {}; }

private:
  using OperationId = Id<struct StorageOperationTag>;
  struct Operation { // a write, which commits its entry at the end, or a read, which has pinned it
    std::shared_ptr<StorageService> storage;
    model::Space::Entry* entry = nullptr;
    bool write = false;
    Canceller activity;
    Continuation done;
    std::uint32_t generation = 0;
  };
  void check_way(const simgrid::s4u::Host& caller, const simgrid::s4u::Host& host);
  Canceller start(Operation operation, Bytes size, simgrid::s4u::Host& caller);
  Operation take(std::uint64_t tag);
  void ended(std::uint64_t tag, Outcome failure);
  void cancel(std::uint64_t tag);
  void on_event(std::uint32_t kind, std::uint64_t tag) override { ended((void(kind), tag), nullptr); }

  Runtime& runtime_;
  std::unordered_map<simgrid::s4u::Disk*, Bytes> allocated_; // looked up only
  model::Slab<Operation, OperationId> operations_;
  std::uint32_t generation_ = 0;
};

} // namespace wrench_serverless
