"""Placement: OpenWhisk's hash affinity against the least loaded node, by what images move and how fast calls start.

Each call needs a new container here (keep_alive=0), so that only placement counts. A function with a home finds its
image there; the least loaded node is another one each time, and has room for a few images only. Not as in OpenWhisk: a
call waits while no node has room, and is not forced on one that has none. Written to a picture by
`python hash_affinity.py docs/images/hash_affinity.png`.
"""

import sys
from collections.abc import Callable

import numpy as np

import wrench_serverless as ws

NODES, FUNCTIONS, CALLS = 20, 40, 3000
RATES = [2, 5, 10, 15, 20]  # calls/s; a call takes 2 s, and there are 80 slots
POLICIES: dict[str, Callable[[], ws.PlacementPolicy]] = {
    "HashAffinity": ws.HashAffinity,
    "LeastLoaded": ws.LeastLoaded,
    "WarmestFirst": ws.WarmestFirst,
}


def simulate(rate: float, policy: ws.PlacementPolicy) -> tuple[float, float]:
    """Seconds from request to start (mean), and GB of images that moved to nodes."""
    draw = np.random.default_rng(1)  # the same workload for all
    platform = ws.Platform.cluster(nodes=NODES, cores=4, ram="4GB", disk="50GB", disk_bandwidth="1GBps")
    sim = ws.Simulation(platform, seed=1)
    registry = sim.create_storage_service("user", capacity="100GB")
    # A node's store has room for a few images: what is not used goes.
    provider = sim.create_serverless_compute_service(
        "head",
        [f"node-{i}" for i in range(NODES)],
        image_store="40GB",
        node_store="750MB",
        keep_alive=0,
        cold_start_overhead=0.2,
        placement=policy,
    )
    manager = sim.create_function_manager("user")
    functions = []
    for number in range(FUNCTIONS):
        image = manager.create_image(f"image-{number}", registry.create_file(f"{number}", "50MB"), memory="20MB")
        function = manager.create_function(f"f{number}", ws.Profile(ws.Sleep()), image)
        functions.append(manager.register_function(function, [provider], memory="256MB", ephemeral_storage="50MB"))
    times = np.cumsum(draw.exponential(1 / rate, CALLS))
    load = ws.Workload(functions, times, np.full(CALLS, 2.0), which=draw.integers(0, FUNCTIONS, CALLS))

    @sim.controller("user")
    def main() -> None:
        manager.wait_all([manager.replay(load)])

    results = sim.run()
    wait = results.invocations["started"] - results.invocations["requested"]
    return float(np.mean(wait)), float(np.sum(results.transfers["bytes"]) / 1e9)


def draw_picture(table: dict[str, list[tuple[float, float]]], path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.3), layout="constrained")
    for name, rows in table.items():
        left.plot(RATES, [wait for wait, _ in rows], marker="o", label=name)
        right.plot(RATES, [moved for _, moved in rows], marker="o", label=name)
    left.set(xlabel="calls/s", ylabel="mean time to start (s)", ylim=(0, None))
    right.set(xlabel="calls/s", ylabel="images moved (GB)", ylim=(0, None))
    left.legend()
    figure.savefig(path, dpi=120)


table = {name: [simulate(rate, policy()) for rate in RATES] for name, policy in POLICIES.items()}
print(f"{'calls/s':<14}" + "".join(f"{rate:>16}" for rate in RATES))
for name, rows in table.items():
    print(f"{name:<14}" + "".join(f"{wait:>8.2f} s{moved:>4.0f} GB".rjust(16) for wait, moved in rows))
if len(sys.argv) > 1:
    draw_picture(table, sys.argv[1])
