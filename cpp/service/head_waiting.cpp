#include "service/head_waiting.hpp"

#include <algorithm>
#include <utility>

namespace wrench_serverless {

void HeadWaiting::add_function(ImageId image) {
  functions_.emplace_back().image = image;
  if (waiting_.size() <= image.value)
    waiting_.resize(image.value + std::size_t{1});
}

bool HeadWaiting::begin(FunctionId id) {
  Function& function = functions_[id.value];
  if (std::exchange(function.waits, true))
    return false;
  std::vector<FunctionId>& others = waiting_[function.image.value];
  others.push_back(id);
  if (others.size() > 1)
    return false;
  images_.push_back(function.image);
  return true;
}

std::vector<FunctionId> HeadWaiting::end(ImageId id) {
  std::vector<FunctionId> all = std::exchange(waiting_[id.value], {});
  if (!all.empty())
    std::erase(images_, id);
  for (const FunctionId function : all)
    functions_[function.value].waits = false;
  return all;
}

} // namespace wrench_serverless
