// The distribution of a quantity (>= 0) in little memory: counts in buckets whose width grows with the value, as in
// HdrHistogram (Tene 2012). A bucket is a power of two cut into 128 equal parts, so that each value is known to within
// 1 / 256 of itself (0.4 %), however many there are. What is below a nanosecond counts as 0.
//
// Adding a value costs a few instructions; memory: 8 bytes for each bucket between the least and the greatest value
// (1 KB for each doubling). Two sketches can be merged, and what comes out is the sketch of all values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wrench_serverless {

class Sketch {
public:
  static constexpr double relative_error = 1.0 / 256;

  void add(double value);
  void merge(const Sketch& other);

  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  double mean() const; // exact, but for rounding; NaN: there are no values
  double max() const;  // exact; NaN: there are no values
  // The value below which `percent` (0 to 100) of all lie, to within relative_error; between two values, as NumPy does.
  // NaN: there are none.
  double percentile(double percent) const;
  std::size_t memory() const { return buckets_.capacity() * sizeof(std::uint64_t); } // bytes

  // All that there is of it, to keep it in a file. std::invalid_argument: it can't be what a sketch has.
  struct Contents {
    std::uint64_t count = 0;
    std::uint64_t zeros = 0; // below a nanosecond
    double sum = 0;
    double max = 0;
    std::uint32_t first = 0; // which bucket `buckets` begins with
    std::vector<std::uint64_t> buckets;
  };
  Contents contents() const { return {count_, zeros_, sum_, max_, first_, buckets_}; }
  static Sketch of(Contents contents);

private:
  std::uint64_t count_ = 0;
  std::uint64_t zeros_ = 0;
  double sum_ = 0;
  double max_ = 0;
  std::uint32_t first_ = 0;
  std::vector<std::uint64_t> buckets_;
  std::uint64_t& bucket(std::uint32_t index);
  double value(std::uint64_t rank) const;
};

} // namespace wrench_serverless
