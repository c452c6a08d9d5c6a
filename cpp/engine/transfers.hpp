// Copies of files between storage services: the one function that moves bytes, and the record of what it moved (R5).
#pragma once

#include "engine/continuation.hpp"
#include "model/slab.hpp"
#include "model/space.hpp"
#include "wrench_serverless/ids.hpp"
#include "wrench_serverless/results.hpp"
#include "wrench_serverless/signals.hpp"
#include "wrench_serverless/storage_service.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace wrench_serverless {

class Runtime;

class Transfers {
public:
  explicit Transfers(Runtime& runtime) : runtime_(runtime), table_(std::make_shared<TransferTable>()) {}

  // Reserves the space at the destination first: StorageFull at once. A copy of the same file to the same service that
  // is under way is joined instead. Ends with TransferFailure, which names file, source and destination. `place`: the
  // caller holds the place at the destination already, and keeps it if the transfer fails.
  Canceller start(StorageService& from, const std::string& file, StorageService& to, const Continuation& done,
                  model::Space::Entry* place = nullptr);

  Signal<const TransferEvent&> on_start, on_end;

  // The table so far. Rows are only added after a call to this by a copy of it: what was given away never changes.
  std::shared_ptr<const TransferTable> table() const { return table_; }
  void close();

private:
  using TransferId = Id<struct TransferTag>;
  struct Transfer {
    std::shared_ptr<StorageService> from, to;
    std::string file;
    model::Space::Entry* source = nullptr;
    model::Space::Entry* place = nullptr;
    bool place_is_ours = false;
    Bytes size = 0;
    double started = 0;
    Canceller activity;
    std::vector<std::pair<std::uint32_t, Continuation>> waiters; // number, continuation
    std::uint32_t generation = 0;
  };
  Canceller wait_for(TransferId id, const Continuation& done);
  void ended(std::uint64_t tag, Outcome failure);
  void cancel(std::uint64_t tag);
  TransferEvent event(const Transfer& transfer, bool completed) const;
  // Gives back pins and places, and writes the row.
  Transfer finish(TransferId id, bool completed);

  Runtime& runtime_;
  model::Slab<Transfer, TransferId> transfers_;
  // From, to, file: files of one name at two services are two files. Looked up only.
  std::map<std::tuple<const StorageService*, const StorageService*, std::string>, TransferId> under_way_;
  std::uint32_t waiter_ = 0;
  std::shared_ptr<TransferTable> table_;
};

} // namespace wrench_serverless
