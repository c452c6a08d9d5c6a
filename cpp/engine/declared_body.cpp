#include "wrench_serverless/profile.hpp"

#include "engine/body.hpp"
#include "wrench_serverless/units.hpp"

#include <cmath>
#include <stdexcept>

namespace wrench_serverless {

namespace {

void check_constant(double value, const char* unit, std::size_t step) {
  if (!(value >= 0) || std::isinf(value))
    throw std::invalid_argument("step " + std::to_string(step) + " of the profile has " + format_number(value) + " " +
                                unit + ": it must be finite and >= 0");
}

class DeclaredBody final : public Body {
public:
  explicit DeclaredBody(Profile profile) : profile_(std::move(profile)) {}
  const Profile* profile() const override { return &profile_; }
  FibreId launch(Runtime&, BodyRun&) override { throw std::logic_error("declared work runs without a fibre"); }

private:
  Profile profile_;
};

} // namespace

Profile::Profile(std::vector<Step> steps) : steps_(std::move(steps)) {
  for (std::size_t index = 0; index < steps_.size(); ++index) {
    const auto value = [&](const auto& given, const char* unit, bool whole) {
      if (given)
        check_constant(static_cast<double>(*given), unit, index);
      else
        units_.push_back({unit, whole});
    };
    const auto named = [&](const std::string& file) {
      if (file.empty())
        throw std::invalid_argument("step " + std::to_string(index) + " of the profile has an empty file name");
    };
    const Step& step = steps_[index];
    if (const auto* sleep = std::get_if<Sleep>(&step)) {
      value(sleep->seconds, "seconds", false);
    } else if (const auto* compute = std::get_if<Compute>(&step)) {
      value(compute->flops, "flops", false);
    } else if (const auto* write = std::get_if<Write>(&step)) {
      named(write->file);
      value(write->bytes, "bytes", true);
    } else if (const auto* read = std::get_if<Read>(&step)) {
      named(read->file);
      if (read->whole && read->bytes)
        throw std::invalid_argument("step " + std::to_string(index) +
                                    " of the profile reads a whole file, and has bytes: give one of the two");
      if (!read->whole)
        value(read->bytes, "bytes", true);
    } else {
      const auto& transfer = std::get<Transfer>(step);
      named(transfer.file);
      if (transfer.from == transfer.to)
        throw std::invalid_argument(
            "step " + std::to_string(index) +
            " of the profile copies a file to where it is: give another storage to copy it from, or to");
    }
  }
}

void Profile::check_value(std::size_t index, double value, const std::string& name) const {
  if (!takes(index, value))
    throw std::invalid_argument(name + " is " + format_number(value) + ": it must be " + unit(index) +
                                ", finite and >= 0");
}

std::shared_ptr<Body> make_body(Profile profile) { return std::make_shared<DeclaredBody>(std::move(profile)); }

} // namespace wrench_serverless
