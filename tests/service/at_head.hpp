// What the tests of waiting at the head share (R16).
#pragma once

#include "cloud.hpp"

inline std::size_t fetches(const ws::Results& results, const std::string& file) {
  std::size_t count = 0;
  for (std::size_t row = 0; row < results.transfers->size(); ++row)
    count += results.transfers->file[row] == file && results.transfers->destination[row] == "provider/images";
  return count;
}

// Functions f, g and h, whose images do not fit into the image store together: each drops the one before.
struct Tight {
  Cloud cloud;
  ws::ServerlessComputeService& provider;
  Function f, g, h;

  explicit Tight(int nodes, ws::ServerlessOptions options = {})
      : cloud(nodes), provider(cloud.provider(small(std::move(options)), nodes)), f(cloud.sleeper("f", provider)),
        g(cloud.sleeper("g", provider)), h(cloud.sleeper("h", provider)) {}
  static ws::ServerlessOptions small(ws::ServerlessOptions options) {
    options.image_store = 150_MB;
    options.slots = 1;
    return options;
  }
};
