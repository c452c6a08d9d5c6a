#include "engine/transfers.hpp"

#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <stdexcept>

namespace wrench_serverless {

Canceller Transfers::start(StorageService& from, const std::string& file, StorageService& to, const Continuation& done,
                           model::Space::Entry* place) {
  from.parts().check();
  to.parts().check();
  if (&from == &to)
    throw std::invalid_argument("to is the storage service '" + from.name() + "' itself");
  if (place == nullptr)
    if (const auto same = under_way_.find({&from, &to, file}); same != under_way_.end())
      if (transfers_[same->second].source == from.parts().space.find(file)) // else that one was replaced or removed
        return wait_for(same->second, done);
  runtime_.kernel().check_routes({{from.parts().host, to.parts().host}});

  Transfer transfer;
  transfer.source = from.parts().require(file);
  from.parts().space.touch(transfer.source);
  from.parts().space.pin(transfer.source); // before room is made: the two may share a disk's space one day
  transfer.size = transfer.source->size;
  try {
    transfer.place = place != nullptr ? place : to.parts().hold(file, transfer.size);
  } catch (...) {
    from.parts().space.unpin(transfer.source);
    throw;
  }
  transfer.place_is_ours = place == nullptr;
  transfer.from = from.shared_from_this();
  transfer.to = to.shared_from_this();
  transfer.file = file;
  transfer.started = runtime_.now();
  const TransferId id = transfers_.add(std::move(transfer));
  if (place == nullptr)
    under_way_[{&from, &to, file}] = id;
  const StreamEnd source{from.parts().host, from.parts().disk};
  const StreamEnd destination{to.parts().host, to.parts().disk};
  // An empty file still has to say so: one byte stands for it, and costs the latency.
  transfers_[id].activity =
      runtime_.activities().stream(runtime_.now(), source, destination, std::max<Bytes>(1, transfers_[id].size),
                                   Continuation::of<&Transfers::ended>(this, id.value));
  if (on_start.observed())
    on_start(event(transfers_[id], false));
  return wait_for(id, done);
}

TransferEvent Transfers::event(const Transfer& transfer, bool completed) const {
  return {.time = runtime_.now(),
          .file = transfer.file,
          .source = transfer.from->name(),
          .destination = transfer.to->name(),
          .bytes = static_cast<double>(transfer.size),
          .completed = completed};
}

Canceller Transfers::wait_for(TransferId id, const Continuation& done) {
  transfers_[id].waiters.emplace_back(++waiter_, done);
  return Canceller::of<&Transfers::cancel>(this, std::uint64_t{waiter_} << 32 | id.value);
}

Transfers::Transfer Transfers::finish(TransferId id, bool completed) {
  Transfer transfer = std::exchange(transfers_[id], Transfer{});
  transfers_.remove(id);
  transfer.from->parts().space.unpin(transfer.source);
  if (completed)
    transfer.to->parts().space.commit(transfer.place);
  else if (transfer.place_is_ours)
    transfer.to->parts().space.erase(transfer.place);
  const auto listed = under_way_.find({transfer.from.get(), transfer.to.get(), transfer.file});
  if (listed != under_way_.end() && listed->second == id)
    under_way_.erase(listed);
  if (table_.use_count() > 1)
    table_ = std::make_shared<TransferTable>(*table_);
  table_->file.push_back(transfer.file);
  table_->source.push_back(transfer.from->name());
  table_->destination.push_back(transfer.to->name());
  table_->bytes.push_back(static_cast<double>(transfer.size));
  table_->started.push_back(transfer.started);
  table_->ended.push_back(runtime_.now());
  table_->completed.push_back(completed);
  if (on_end.observed())
    on_end(event(transfer, completed));
  return transfer;
}

void Transfers::ended(std::uint64_t tag, Outcome failure) {
  const TransferId id(static_cast<std::uint32_t>(tag));
  if (failure == nullptr && (transfers_[id].from->destroyed() || transfers_[id].to->destroyed()))
    failure = std::make_exception_ptr(Error("a storage service was destroyed meanwhile"));
  const Transfer transfer = finish(id, failure == nullptr);
  if (failure != nullptr)
    failure = std::make_exception_ptr(TransferFailure("the transfer of '" + transfer.file + "' from '" +
                                                      transfer.from->name() + "' to '" + transfer.to->name() +
                                                      "' failed: a host, disk or link went off, or storage is gone"));
  for (const auto& [number, done] : transfer.waiters)
    done(failure);
}

void Transfers::cancel(std::uint64_t tag) {
  const TransferId id(static_cast<std::uint32_t>(tag));
  const auto number = static_cast<std::uint32_t>(tag >> 32);
  auto& waiters = transfers_[id].waiters;
  const auto waiter = std::find_if(waiters.begin(), waiters.end(), [&](const auto& w) { return w.first == number; });
  if (waiter == waiters.end())
    return;
  waiters.erase(waiter);
  if (!waiters.empty())
    return; // somebody else still wants it
  transfers_[id].activity();
  finish(id, false);
}

void Transfers::close() {
  on_start.clear();
  on_end.clear();
  transfers_ = {};
  under_way_.clear();
}

} // namespace wrench_serverless
