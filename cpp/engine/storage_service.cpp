#include "wrench_serverless/storage_service.hpp"

#include "engine/runtime.hpp"
#include "engine/storage.hpp"
#include "wrench_serverless/errors.hpp"

#include <stdexcept>

namespace wrench_serverless {

StorageService::StorageService(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

StorageService::~StorageService() { parts_->destroy(); }

const std::string& StorageService::name() const { return parts_->name; }
const std::string& StorageService::host() const { return parts_->host_name; }
Bytes StorageService::capacity() const { return parts_->space.capacity(); }
Bytes StorageService::free_space() const { return parts_->space.free(); }
std::vector<std::string> StorageService::files() const { return parts_->space.names(); }
bool StorageService::has(const std::string& file) const { return parts_->space.find(file) != nullptr; }
Bytes StorageService::size(const std::string& file) const { return parts_->require(file)->size; }

FileLocation StorageService::create_file(const std::string& file, Bytes size) {
  parts_->check();
  parts_->space.commit(parts_->hold(file, size));
  return {file, shared_from_this()};
}

void StorageService::write(const std::string& file, Bytes size) {
  Runtime& runtime = Runtime::of_caller();
  auto& caller = *runtime.fibres().job(runtime.fibres().current()).host;
  runtime.fibres().block({"a write to its end"}, [&](const Continuation& done) {
    return runtime.storages().start_write(*this, file, size, caller, done);
  });
}

void StorageService::read(const std::string& file, std::optional<Bytes> size) {
  Runtime& runtime = Runtime::of_caller();
  auto& caller = *runtime.fibres().job(runtime.fibres().current()).host;
  runtime.fibres().block({"a read to its end"}, [&](const Continuation& done) {
    return runtime.storages().start_read(*this, file, size, caller, done);
  });
}

void StorageService::copy(const std::string& file, StorageService& to) {
  Runtime& runtime = Runtime::of_caller();
  runtime.fibres().block({"a copy to its end"},
                         [&](const Continuation& done) { return runtime.transfers().start(*this, file, to, done); });
}

void StorageService::remove(const std::string& file) {
  parts_->check();
  parts_->space.erase(parts_->require(file));
}

std::shared_ptr<StorageService> StorageService::carve(Bytes capacity, const std::string& name) {
  parts_->check();
  if (capacity <= 0)
    throw std::invalid_argument("capacity is " + format_bytes(capacity) + ": it must be positive");
  if (capacity > parts_->space.free())
    throw StorageFull("no room to carve " + format_bytes(capacity) + " out of storage service '" + parts_->name +
                      "': " + format_bytes(parts_->space.free()) + " of " + format_bytes(parts_->space.capacity()) +
                      " free");
  StorageOptions options{.capacity = capacity, .name = name.empty() ? parts_->name + "/carved" : name};
  auto child = std::make_unique<Parts>(parts_->runtime, options);
  child->host = parts_->host;
  child->host_name = parts_->host_name;
  child->disk = parts_->disk;
  child->evict_lru = parts_->evict_lru;
  child->parent = shared_from_this();
  parts_->space.take(capacity);
  return std::make_shared<StorageService>(std::move(child));
}

void StorageService::destroy() {
  if (!parts_->runtime->closed()) // what is over has nothing to give back
    parts_->runtime->check_open();
  parts_->destroy();
}

void StorageService::Parts::destroy() {
  if (destroyed)
    return;
  destroyed = true;
  if (!owns_share)
    return;
  if (parent)
    parent->parts().space.give_back(space.capacity());
  else if (!runtime->closed())
    runtime->storages().give_back(*disk, space.capacity());
}

bool StorageService::destroyed() const {
  for (const Parts* parts = parts_.get(); parts != nullptr; parts = parts->parent ? &parts->parent->parts() : nullptr)
    if (parts->destroyed)
      return true;
  return false;
}

} // namespace wrench_serverless
