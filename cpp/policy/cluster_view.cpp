#include "model/cluster.hpp"
#include "wrench_serverless/views.hpp"

namespace wrench_serverless {

int NodeView::slots() const { return cluster_->node(id_).slots; }
int NodeView::used_slots() const { return cluster_->node(id_).used_slots; }
Bytes NodeView::memory() const { return cluster_->node(id_).memory->capacity(); }
Bytes NodeView::free_memory() const { return memory() - cluster_->node(id_).committed_memory; }
Bytes NodeView::storage() const { return cluster_->node(id_).store->capacity(); }
Bytes NodeView::free_storage() const { return storage() - cluster_->node(id_).committed_storage; }
std::size_t NodeView::idle_containers() const { return cluster_->node(id_).idle; }
bool NodeView::has_image(ImageId image) const { return cluster_->warmth(id_, image) != model::Warmth::Absent; }
bool NodeView::fits(FunctionId function) const { return cluster_->fits(id_, function); }

std::size_t ClusterView::size() const { return cluster_->node_count(); }
ImageId ClusterView::image_of(FunctionId function) const { return cluster_->shape(function).image; }

std::vector<NodeId> ClusterView::candidates(FunctionId function) const {
  std::vector<NodeId> result;
  const auto& open = cluster_->open_nodes();
  for (auto index = open.next(0); index; index = open.next(*index + 1))
    if (cluster_->fits(NodeId(*index), function))
      result.emplace_back(*index);
  return result;
}

} // namespace wrench_serverless
