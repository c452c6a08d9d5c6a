// First in, first out, in one array that is used again and again. Whenever it is empty it begins at its first place: so
// a queue that hardly ever has more than one keeps to one line of the cache.
//
// push_back, pop_front, operator[]: O(1), on average where it grows. It keeps the room that it once needed.
#pragma once

#include "model/prefetch.hpp"

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

template <class T> class Ring {
public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // The first is number 0.
  const T& operator[](std::size_t number) const { return places_[place(number)]; }
  const T& front() const { return (*this)[0]; }

  // Asks for the first (prefetch.hpp).
  void foresee() const { prefetch(static_cast<const void*>(places_.data() + first_)); }

  void push_back(T item) {
    if (size_ == places_.size())
      grow();
    places_[place(size_)] = std::move(item);
    ++size_;
  }
  // Precondition: it is not empty.
  void pop_front() {
    --size_;
    first_ = size_ == 0 ? 0 : place(1);
  }

private:
  static constexpr std::size_t fewest = 8;

  std::size_t place(std::size_t number) const { return (first_ + number) & (places_.size() - 1); }
  void grow() {
    std::vector<T> more(std::bit_ceil(places_.size() + fewest));
    for (std::size_t number = 0; number < size_; ++number)
      more[number] = std::move(places_[place(number)]);
    places_ = std::move(more);
    first_ = 0;
  }

  std::vector<T> places_; // a power of two, or none
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

} // namespace wrench_serverless::model
