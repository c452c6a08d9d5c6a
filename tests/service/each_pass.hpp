// Providers with claims="each_pass" (R18b).
#pragma once

#include "cloud.hpp"

inline ws::ServerlessOptions each_pass(ws::ServerlessOptions options = {}) {
  options.claims = ws::Claims::EachPass;
  return options;
}
