#include "model/profile_text.hpp"

#include "wrench_serverless/units.hpp"

#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace wrench_serverless {

using model::ProfileLaw;
using model::ProfilePattern;

namespace {

class Line {
public:
  Line(std::string text, std::string where) : text_(std::move(text)), where_(std::move(where)), words_(split(text_)) {}

  bool empty() const { return words_.empty() || words_.front().front() == '#' || words_.front().front() == '%'; }
  bool more() const { return next_ < words_.size(); }
  bool take(const char* word) {
    if (!more() || words_[next_] != word)
      return false;
    ++next_;
    return true;
  }
  double number() {
    if (!more())
      refuse("a number is missing");
    const std::string& word = words_[next_++];
    const char* begin = word.data() + (word.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(begin, word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size())
      refuse("'" + word + "' is no number");
    return value;
  }
  ProfileLaw law() {
    if (take("EXP") || take("EXPONENTIAL"))
      return {ProfileLaw::Exponential, number(), 0};
    const bool uniform = take("UNIF") || take("UNIFORM");
    if (uniform || take("NORM") || take("NORMAL") || take("GAUSS") || take("GAUSSIAN")) {
      const double first = number();
      return {uniform ? ProfileLaw::Uniform : ProfileLaw::Normal, first, number()};
    }
    take("DET");
    return {ProfileLaw::Constant, number(), 0};
  }
  [[noreturn]] void refuse(const std::string& why) const {
    throw std::invalid_argument(where_ + " '" + text_ + "': " + why);
  }

private:
  static std::vector<std::string> split(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;)
      words.push_back(word);
    return words;
  }
  std::string text_, where_;
  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

} // namespace

ProfilePattern parse_profile(const std::string& text, double periodicity, const std::string& what) {
  ProfilePattern pattern;
  pattern.loops = periodicity > 0;
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string words; std::getline(lines, words);) {
    Line line(words, what + ", line " + std::to_string(++number));
    if (line.empty())
      continue;
    if (line.take("PERIODICITY")) {
      periodicity = line.number();
      pattern.loops = true;
    } else if (line.take("LOOPAFTER")) {
      pattern.loop_delay = line.number();
      pattern.loops = true;
    } else if (line.take("STOCHASTIC")) {
      pattern.stochastic = true;
      pattern.loops = line.take("LOOP") || pattern.loops;
    } else {
      const ProfileLaw date = line.law();
      const ProfileLaw value = line.law();
      const bool laws = date.kind != ProfileLaw::Constant || value.kind != ProfileLaw::Constant;
      if (laws && !pattern.stochastic)
        line.refuse("laws need the word STOCHASTIC on a line before");
      pattern.steps.push_back({date, value});
    }
  }
  if (periodicity > 0) {
    if (pattern.stochastic)
      throw std::invalid_argument(what + ": a stochastic profile has no period: use LOOPAFTER");
    pattern.loop_delay = periodicity - (pattern.steps.empty() ? 0 : pattern.steps.back().date.first);
  }
  return pattern;
}

} // namespace wrench_serverless
