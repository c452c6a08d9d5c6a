#include "service/head_images.hpp"

#include "engine/runtime.hpp"
#include "engine/storage.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace wrench_serverless {

ImageId HeadImages::add(std::shared_ptr<const Image> image) {
  images_.push_back({.image = std::move(image), .coming = false, .waiters = {}, .failure = nullptr, .transfer = {}});
  return ImageId(images_.size() - 1);
}

bool HeadImages::has(ImageId id) const {
  const Entry& entry = images_[id.value];
  const StorageService::Parts& store = store_->parts();
  if (entry.coming || store.destroyed)
    return false;
  const model::Space::Entry* const file = store.space.find(entry.image->file.file);
  return file != nullptr && file->size == entry.image->size;
}

bool HeadImages::waits_for_room(ImageId id) const {
  return std::ranges::find(waiting_for_room_, id) != waiting_for_room_.end();
}

void HeadImages::fetch(ImageId id, const Continuation& done, Outcome why_not) {
  Entry& entry = images_[id.value];
  entry.waiters.push_back(done);
  if (std::exchange(entry.coming, true))
    return;
  if (why_not != nullptr)
    fail(id, std::move(why_not));
  else
    start(id);
}

// As an event: a failed invocation lets the next one try, and so on.
void HeadImages::fail(ImageId id, Outcome failure) {
  images_[id.value].failure = std::move(failure);
  runtime_.schedule(0, *this, 0, id.value);
}

void HeadImages::start(ImageId id) {
  Entry& entry = images_[id.value];
  const FileLocation& file = entry.image->file;
  const bool could_fit = entry.image->size <= store_->capacity();
  // First come first served: else small images that keep coming would hold up a large one for ever.
  if (could_fit && !waiting_for_room_.empty()) {
    waiting_for_room_.push_back(id);
    return;
  }
  try {
    entry.transfer = runtime_.transfers().start(*file.storage, file.file, *store_,
                                                Continuation::of<&HeadImages::ended>(this, id.value));
    ++transfers_;
  } catch (const StorageFull&) {
    // Images that are being copied can't be dropped now, but soon: then it is tried again.
    if (transfers_ > 0 && could_fit) {
      waiting_for_room_.push_back(id);
      return;
    }
    fail(id, std::current_exception());
  } catch (const std::bad_alloc&) { // nobody's failure: the run ends
    throw;
  } catch (...) {
    fail(id, std::current_exception());
  }
}

void HeadImages::on_event(std::uint32_t /*kind*/, std::uint64_t argument) {
  ended(argument, images_[static_cast<std::uint32_t>(argument)].failure);
}

void HeadImages::ended(std::uint64_t tag, Outcome failure) {
  const ImageId id(static_cast<std::uint32_t>(tag));
  Entry& entry = images_[id.value];
  const bool transferred = entry.failure == nullptr;
  entry.failure = nullptr;
  entry.coming = false;
  entry.transfer = {};
  if (transferred)
    --transfers_;
  for (const Continuation& done : std::exchange(entry.waiters, {}))
    done(failure);
  retry_waiting();
}

void HeadImages::stop_fetching() {
  waiting_for_room_.clear();
  for (std::size_t index = 0; index < images_.size(); ++index) { // an observer may add more
    Entry& entry = images_[index];
    entry.waiters.clear();
    if (!entry.coming || entry.failure != nullptr) // the event of one that could not begin is still to come
      continue;
    entry.coming = false;
    if (const Canceller transfer = std::exchange(entry.transfer, {})) {
      --transfers_;
      transfer();
    }
  }
}

void HeadImages::copy(ImageId id, StorageService& to, model::Space::Entry* place, const Continuation& done) {
  runtime_.transfers().start(*store_, image(id).file.file, to, done, place);
  ++transfers_;
}

void HeadImages::retry_waiting() {
  for (const ImageId id : std::exchange(waiting_for_room_, {}))
    if (whom_.still_wants(id)) {
      start(id);
    } else {
      images_[id.value].coming = false;
      images_[id.value].waiters.clear();
    }
}

} // namespace wrench_serverless
