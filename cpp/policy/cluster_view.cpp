#include "model/cluster.hpp"
#include "wrench_serverless/views.hpp"

namespace wrench_serverless {

int NodeView::slots() const { return cluster_->node(id_).slots; }
int NodeView::used_slots() const { return cluster_->node(id_).used_slots; }
Bytes NodeView::memory() const { return cluster_->contents(id_).memory.capacity(); }
Bytes NodeView::free_memory() const { return cluster_->contents(id_).memory.free(); }
Bytes NodeView::reclaimable_memory() const { return cluster_->node(id_).free_memory - free_memory(); }
Bytes NodeView::storage() const { return cluster_->contents(id_).store->capacity(); }
Bytes NodeView::free_storage() const { return cluster_->contents(id_).store->free(); }
Bytes NodeView::reclaimable_storage() const { return cluster_->node(id_).free_storage - free_storage(); }
std::size_t NodeView::idle_containers() const { return cluster_->node(id_).idle; }
Warmth NodeView::warmth(ImageId image) const { return cluster_->warmth(id_, image); }
double NodeView::load() const { return cluster_->node(id_).load(); }
const std::string& NodeView::name() const { return cluster_->contents(id_).name; }
bool NodeView::fits(FunctionId function) const { return cluster_->fits(id_, function); }
int NodeView::room(FunctionId function) const { return static_cast<int>(cluster_->room(id_, function)); }

std::size_t ClusterView::size() const { return cluster_->node_count(); }
ImageId ClusterView::image_of(FunctionId function) const { return cluster_->shape(function).image; }

const std::string& ClusterView::name_of(FunctionId function) const { return cluster_->shape(function).name; }
Bytes ClusterView::memory_of(FunctionId function) const { return cluster_->shape(function).memory; }
std::vector<NodeId> ClusterView::candidates(FunctionId function) const {
  return cluster_->nodes_with_room(function, cluster_->worst_room());
}

} // namespace wrench_serverless
