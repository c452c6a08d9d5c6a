#include "model/space.hpp"

namespace wrench_serverless::model {

Space::~Space() = default;

Space::Entry* Space::find(const std::string& name) const {
  const auto found = written_.find(name);
  return found == written_.end() ? nullptr : found->second;
}

std::vector<std::string> Space::names() const {
  std::vector<std::string> result;
  result.reserve(written_.size());
  for (const auto& [name, entry] : written_)
    result.push_back(name);
  return result;
}

Space::Entry* Space::hold(const std::string& name, Bytes size) {
  if (spare_.empty()) {
    pool_.push_back(std::make_unique<Entry>());
    spare_.push_back(pool_.back().get());
  }
  Entry* entry = spare_.back();
  spare_.pop_back();
  *entry = Entry{.name = name, .size = size};
  used_ += size;
  return entry;
}

void Space::commit(Entry* entry) {
  Entry*& place = written_[entry->name];
  Entry* replaced = place;
  place = entry;
  entry->written = true;
  if (replaced != nullptr) {
    if (evictable(replaced))
      unlink(replaced);
    replaced->listed = false; // the name is the new one's; the old bytes go with their last reader
    if (replaced->pins == 0)
      release(replaced);
  }
  if (entry->pins == 0)
    link(entry);
}

void Space::erase(Entry* entry) {
  if (evictable(entry))
    unlink(entry);
  if (entry->written && entry->listed)
    written_.erase(entry->name);
  entry->listed = false;
  if (entry->pins == 0)
    release(entry);
}

void Space::clear() {
  while (!written_.empty())
    erase(written_.begin()->second);
}

void Space::pin(Entry* entry) {
  if (evictable(entry))
    unlink(entry);
  ++entry->pins;
}

void Space::unpin(Entry* entry) {
  if (--entry->pins > 0)
    return;
  if (evictable(entry))
    link(entry);
  else if (!entry->listed)
    release(entry);
}

void Space::touch(Entry* entry) {
  if (!evictable(entry))
    return;
  unlink(entry);
  link(entry);
}

bool Space::make_room(Bytes size) {
  if (size > free() + evictable_)
    return false;
  while (size > free())
    erase(oldest_);
  return true;
}

void Space::link(Entry* entry) {
  entry->older = newest_;
  entry->newer = nullptr;
  (newest_ != nullptr ? newest_->newer : oldest_) = entry;
  newest_ = entry;
  evictable_ += entry->size;
}

void Space::unlink(Entry* entry) {
  (entry->older != nullptr ? entry->older->newer : oldest_) = entry->newer;
  (entry->newer != nullptr ? entry->newer->older : newest_) = entry->older;
  evictable_ -= entry->size;
}

void Space::release(Entry* entry) {
  used_ -= entry->size;
  spare_.push_back(entry);
}

} // namespace wrench_serverless::model
