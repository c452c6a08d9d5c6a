// A capacity in bytes and what is in it: named entries (files, image footprints) that may be pinned and are kept in
// order of last use, and anonymous shares (containers, carved storage services). R2 to R4, R6, R9, R10.
//
// Never holds more than its capacity. What can't fit changes nothing. Costs O(1) a call (one hash of a name), plus one
// step for each entry that is evicted.
#pragma once

#include "wrench_serverless/units.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wrench_serverless::model {

class Space {
public:
  // An entry is `written` once it exists; until then it only holds its place (R4). Pinned entries are never evicted.
  struct Entry {
    std::string name;
    Bytes size = 0;
    std::uint32_t owner = 0; // the caller's own: which image it is
    std::uint32_t pins = 0;
    bool written = false;
    bool listed = true; // found under its name; false once it was replaced or removed while pinned
    Entry* older = nullptr;
    Entry* newer = nullptr;
  };

  explicit Space(Bytes capacity) : capacity_(capacity) {}
  ~Space();
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  Bytes capacity() const { return capacity_; }
  Bytes used() const { return used_; }
  Bytes free() const { return capacity_ - used_; }
  // What evicting every unpinned entry would give back.
  Bytes evictable() const { return evictable_; }

  // The written entry of that name, or nullptr.
  Entry* find(const std::string& name) const;
  // Names of the written entries, sorted.
  std::vector<std::string> names() const;

  // Holds a place for an entry, not written and not pinned. Precondition: size <= free().
  Entry* hold(const std::string& name, Bytes size);
  // The entry now exists, most recently used, and replaces one of the same name.
  void commit(Entry* entry);
  // All written entries are gone.
  void clear();
  // The entry is gone: at once, or when its last pin goes. Also gives up a place that was held.
  void erase(Entry* entry);

  void pin(Entry* entry);
  void unpin(Entry* entry);
  void touch(Entry* entry);

  // The least recently used unpinned entry, the next to go; nullptr: there is none.
  Entry* oldest() const { return oldest_; }
  // Evicts until `size` bytes are free; false, and nothing changed, if that is not possible.
  bool make_room(Bytes size);

  // Anonymous shares. Precondition of take: size <= free().
  void take(Bytes size) { used_ += size; }
  void give_back(Bytes size) { used_ -= size; }

private:
  bool evictable(const Entry* entry) const { return entry->written && entry->listed && entry->pins == 0; }
  void link(Entry* entry);
  void unlink(Entry* entry);
  void release(Entry* entry);

  Bytes capacity_;
  Bytes used_ = 0;
  Bytes evictable_ = 0;
  std::map<std::string, Entry*> written_; // ordered: names() is part of results
  std::vector<std::unique_ptr<Entry>> pool_;
  std::vector<Entry*> spare_;
  Entry* oldest_ = nullptr; // the evictable entries, in order of last use
  Entry* newest_ = nullptr;
};

} // namespace wrench_serverless::model
