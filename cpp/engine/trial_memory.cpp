#include "engine/trial_memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace wrench_serverless {
namespace {

constexpr std::uint64_t least = std::uint64_t{256} << 20; // less would refuse what works
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// "MemAvailable:   123 kB"
std::uint64_t available_in_system() {
  std::ifstream file("/proc/meminfo");
  for (std::string word; file >> word;)
    if (std::uint64_t kilobytes = 0; word == "MemAvailable:" && file >> kilobytes)
      return kilobytes << 10;
  return unlimited;
}

std::optional<std::uint64_t> number_in(const char* path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt; // "max": no limit
}

// In a container with a limit of its own.
std::uint64_t available_in_group() {
  const auto most = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  return most && used ? *most - std::min(*most, *used) : unlimited;
}

std::uint64_t address_space() {
  const auto pages = number_in("/proc/self/statm");
  return pages.value_or(0) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

void limit_trial_memory() {
  const std::uint64_t available = std::min(available_in_system(), available_in_group());
  const std::uint64_t used = address_space();
  if (available == unlimited || used == 0)
    return;
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0)
    return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, used + std::max(least, available / 4 * 3));
  setrlimit(RLIMIT_AS, &limit);
}

} // namespace wrench_serverless
