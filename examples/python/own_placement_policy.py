"""A placement policy of one's own, in Python: the fewest nodes that will do, so that the others can be turned off."""

import wrench_serverless as ws

NODES = [f"node-{i}" for i in range(4)]


class FewNodes(ws.PlacementPolicy):
    """Fills nodes one after the other, but leaves a slot of each free for sudden calls while an empty node is left."""

    def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
        candidates = cluster.candidates(function)
        with_reserve = [node for node in candidates if node.free_slots > 1]
        return max(with_reserve or candidates, key=lambda node: node.used_slots, default=None)


def simulate(policy: ws.PlacementPolicy) -> None:
    sim = ws.Simulation(ws.Platform.cluster(nodes=len(NODES), cores=4, ram="16GB"), seed=1)
    registry = sim.create_storage_service("user", capacity="10GB")
    provider = sim.create_serverless_compute_service("head", NODES, cold_start_overhead=0.5, placement=policy)
    manager = sim.create_function_manager("user")
    image = manager.create_image("tools", registry.create_file("tools.sqsh", "100MB"), memory="50MB")

    def nap(seconds: float, storage: ws.StorageService) -> None:
        ws.sleep(seconds)

    registered = manager.register_function(manager.create_function("nap", nap, image), [provider], memory="256MB")

    @sim.controller("user")
    def main() -> None:
        calls = [manager.invoke(registered, 30) for _ in range(8)]
        manager.wait_all(calls)
        taken = [sum(call.node == node for call in calls) for node in NODES]
        print(
            f"{policy.name:<16}calls on each node {taken}, the last one started at {max(c.started for c in calls):.3f}"
        )

    sim.run()


simulate(ws.WarmestFirst())
simulate(ws.LeastLoaded())
simulate(FewNodes())
