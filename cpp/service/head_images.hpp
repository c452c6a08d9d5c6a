// Images in the head's image store, and on their way there (R19, R21). An image is fetched once, however many wait for
// it; images that find no room because others are being copied take turns.
#pragma once

#include "engine/continuation.hpp"
#include "engine/event_queue.hpp"
#include "model/space.hpp"
#include "wrench_serverless/function.hpp"
#include "wrench_serverless/ids.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace wrench_serverless {

class Runtime;

// For whom images are fetched.
class FetchesFor {
public:
  // There is room now for an image that waited for it. False: nobody wants it any more, and is to be told of it.
  virtual bool still_wants(ImageId id) = 0;

protected:
  ~FetchesFor() = default;
};

class HeadImages final : public EventSink {
public:
  HeadImages(Runtime& runtime, FetchesFor& whom) : runtime_(runtime), whom_(whom) {}

  void set_store(std::shared_ptr<StorageService> store) { store_ = std::move(store); }
  const std::shared_ptr<StorageService>& store() const { return store_; }
  ImageId add(std::shared_ptr<const Image> image);
  const Image& image(ImageId id) const { return *images_[id.value].image; }

  // All of it is in the store. A file of its name and of another size is another image's, from another place.
  bool has(ImageId id) const;
  bool is_coming(ImageId id) const { return images_[id.value].coming; }
  bool waits_for_room(ImageId id) const; // it is coming, but its transfer has not begun

  // Brings it into the store; `done` is told how that ended, and never at once. Precondition: !has(id). `why_not`: it
  // can't begin, and fails with this.
  void fetch(ImageId id, const Continuation& done, Outcome why_not = nullptr);
  // The fetches under way are no longer wanted: nobody is told.
  void stop_fetching();

  // Copies it to a node's store, where the place is held already. Throws what Transfers::start does. Whoever is told of
  // its end calls copy_ended() first, and retry_waiting() last.
  void copy(ImageId id, StorageService& to, model::Space::Entry* place, const Continuation& done);
  void copy_ended() { --transfers_; }
  void retry_waiting();

private:
  struct Entry {
    std::shared_ptr<const Image> image;
    bool coming = false;
    std::vector<Continuation> waiters;
    Outcome failure;    // of a transfer that could not begin, until the waiters have been told
    Canceller transfer; // while it is under way
  };
  void start(ImageId id);
  void fail(ImageId id, Outcome failure);
  void ended(std::uint64_t tag, Outcome failure);
  void on_event(std::uint32_t kind, std::uint64_t argument) override;

  Runtime& runtime_;
  FetchesFor& whom_;
  std::shared_ptr<StorageService> store_;
  std::deque<Entry> images_; // an observer of a transfer may add more
  std::vector<ImageId> waiting_for_room_;
  std::size_t transfers_ = 0; // to and from the store, under way
};

} // namespace wrench_serverless
