// A queue by keys that change: each index (of a function, say) is in it at most once. The least key first.
//
// A tree of matches over all indices: of each pair the one with the lesser key goes on. (D. E. Knuth, The Art of
// Computer Programming 3, 5.4.1.) A heap looks at fewer places, but who is moved up or down in it is anybody's guess,
// also the processor's; here each change replays the same few matches, without a branch.
//
// set, erase: O(log n), without an allocation but where an index is larger than all before. A walk in order: O(log n)
// for each that it visits. Keys: Key() comes after all that are ever set, and no two that are set are equal.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wrench_serverless::model {

template <class Key> class Tournament {
public:
  struct Entry {
    Key key;
    std::uint32_t index;
  };

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  bool contains(std::uint32_t index) const { return index < keys_.size() && is_set(keys_[index]); }
  // Precondition: it is not empty.
  Entry first() const { return of(1); }

  // Puts it in, or gives it another key.
  void set(std::uint32_t index, const Key& key) {
    if (index >= keys_.size())
      make_room(index + 1);
    size_ += !is_set(keys_[index]);
    change(index, key);
  }

  // Precondition: contains.
  void erase(std::uint32_t index) {
    --size_;
    change(index, Key());
  }

  // Visits in order until visit(entry) says true. From then on the visitor may change what is here.
  template <class Visit> void in_order(Visit&& visit) const {
    if (empty() || visit(first()))
      return;
    const auto later = [this](std::uint32_t a, std::uint32_t b) { return keys_[winners_[b]] < keys_[winners_[a]]; };
    std::vector<std::uint32_t> next; // matches whose winners come next: each lost against somebody visited
    for (std::uint32_t match = 1;;) {
      for (const std::uint32_t visited = winners_[match]; match < keys_.size();) {
        const std::uint32_t left = 2 * match, lost = winners_[left] == visited ? left + 1 : left;
        if (is_set(keys_[winners_[lost]])) {
          next.push_back(lost);
          std::ranges::push_heap(next, later);
        }
        match = left + (left + 1 - lost);
      }
      if (next.empty())
        return;
      std::ranges::pop_heap(next, later);
      match = next.back();
      next.pop_back();
      if (visit(of(match)))
        return;
    }
  }

private:
  static bool is_set(const Key& key) { return key < Key(); }
  Entry of(std::uint32_t match) const { return {keys_[winners_[match]], winners_[match]}; }

  void change(std::uint32_t index, const Key& key) {
    keys_[index] = key;
    std::uint32_t winner = index;
    for (std::size_t match = keys_.size() + index; match > 1; match /= 2) {
      const std::uint32_t other = winners_[match ^ 1];
      const bool lost = keys_[other] < keys_[winner];
      winner ^= (winner ^ other) & -std::uint32_t{lost}; // lost ? other : winner, without a branch
      winners_[match / 2] = winner;
    }
  }

  void make_room(std::size_t wanted) {
    keys_.resize(std::bit_ceil(wanted));
    winners_.resize(2 * keys_.size());
    for (std::uint32_t index = 0; index < keys_.size(); ++index)
      winners_[keys_.size() + index] = index;
    for (std::size_t match = keys_.size() - 1; match > 0; --match) {
      const std::uint32_t left = winners_[2 * match], right = winners_[2 * match + 1];
      winners_[match] = keys_[right] < keys_[left] ? right : left;
    }
  }

  std::vector<Key> keys_;              // by index; a power of two of them, or none
  std::vector<std::uint32_t> winners_; // the final is number 1; match m is between the winners of 2 m and 2 m + 1
  std::size_t size_ = 0;
};

} // namespace wrench_serverless::model
