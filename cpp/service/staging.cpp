// Images on their way to the nodes (R19, R21): remote location → image store of the head → node store → memory. Each
// step is made once for each image and place, however many claims wait for it.
#include "service/each_pass.hpp"
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>

namespace wrench_serverless {

using model::Warmth;

namespace {

// An image on a node, packed into the tag of a continuation: 24 bits each. The other 16 count how often the node went
// off: what was on its way there before means nothing any more, even if it ends at the very date.
constexpr std::uint64_t index_mask = 0xffffff;
NodeId node_of(std::uint64_t tag) { return NodeId(static_cast<std::uint32_t>(tag >> 24 & index_mask)); }
ImageId image_of(std::uint64_t tag) { return ImageId(static_cast<std::uint32_t>(tag & index_mask)); }

} // namespace

std::uint64_t ServerlessComputeService::Parts::staging_tag(NodeId node, ImageId image) const {
  return std::uint64_t{nodes[node.value].outages} << 48 | std::uint64_t{node.value} << 24 | image.value;
}

bool ServerlessComputeService::Parts::is_stale(std::uint64_t tag) const {
  return nodes[node_of(tag).value].outages != tag >> 48;
}

void ServerlessComputeService::Parts::stage(ContainerId claim) {
  const Warmth warmth = cluster.container(claim).image->warmth;
  if (warmth == Warmth::InMemory)
    return claim_is_ready(claim);
  const NodeId node = cluster.container(claim).node;
  const ImageId image = cluster.shape(cluster.container(claim).function).image;
  staging[{node, image}].push_back(claim);
  if (warmth == Warmth::OnDisk)
    load(node, image);
  else if (warmth == Warmth::Absent)
    fetch(node, image);
}

void ServerlessComputeService::Parts::fetch(NodeId node, ImageId image) {
  cluster.set_warmth(node, image, Warmth::ToDisk);
  ImageParts& parts = images[image.value];
  const std::string& file = parts.image->file.file;
  // A file of that name and of another size is another image's, from another place.
  if (!parts.coming && image_store->has(file) && image_store->size(file) == parts.image->size)
    return copy_to_node(node, image);
  parts.nodes.push_back(node);
  if (!parts.coming)
    fetch_to_head(image);
}

bool ServerlessComputeService::Parts::is_at_head(ImageId image) const {
  const ImageParts& parts = images[image.value];
  const std::string& file = parts.image->file.file;
  return !parts.coming && image_store->has(file) && image_store->size(file) == parts.image->size;
}

void ServerlessComputeService::Parts::wait_at_head(FunctionId function) {
  const ImageId image = cluster.shape(function).image;
  if (!images[image.value].coming)
    fetch_to_head(image);
}

void ServerlessComputeService::Parts::fetch_to_head(ImageId image) {
  ImageParts& parts = images[image.value];
  const FileLocation& file = parts.image->file;
  parts.coming = true;
  const bool could_fit = parts.image->size <= image_store->capacity();
  // First come first served: else small images that keep coming would hold up a large one for ever.
  if (could_fit && !waiting_for_head_room.empty()) {
    waiting_for_head_room.push_back(image);
    return;
  }
  try {
    runtime->transfers().start(*file.storage, file.file, *image_store,
                               Continuation::of<&Parts::at_head>(this, image.value));
    ++head_transfers;
  } catch (const StorageFull&) {
    // Images that are being copied can't be dropped now, but soon: then it is tried again.
    if (head_transfers > 0 && could_fit) {
      waiting_for_head_room.push_back(image);
      return;
    }
    parts.failure = std::current_exception();
  } catch (...) {
    parts.failure = std::current_exception();
  }
  if (parts.failure != nullptr) // as an event: a failed invocation lets the next one try, and so on
    runtime->schedule(0, *this, StagingFailed, image.value);
}

void ServerlessComputeService::Parts::at_head(std::uint64_t tag, Outcome failure) {
  const ImageId image = image_of(tag);
  ImageParts& parts = images[image.value];
  const bool transferred = parts.failure == nullptr;
  parts.failure = nullptr;
  parts.coming = false;
  if (transferred)
    --head_transfers;
  const std::vector<NodeId> waiting = std::exchange(parts.nodes, {});
  for (const NodeId node : waiting)
    if (failure != nullptr)
      staging_failed(node, image, failure);
    else
      copy_to_node(node, image);
  retry_waiting_for_head_room();
  if (passes)
    passes->plan();
}

void ServerlessComputeService::Parts::copy_to_node(NodeId node, ImageId image) {
  const std::string& file = images[image.value].image->file.file;
  const auto place = cluster.contents(node).images.at(image).disk;
  ++head_transfers;
  try {
    runtime->transfers().start(*image_store, file, *nodes[node.value].store,
                               Continuation::of<&Parts::on_node>(this, staging_tag(node, image)), place);
  } catch (...) {
    --head_transfers;
    staging_failed(node, image, std::current_exception());
  }
}

void ServerlessComputeService::Parts::on_node(std::uint64_t tag, Outcome failure) {
  --head_transfers;
  if (!is_stale(tag)) {
    if (failure != nullptr)
      staging_failed(node_of(tag), image_of(tag), failure);
    else
      load(node_of(tag), image_of(tag));
  }
  retry_waiting_for_head_room();
}

void ServerlessComputeService::Parts::retry_waiting_for_head_room() {
  for (const ImageId image : std::exchange(waiting_for_head_room, {}))
    fetch_to_head(image);
}

void ServerlessComputeService::Parts::load(NodeId node, ImageId image) {
  cluster.set_warmth(node, image, Warmth::OnDisk);
  cluster.set_warmth(node, image, Warmth::ToMemory);
  const Bytes footprint = images[image.value].image->memory;
  const std::uint64_t tag = staging_tag(node, image);
  if (footprint == 0)
    runtime->schedule(0, *this, ImageIsLoaded, tag);
  else
    runtime->activities().access_disk(runtime->now(), *nodes[node.value].store->parts().disk,
                                      simgrid::s4u::Io::OpType::READ, footprint,
                                      Continuation::of<&Parts::loaded>(this, tag));
}

void ServerlessComputeService::Parts::loaded(std::uint64_t tag, Outcome failure) {
  if (is_stale(tag))
    return;
  const NodeId node = node_of(tag);
  const ImageId image = image_of(tag);
  if (failure != nullptr)
    return staging_failed(node, image, failure);
  cluster.set_warmth(node, image, Warmth::InMemory);
  const std::vector<ContainerId> claims = std::move(staging.at({node, image}));
  staging.erase({node, image});
  for (const ContainerId claim : claims)
    claim_is_ready(claim);
}

void ServerlessComputeService::Parts::staging_failed(NodeId node, ImageId image, const Outcome& failure) {
  const auto found = staging.find({node, image});
  if (found == staging.end())
    return; // the node went off, and its claims with it
  const std::vector<ContainerId> claims = std::move(found->second);
  staging.erase(found);
  // First all go, then the next ones may try: else they would join the very transfer that has failed.
  for (const ContainerId claim : claims)
    claim_failed(claim, failure);
  dispatch(node);
}

} // namespace wrench_serverless
