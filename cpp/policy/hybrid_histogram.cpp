#include "wrench_serverless/keep_alive.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>

namespace wrench_serverless {

// Counts by bin, as a binary indexed tree: a new value, and the bin of a percentile, in O(log bins).
class HybridHistogram::Histogram {
public:
  explicit Histogram(std::size_t bins) : counts_(bins, 0), tree_(bins + 1, 0) {}

  void add(std::size_t bin) {
    squares_ += 2.0 * counts_[bin] + 1; // (n + 1)² - n²
    ++counts_[bin];
    ++total_;
    for (std::size_t index = bin + 1; index < tree_.size(); index += index & (~index + 1))
      ++tree_[index];
  }
  void add_out_of_bounds() { ++out_of_bounds_; }

  std::uint64_t total() const { return total_; }
  double out_of_bounds_share() const {
    return static_cast<double>(out_of_bounds_) / static_cast<double>(total_ + out_of_bounds_);
  }
  // Standard deviation of the counts over their mean.
  double variation() const {
    const double mean = static_cast<double>(total_) / static_cast<double>(counts_.size());
    const double variance = squares_ / static_cast<double>(counts_.size()) - mean * mean;
    return std::sqrt(std::max(0.0, variance)) / mean;
  }
  // The first bin that reaches so many of the values, with those before it.
  std::size_t bin_of(double share) const {
    const double wanted = share * static_cast<double>(total_);
    std::size_t before = 0; // bins that do not reach it
    std::uint64_t counted = 0;
    for (std::size_t step = std::bit_floor(counts_.size()); step > 0; step /= 2)
      if (before + step < tree_.size() && static_cast<double>(counted + tree_[before + step]) < wanted) {
        before += step;
        counted += tree_[before];
      }
    return before;
  }

private:
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> tree_;
  std::uint64_t total_ = 0;
  std::uint64_t out_of_bounds_ = 0;
  double squares_ = 0; // sum of the squares of the counts
};

namespace {

void check(bool good, const char* name, double value, const char* right) {
  if (!good)
    throw std::invalid_argument(std::string(name) + " is " + format_number(value) + ": it must be " + right);
}

std::size_t bins_of(const HybridHistogramOptions& options) {
  check(options.bin > 0 && std::isfinite(options.bin), "bin", options.bin, "seconds > 0");
  const double bins = std::round(options.range / options.bin);
  check(bins >= 1 && bins <= 1'000'000 && std::abs(bins * options.bin - options.range) <= 1e-9 * options.range, "range",
        options.range, "a multiple of `bin`, of up to 1,000,000 bins");
  check(options.head >= 0 && options.head < options.tail, "head", options.head, "a share from 0 to below `tail`");
  check(options.tail <= 1, "tail", options.tail, "a share up to 1");
  check(options.margin >= 0 && options.margin < 1, "margin", options.margin, "a share from 0 to below 1");
  check(options.cv_threshold >= 0, "cv_threshold", options.cv_threshold, ">= 0");
  check(options.out_of_bounds >= 0 && options.out_of_bounds <= 1, "out_of_bounds", options.out_of_bounds,
        "a share from 0 to 1");
  check(options.fallback >= 0, "fallback", options.fallback, "seconds >= 0, or infinity");
  return static_cast<std::size_t>(bins);
}

} // namespace

HybridHistogram::HybridHistogram(const HybridHistogramOptions& options) : options_(options), bins_(bins_of(options)) {}
HybridHistogram::~HybridHistogram() = default;

void HybridHistogram::begin(std::uint64_t /*seed*/) { histograms_.clear(); }

HybridHistogram::Histogram& HybridHistogram::histogram(FunctionId function) {
  if (histograms_.size() <= function.value)
    histograms_.resize(function.value + 1);
  auto& histogram = histograms_[function.value];
  if (histogram == nullptr)
    histogram = std::make_unique<Histogram>(bins_);
  return *histogram;
}

void HybridHistogram::invoked(FunctionId function, double /*now*/, double idle) {
  if (!(idle > 0)) // the first, or while others are under way
    return;
  if (idle >= options_.range)
    histogram(function).add_out_of_bounds();
  else
    histogram(function).add(std::min(bins_ - 1, static_cast<std::size_t>(idle / options_.bin)));
}

KeepAlive HybridHistogram::keep_alive(FunctionId function, double /*now*/) {
  const Histogram& seen = histogram(function);
  if (seen.total() == 0 || seen.out_of_bounds_share() > options_.out_of_bounds ||
      seen.variation() < options_.cv_threshold)
    return options_.fallback;
  const double head = static_cast<double>(seen.bin_of(options_.head)) * options_.bin;
  const double tail = static_cast<double>(seen.bin_of(options_.tail) + 1) * options_.bin;
  const double prewarm = head * (1 - options_.margin);
  const double keep = tail * (1 + options_.margin) - prewarm;
  if (prewarm == 0)
    return keep;
  return {0, prewarm, keep};
}

} // namespace wrench_serverless
