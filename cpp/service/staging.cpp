// Images on their way to the nodes (R19, R21): remote location → image store of the head → node store → memory. Each
// step is made once for each image and place, however many claims wait for it.
#include "service/provider.hpp"
#include "wrench_serverless/errors.hpp"

#include <algorithm>
#include <new>

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
  if (head_images.has(image))
    copy_to_node(node, image);
  else
    head_images.fetch(image, Continuation::of<&Parts::fetched>(this, staging_tag(node, image)));
}

void ServerlessComputeService::Parts::fetched(std::uint64_t tag, Outcome failure) {
  if (is_stale(tag))
    return;
  if (failure != nullptr)
    staging_failed(node_of(tag), image_of(tag), failure);
  else
    copy_to_node(node_of(tag), image_of(tag));
}

void ServerlessComputeService::Parts::copy_to_node(NodeId node, ImageId image) {
  const auto place = cluster.contents(node).images.at(image).disk;
  try {
    head_images.copy(image, *nodes[node.value].store, place,
                     Continuation::of<&Parts::on_node>(this, staging_tag(node, image)));
  } catch (const std::bad_alloc&) { // nobody's failure: the run ends
    throw;
  } catch (...) {
    staging_failed(node, image, std::current_exception());
  }
}

void ServerlessComputeService::Parts::on_node(std::uint64_t tag, Outcome failure) {
  head_images.copy_ended();
  if (!is_stale(tag)) {
    if (failure != nullptr)
      staging_failed(node_of(tag), image_of(tag), failure);
    else
      load(node_of(tag), image_of(tag));
  }
  head_images.retry_waiting();
}

void ServerlessComputeService::Parts::load(NodeId node, ImageId image) {
  cluster.set_warmth(node, image, Warmth::OnDisk);
  cluster.set_warmth(node, image, Warmth::ToMemory);
  const Bytes footprint = head_images.image(image).memory;
  const std::uint64_t tag = staging_tag(node, image);
  if (footprint == 0)
    runtime->schedule(0, *this, ImageIsLoaded, tag);
  else
    runtime->activities().access_disk(runtime->now(), *nodes[node.value].store->parts().disk,
                                      simgrid::s4u::Io::OpType::READ, footprint,
                                      Continuation::of<&Parts::loaded>(this, tag));
  if (head_waiting.any(image)) // it has gone from the head, and others wait for it there
    image_is_there(image);
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
