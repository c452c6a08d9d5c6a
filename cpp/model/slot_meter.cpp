#include "model/slot_meter.hpp"

#include <cmath>
#include <numeric>
#include <utility>

namespace wrench_serverless {

SlotUse::Shares SlotUse::utilisation(double slots) const {
  const double all = slots * (end - begin);
  if (!(all > 0))
    return {never, never};
  return {std::accumulate(held.begin(), held.end(), 0.0) / all, std::accumulate(body.begin(), body.end(), 0.0) / all};
}

} // namespace wrench_serverless

namespace wrench_serverless::model {

namespace {
constexpr double first_width = 1.0 / 1024; // s; a power of two, as all later ones: bins end at exact dates
}

void SlotMeter::begin() {
  begun_ = true;
  begin_ = *clock_;
  width_ = first_width;
  edge_ = end_of_bin();
  for (Level* const level : {&held_, &body_}) // what is in use already counts from now on
    level->sum = level->slots * (edge_ - begin_);
}

void SlotMeter::close_bins() {
  while (*clock_ >= edge_) {
    held_bins_.push_back(held_.sum);
    body_bins_.push_back(body_.sum);
    if (++bin_ == most_bins)
      merge_bins();
    const double before = std::exchange(edge_, end_of_bin());
    for (Level* const level : {&held_, &body_})
      level->sum = level->slots * (edge_ - before);
  }
}

void SlotMeter::merge_bins() {
  if (end_bin_ % 2 == 1) {
    end_held_ += held_bins_[end_bin_ - 1];
    end_body_ += body_bins_[end_bin_ - 1];
  }
  end_bin_ /= 2;
  bin_ /= 2;
  width_ *= 2;
  for (std::vector<double>* const bins : {&held_bins_, &body_bins_}) {
    for (std::size_t bin = 0; bin < bin_; ++bin)
      (*bins)[bin] = (*bins)[2 * bin] + (*bins)[2 * bin + 1];
    bins->resize(bin_);
  }
}

SlotUse SlotMeter::use(bool goes_on) const {
  if (goes_on) {
    SlotMeter until_now = *this;
    until_now.ended();
    return until_now.use(false);
  }
  SlotUse use;
  if (!begun_)
    return use;
  use.begin = begin_;
  use.end = std::isnan(end_) ? begin_ : end_;
  use.width = width_;
  const auto last = static_cast<std::ptrdiff_t>(end_bin_);
  use.held.assign(held_bins_.begin(), held_bins_.begin() + last);
  use.body.assign(body_bins_.begin(), body_bins_.begin() + last);
  use.held.push_back(end_held_);
  use.body.push_back(end_body_);
  return use;
}

} // namespace wrench_serverless::model
