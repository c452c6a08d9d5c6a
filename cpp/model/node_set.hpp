// A set of small integers, walked in ascending order: a bitmap, with a bit more for each word that has some, and one
// for each 64 of these.
//
// Insert, erase, contains: O(1). Next member: O(1) for up to 262,144 nodes, and one step more for each further so many.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace wrench_serverless::model {

class NodeSet {
public:
  void resize(std::size_t count) {
    words_.resize((count + 63) / 64, 0);
    summary_.resize((words_.size() + 63) / 64, 0);
    top_.resize((summary_.size() + 63) / 64, 0);
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool contains(std::uint32_t index) const { return (words_[index / 64] >> (index % 64) & 1) != 0; }

  void insert(std::uint32_t index) {
    if (contains(index))
      return;
    ++size_;
    words_[index / 64] |= std::uint64_t{1} << (index % 64);
    summary_[index / 4096] |= std::uint64_t{1} << (index / 64 % 64);
    top_[index / 262'144] |= std::uint64_t{1} << (index / 4096 % 64);
  }

  void erase(std::uint32_t index) {
    if (!contains(index))
      return;
    --size_;
    words_[index / 64] &= ~(std::uint64_t{1} << (index % 64));
    if (words_[index / 64] != 0)
      return;
    summary_[index / 4096] &= ~(std::uint64_t{1} << (index / 64 % 64));
    if (summary_[index / 4096] == 0)
      top_[index / 262'144] &= ~(std::uint64_t{1} << (index / 4096 % 64));
  }

  void set(std::uint32_t index, bool member) { member ? insert(index) : erase(index); }

  // The least member that is at least `from`.
  std::optional<std::uint32_t> next(std::uint32_t from) const {
    if (from / 64 >= words_.size())
      return {};
    if (const std::uint64_t rest = words_[from / 64] >> (from % 64); rest != 0)
      return from + static_cast<std::uint32_t>(std::countr_zero(rest));
    const auto word = next_bit(summary_, from / 64 + 1);
    if (word)
      return first_of_word(*word);
    const std::size_t block = (from / 64 + 1) / 64 + 1;
    for (std::size_t at = block / 64, begin = block; at < top_.size(); ++at, begin = at * 64)
      if (const auto found = next_bit(top_, begin))
        return first_of_word(*next_bit(summary_, *found * 64));
    return {};
  }

  // The least member of both that is at least `from`. A step for each 64 nodes of which both have some, at most.
  std::optional<std::uint32_t> next_common(const NodeSet& other, std::uint32_t from) const {
    const std::size_t words = std::min(words_.size(), other.words_.size());
    std::size_t word = from / 64;
    if (word >= words)
      return {};
    const auto in_both = [&](std::size_t at, std::uint64_t mask) -> std::optional<std::uint32_t> {
      const std::uint64_t both = words_[at] & other.words_[at] & mask;
      if (both == 0)
        return {};
      return static_cast<std::uint32_t>(at * 64 + static_cast<std::size_t>(std::countr_zero(both)));
    };
    if (const auto found = in_both(word, ~std::uint64_t{0} << (from % 64)))
      return found;
    ++word;
    for (std::size_t block = word / 64; block * 64 < words; ++block, word = block * 64)
      for (std::uint64_t rest = summary_[block] & other.summary_[block] & (~std::uint64_t{0} << (word % 64)); rest != 0;
           rest &= rest - 1)
        if (const auto found =
                in_both(block * 64 + static_cast<std::size_t>(std::countr_zero(rest)), ~std::uint64_t{0}))
          return found;
    return {};
  }

private:
  // The first bit from `from` on, in the same word.
  static std::optional<std::size_t> next_bit(const std::vector<std::uint64_t>& words, std::size_t from) {
    if (from / 64 >= words.size())
      return {};
    const std::uint64_t rest = words[from / 64] >> (from % 64);
    return rest == 0 ? std::nullopt : std::optional(from + static_cast<std::size_t>(std::countr_zero(rest)));
  }
  std::uint32_t first_of_word(std::size_t word) const {
    return static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(words_[word])));
  }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> summary_; // of the words
  std::vector<std::uint64_t> top_;     // of the summary's
  std::size_t size_ = 0;
};

} // namespace wrench_serverless::model
