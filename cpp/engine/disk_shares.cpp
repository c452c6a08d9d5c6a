#include "engine/disk_shares.hpp"

#include <simgrid/s4u/Link.hpp>
#include <xbt/config.hpp>

#include <numeric>

namespace wrench_serverless {

namespace s4u = simgrid::s4u;

double DiskShares::weight_of_stream(const s4u::Host& from, const s4u::Host& to) {
  std::vector<s4u::Link*> links;
  double latency = 0;
  from.route_to(&to, links, &latency);
  if (latency <= 0)
    return 1; // SimGrid starts it at once, without another weight
  const auto of_links = simgrid::config::get_value<double>("network/weight-S");
  return 1 / std::accumulate(links.begin(), links.end(), latency, [of_links](double sum, const s4u::Link* link) {
           return sum + of_links / link->get_bandwidth();
         });
}

void DiskShares::add_stream(const s4u::Disk& disk, std::uint64_t tag, double weight) {
  if (simgrids_own_)
    return;
  disks_[&disk].streams.emplace_back(tag, weight);
  ++streams_;
  places_[tag].push_back(&disk);
  changed_.push_back(&disk);
}

void DiskShares::add_operation(const s4u::Disk& disk, std::uint64_t tag, s4u::IoPtr operation) {
  if (simgrids_own_)
    return;
  disks_[&disk].operations.push_back({tag, std::move(operation), 1});
  places_[tag].push_back(&disk);
  changed_.push_back(&disk);
}

void DiskShares::weigh_stream(std::uint64_t tag, const s4u::Host& from, const s4u::Host& to) {
  const auto found = places_.find(tag);
  if (found == places_.end())
    return;
  for (const s4u::Disk* disk : found->second)
    for (auto& [stream, weight] : disks_[disk].streams)
      if (stream == tag) {
        weight = weight_of_stream(from, to);
        changed_.push_back(disk);
      }
}

void DiskShares::remove(std::uint64_t tag) {
  const auto found = places_.find(tag);
  if (found == places_.end())
    return;
  for (const s4u::Disk* disk : found->second) {
    Shares& shares = disks_[disk];
    streams_ -= std::erase_if(shares.streams, [tag](const auto& stream) { return stream.first == tag; });
    std::erase_if(shares.operations, [tag](const Operation& operation) { return operation.tag == tag; });
    changed_.push_back(disk);
  }
  places_.erase(found);
}

bool DiskShares::settle() {
  bool any = false;
  for (const s4u::Disk* disk : std::exchange(changed_, {})) {
    Shares& shares = disks_[disk];
    if (shares.operations.empty())
      continue;
    double weight = 1;
    if (!shares.streams.empty())
      weight = std::accumulate(shares.streams.begin(), shares.streams.end(), 0.0,
                               [](double sum, const auto& stream) { return sum + stream.second; }) /
               static_cast<double>(shares.streams.size());
    for (Operation& operation : shares.operations) {
      if (operation.weight == weight)
        continue;
      operation.weight = weight;
      operation.io->update_priority(weight);
      any = true;
    }
  }
  return any;
}

} // namespace wrench_serverless
