#include "engine/storage.hpp"

#include "engine/platform_query.hpp"
#include "engine/runtime.hpp"
#include "wrench_serverless/errors.hpp"

#include <stdexcept>
#include <utility>

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

namespace {

std::uint32_t index_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag); }
std::uint32_t generation_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag >> 32); }

} // namespace

StorageService::Parts::Parts(std::shared_ptr<Runtime> owner, const StorageOptions& options)
    : runtime(std::move(owner)), name(options.name), evict_lru(options.evict_lru), space(options.capacity) {}

void StorageService::Parts::check() const {
  runtime->check_open();
  for (const Parts* parts = this; parts != nullptr; parts = parts->parent ? &parts->parent->parts() : nullptr)
    if (parts->destroyed)
      throw Error("storage service '" + name + "' is gone" +
                  (parts == this ? "" : ": '" + parts->name + "', which it was carved out of, was destroyed"));
}

model::Space::Entry* StorageService::Parts::hold(const std::string& file, Bytes size) {
  if (file.empty())
    throw std::invalid_argument("name of the file is empty");
  if (size < 0)
    throw std::invalid_argument("size is " + std::to_string(size) + ": it must be bytes >= 0");
  const bool fits = evict_lru ? space.make_room(size) : size <= space.free();
  if (!fits)
    throw StorageFull("no room for '" + file + "' (" + format_bytes(size) + ") at storage service '" + name +
                      "': " + format_bytes(space.free()) + " of " + format_bytes(space.capacity()) + " free" +
                      (evict_lru ? ", " + format_bytes(space.evictable()) + " more by eviction" : ""));
  return space.hold(file, size);
}

model::Space::Entry* StorageService::Parts::require(const std::string& file) const {
  model::Space::Entry* entry = space.find(file);
  if (entry == nullptr)
    throw FileNotFound("no file '" + file + "' at storage service '" + name + "'");
  return entry;
}

std::shared_ptr<StorageService> Storages::create(const std::shared_ptr<Runtime>& runtime, const std::string& host,
                                                 StorageOptions options) {
  s4u::Host& location = find_host(runtime_.kernel().engine(), host);
  s4u::Disk& disk = find_disk(location, options.disk);
  const Bytes left = unallocated(disk);
  if (options.capacity <= 0)
    throw std::invalid_argument("capacity is " + format_bytes(options.capacity) + ": it must be positive");
  if (options.capacity > left)
    throw std::invalid_argument("capacity " + format_bytes(options.capacity) + " is more than is left on the disk '" +
                                disk.get_name() + "' of host '" + host + "': " + format_bytes(left) + " of " +
                                format_bytes(disk_size(disk)));
  allocated_[&disk] += options.capacity;
  if (options.name.empty())
    options.name = host + ":" + options.disk;
  auto parts = std::make_unique<StorageService::Parts>(runtime, options);
  parts->host = &location;
  parts->host_name = host;
  parts->disk = &disk;
  return std::make_shared<StorageService>(std::move(parts));
}

Bytes Storages::unallocated(s4u::Disk& disk) const {
  const auto found = allocated_.find(&disk);
  return disk_size(disk) - (found == allocated_.end() ? 0 : found->second);
}

void Storages::give_back(s4u::Disk& disk, Bytes capacity) { allocated_[&disk] -= capacity; }

// Who is there already needs no network.
void Storages::check_way(const s4u::Host& caller, const s4u::Host& host) {
  if (&caller != &host)
    runtime_.kernel().check_routes({{&caller, &host}});
}

Canceller Storages::start_write(StorageService& storage, const std::string& file, Bytes size, s4u::Host& caller,
                                const Continuation& done) {
  StorageService::Parts& parts = storage.parts();
  parts.check();
  check_way(caller, *parts.host);
  model::Space::Entry* entry = parts.hold(file, size);
  return start({storage.shared_from_this(), entry, true, {}, done, 0}, size, caller);
}

Canceller Storages::start_read(StorageService& storage, const std::string& file, std::optional<Bytes> size,
                               s4u::Host& caller, const Continuation& done) {
  StorageService::Parts& parts = storage.parts();
  parts.check();
  check_way(caller, *parts.host);
  model::Space::Entry* entry = parts.require(file);
  if (size && *size < 0)
    throw std::invalid_argument("size is " + std::to_string(*size) + ": it must be bytes >= 0");
  if (size && *size > entry->size)
    throw std::invalid_argument("size " + format_bytes(*size) + " is more than the file '" + file +
                                "' has: " + format_bytes(entry->size));
  parts.space.touch(entry);
  parts.space.pin(entry);
  return start({storage.shared_from_this(), entry, false, {}, done, 0}, size.value_or(entry->size), caller);
}

Canceller Storages::start(Operation operation, Bytes size, s4u::Host& caller) {
  StorageService::Parts& parts = operation.storage->parts();
  const bool write = operation.write;
  operation.generation = ++generation_;
  const OperationId id = operations_.add(std::move(operation));
  const std::uint64_t tag = std::uint64_t{generation_} << 32 | id.value;
  const auto done = Continuation::of<&Storages::ended>(this, tag);
  Activities& activities = runtime_.activities();
  Canceller& activity = operations_[id].activity;
  if (&caller != parts.host) {
    const StreamEnd here{&caller};
    const StreamEnd there{parts.host, parts.disk};
    activity = activities.stream(runtime_.now(), write ? here : there, write ? there : here, size, done);
  } else if (size == 0) {
    runtime_.schedule(0, *this, 0, tag);
  } else {
    const auto type = write ? s4u::Io::OpType::WRITE : s4u::Io::OpType::READ;
    activity = activities.access_disk(runtime_.now(), *parts.disk, type, size, done);
  }
  return Canceller::of<&Storages::cancel>(this, tag);
}

Storages::Operation Storages::take(std::uint64_t tag) {
  const OperationId id(index_of(tag));
  if (id.value >= operations_.places() || operations_[id].generation != generation_of(tag))
    return {};
  Operation operation = std::exchange(operations_[id], Operation{});
  operations_.remove(id);
  return operation;
}

void Storages::ended(std::uint64_t tag, Outcome failure) {
  const Operation operation = take(tag);
  if (!operation.storage)
    return;
  StorageService::Parts& parts = operation.storage->parts();
  if (failure == nullptr && operation.storage->destroyed())
    failure = std::make_exception_ptr(Error("storage service '" + parts.name + "' was destroyed meanwhile"));
  if (!operation.write)
    parts.space.unpin(operation.entry);
  else if (failure != nullptr)
    parts.space.erase(operation.entry);
  else
    parts.space.commit(operation.entry);
  operation.done(std::move(failure));
}

void Storages::cancel(std::uint64_t tag) {
  const Operation operation = take(tag);
  if (!operation.storage)
    return;
  operation.activity();
  model::Space& space = operation.storage->parts().space;
  if (operation.write)
    space.erase(operation.entry); // R4: gives its reservation back
  else
    space.unpin(operation.entry);
}

} // namespace wrench_serverless
