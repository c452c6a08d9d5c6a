"""Decisions of a placement policy in Python: NODES nodes of 10 slots, new containers all the time, near full load.

Once the policy is in Python, once it is its built-in twin (`built_in`); the difference is what the Python costs.
`per_second` is of the whole replay in which each call is a decision. Usage: python_policy.py NODES DECISIONS. Prints
one line of JSON for each policy.
"""

import json
import sys
import time

import numpy as np

import wrench_serverless as ws

SLOTS = 10


class Pack(ws.PlacementPolicy):
    """Looks at every node with room."""

    def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
        """The fullest."""
        return max(cluster.candidates(function), key=lambda n: n.used_slots, default=None)


class Derived(ws.MostPacked):
    """Asks the built-in policy."""

    def place(self, function: ws.RegisteredFunction, cluster: ws.ClusterView) -> ws.NodeView | None:
        """Its answer."""
        return super().place(function, cluster)


def run(policy: ws.PlacementPolicy, nodes: int, decisions: int) -> float:
    """Seconds of wall time."""
    sim = ws.Simulation(ws.Platform.cluster(nodes=nodes, cores=SLOTS), seed=1)
    registry = sim.create_storage_service("user", capacity="1TB")
    provider = sim.create_serverless_compute_service(
        "head", [f"node-{i}" for i in range(nodes)], slots=SLOTS, keep_alive=0, placement=policy
    )
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image.sqsh", 1000), memory=0)
    function = manager.create_function("sleep", ws.Profile(ws.Sleep()), image)
    registered = manager.register_function(function, [provider])
    times = np.arange(decisions) / (0.95 * nodes * SLOTS)
    load = ws.Workload(registered, times, np.ones(decisions))

    @sim.controller("user")
    def main() -> None:
        manager.wait_all([manager.replay(load)])

    begin = time.perf_counter()
    sim.run()
    return time.perf_counter() - begin


def main(nodes: int, decisions: int) -> None:
    """Run all."""
    twin = run(ws.MostPacked(), nodes, decisions)
    for policy in (Pack(), Derived()):
        seconds = run(policy, nodes, decisions)
        row = {"policy": policy.name, "nodes": nodes, "decisions": decisions, "seconds": seconds, "built_in": twin}
        print(json.dumps({**row, "per_second": decisions / seconds}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
