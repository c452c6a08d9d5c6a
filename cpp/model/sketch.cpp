#include "wrench_serverless/sketch.hpp"

#include "wrench_serverless/units.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace wrench_serverless {

namespace {

constexpr double least = 1e-9, most = std::numeric_limits<double>::max();
constexpr int mantissa_bits = 7; // 128 buckets for each power of two
constexpr int shift = 52 - mantissa_bits;
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

// The leading bits of a positive double count up with its value.
std::uint32_t bucket_of(double value) {
  return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(value) >> shift);
}

double middle_of(std::uint32_t bucket) {
  const auto low = std::bit_cast<double>(std::uint64_t{bucket} << shift);
  const auto high = std::bit_cast<double>((std::uint64_t{bucket} + 1) << shift);
  return low + (high - low) / 2;
}

} // namespace

std::uint64_t& Sketch::bucket(std::uint32_t index) {
  if (buckets_.empty()) {
    first_ = index;
    buckets_.resize(1);
  } else if (index < first_) {
    buckets_.insert(buckets_.begin(), first_ - index, 0);
    first_ = index;
  } else if (index - first_ >= buckets_.size()) {
    buckets_.resize(index - first_ + 1);
  }
  return buckets_[index - first_];
}

void Sketch::add(double value) {
  ++count_;
  sum_ += value;
  max_ = std::max(max_, value);
  if (value < least)
    ++zeros_;
  else
    ++bucket(bucket_of(value));
}

void Sketch::merge(const Sketch& other) {
  count_ += other.count_;
  zeros_ += other.zeros_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
  for (std::size_t index = 0; index < other.buckets_.size(); ++index)
    if (other.buckets_[index] > 0)
      bucket(other.first_ + static_cast<std::uint32_t>(index)) += other.buckets_[index];
}

Sketch Sketch::of(Contents contents) {
  if (std::accumulate(contents.buckets.begin(), contents.buckets.end(), contents.zeros) != contents.count ||
      std::uint64_t{contents.first} + contents.buckets.size() > std::uint64_t{bucket_of(most)} + 1)
    throw std::invalid_argument(
        "contents are not those of a sketch: its buckets don't add up to its count, or are beyond "
        "all numbers");
  Sketch sketch;
  sketch.count_ = contents.count;
  sketch.zeros_ = contents.zeros;
  sketch.sum_ = contents.sum;
  sketch.max_ = contents.max;
  sketch.first_ = contents.first;
  sketch.buckets_ = std::move(contents.buckets);
  return sketch;
}

double Sketch::mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : nothing; }
double Sketch::max() const { return count_ > 0 ? max_ : nothing; }

// The value of that rank, from 0 on.
double Sketch::value(std::uint64_t rank) const {
  if (rank < zeros_)
    return 0;
  std::uint64_t seen = zeros_;
  for (std::size_t index = 0; index < buckets_.size(); ++index) {
    seen += buckets_[index];
    if (seen > rank)
      return std::min(middle_of(first_ + static_cast<std::uint32_t>(index)), max_);
  }
  return max_;
}

// Between the closest ranks, as the exact percentile of the results is.
double Sketch::percentile(double percent) const {
  if (!(percent >= 0 && percent <= 100))
    throw std::invalid_argument("percent is " + format_number(percent) + ": it must be from 0 to 100");
  if (count_ == 0)
    return nothing;
  const double position = percent / 100 * static_cast<double>(count_ - 1);
  const auto rank = static_cast<std::uint64_t>(position);
  const double below = value(rank);
  if (rank + 1 >= count_)
    return max_;
  return below + (value(rank + 1) - below) * (position - static_cast<double>(rank));
}

} // namespace wrench_serverless
