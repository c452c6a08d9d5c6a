#include "engine/platform_query.hpp"

#include "engine/child_trial.hpp"
#include "wrench_serverless/errors.hpp"

#include <simgrid/s4u/Link.hpp>
#include <simgrid/s4u/NetZone.hpp>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <stdexcept>

namespace wrench_serverless {
namespace {

namespace s4u = simgrid::s4u;

std::string quoted(std::string_view name) { return std::string("'").append(name).append("'"); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Numbers inside of names count as numbers.
bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j])
        return a[i] < b[j];
      ++i;
      ++j;
      continue;
    }
    const auto run = [](std::string_view text, std::size_t& at) {
      while (at < text.size() && text[at] == '0')
        ++at;
      const std::size_t start = at;
      while (at < text.size() && is_digit(text[at]))
        ++at;
      return text.substr(start, at - start);
    };
    const std::string_view x = run(a, i);
    const std::string_view y = run(b, j);
    if (x.size() != y.size())
      return x.size() < y.size();
    if (x != y)
      return x < y;
  }
  if ((i < a.size()) != (j < b.size()))
    return j < b.size();
  return a < b; // "node-01" and "node-1" are not the same
}

// How many letters have to be added, dropped or changed.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const bool same =
          std::tolower(static_cast<unsigned char>(a[i])) == std::tolower(static_cast<unsigned char>(b[j]));
      const std::size_t changed = diagonal + (same ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

// "'a', 'b', 'c'", and how many more there are.
std::string list(const std::vector<std::string>& names, std::size_t most = 10) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
    text += (i == 0 ? "" : ", ") + quoted(names[i]);
  return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more" : text;
}

std::string mount_of(const s4u::Host& host, const s4u::Disk& disk) {
  if (const char* mount = disk.get_property("mount"))
    return mount;
  return host.get_disks().size() == 1 ? "/" : "";
}

Bytes size_property(const char* text, const std::string& what) {
  try {
    return parse_bytes(text, what);
  } catch (const std::invalid_argument& error) {
    throw PlatformError(error.what());
  }
}

} // namespace

s4u::Host& find_host(const s4u::Engine& engine, const std::string& name) {
  if (s4u::Host* host = engine.host_by_name_or_null(name))
    return *host;
  const std::vector<std::string> names = host_names(engine);
  const std::vector<std::string> close = close_matches(name, names);
  std::string message = "there is no host " + quoted(name) + " in the platform";
  if (!close.empty())
    message += "; did you mean " + list(close) + "?";
  else
    message += "; its hosts are " + list(names);
  throw PlatformError(message);
}

s4u::Disk& find_disk(const s4u::Host& host, std::string_view mount) {
  std::vector<std::string> mounts;
  for (s4u::Disk* disk : host.get_disks()) {
    const std::string other = mount_of(host, *disk);
    if (other == mount)
      return *disk;
    mounts.push_back(other.empty() ? "nowhere (" + disk->get_name() + ")" : other);
  }
  std::ranges::sort(mounts, natural_less);
  throw PlatformError("host " + quoted(host.get_name()) + " has no disk mounted at " + quoted(mount) + "; " +
                      (mounts.empty() ? std::string("it has no disk") : "its disks are mounted at " + list(mounts)));
}

Bytes disk_size(const s4u::Disk& disk) {
  const std::string what =
      "size of disk " + quoted(disk.get_name()) + " of host " + quoted(disk.get_host()->get_name());
  const char* size = disk.get_property("size");
  if (size == nullptr)
    throw PlatformError(what + ": it is not in the platform; add <prop id=\"size\" value=\"500GB\"/> to the disk");
  return size_property(size, what);
}

std::optional<Bytes> host_ram(const s4u::Host& host) {
  const char* ram = host.get_property("ram");
  if (ram == nullptr)
    return std::nullopt;
  return size_property(ram, "ram of host " + quoted(host.get_name()));
}

int host_cores(const s4u::Host& host) { return host.get_core_count(); }

double host_speed(const s4u::Host& host) { return host.get_speed(); }

bool has_route(const s4u::Host& from, const s4u::Host& to) {
  // A file may have several zones at its top, which nothing can connect.
  const s4u::NetZone* root = s4u::Engine::get_instance()->get_netzone_root();
  const auto top = [root](const s4u::Host& host) {
    const s4u::NetZone* zone = host.get_englobing_zone();
    while (zone != root && zone->get_parent() != root)
      zone = zone->get_parent();
    return zone;
  };
  if (top(from) != top(to))
    return false;
  try {
    const auto [links, latency] = from.route_to(&to);
    return !links.empty() || latency > 0;
  } catch (const std::exception&) {
    return false;
  }
}

void check_routes(const std::vector<HostPair>& pairs) {
  const auto problem = try_in_child([&] {
    for (const auto& [from, to] : pairs)
      for (const auto& [source, destination] : {HostPair{from, to}, HostPair{to, from}}) {
        const std::string message = "the platform has no route from host " + quoted(source->get_name()) + " to " +
                                    (source == destination ? "itself: give its zone another routing than None"
                                                           : "host " + quoted(destination->get_name()));
        trial_dies_of(message);
        if (!has_route(*source, *destination))
          throw std::runtime_error(message);
      }
  });
  if (problem)
    throw PlatformError(*problem);
}

std::vector<std::string> host_names(const s4u::Engine& engine) {
  std::vector<std::string> names;
  for (const s4u::Host* host : engine.get_all_hosts())
    names.push_back(host->get_name());
  std::ranges::sort(names, natural_less);
  return names;
}

std::vector<std::string> close_matches(std::string_view name, const std::vector<std::string>& names) {
  const std::size_t most = std::max<std::size_t>(1, name.size() / 3);
  std::vector<std::pair<std::size_t, std::size_t>> ranked; // distance, index
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t longer = std::max(names[i].size(), name.size());
    if (longer - std::min(names[i].size(), name.size()) > most)
      continue;
    if (const std::size_t distance = edit_distance(name, names[i]); distance <= most)
      ranked.emplace_back(distance, i);
  }
  std::ranges::sort(ranked);
  ranked.resize(std::min<std::size_t>(ranked.size(), 3));
  std::vector<std::string> matches;
  for (const auto& [distance, index] : ranked)
    matches.push_back(names[index]);
  return matches;
}

std::vector<s4u::Link*> find_links(const s4u::Engine& engine, const std::string& name) {
  if (s4u::Link* link = engine.link_by_name_or_null(name))
    return {link};
  s4u::Link* up = engine.link_by_name_or_null(name + "_UP");
  s4u::Link* down = engine.link_by_name_or_null(name + "_DOWN");
  if (up != nullptr && down != nullptr)
    return {up, down};
  std::vector<std::string> names;
  for (const s4u::Link* candidate : engine.get_all_links()) {
    const std::string& full = candidate->get_name();
    names.push_back(full.ends_with("_UP") ? full.substr(0, full.size() - 3) : full);
  }
  std::string message = "no link '" + name + "'";
  if (const auto close = close_matches(name, names); !close.empty())
    message += "; did you mean '" + close.front() + "'?";
  throw PlatformError(message);
}

} // namespace wrench_serverless
