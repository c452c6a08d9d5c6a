// What nearly every file of SimGrid includes: compiled once, it saves half of the time of building SimGrid.
//
// The two functions stand in for the sanitizer's own in SimGrid's context switches (see EDITS in build_simgrid.py):
// they tell AddressSanitizer about the stacks of actors, if the program was built with it, and else do nothing.
#include "src/kernel/EngineImpl.hpp"
#include <algorithm>
#include <array>
#include <boost/algorithm/string.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive_ptr.hpp>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <simgrid/s4u.hpp>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

extern "C" {
__attribute__((weak)) void __sanitizer_start_switch_fiber(void** fake, const void* bottom, std::size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void* fake, const void** bottom, std::size_t* size);
}
inline void wrench_serverless_start_switch(void** fake, const void* bottom, std::size_t size) {
  if (&__sanitizer_start_switch_fiber != nullptr)
    __sanitizer_start_switch_fiber(fake, bottom, size);
}
inline void wrench_serverless_finish_switch(void* fake, const void** bottom, std::size_t* size) {
  if (&__sanitizer_finish_switch_fiber != nullptr)
    __sanitizer_finish_switch_fiber(fake, bottom, size);
}
