"""Evicting idle containers: FaasCache's GreedyDual against LRU, LFU and a fixed keep-alive, over memory sizes.

The shape is that of figure 6 of the paper (Fuerst and Sharma, ASPLOS 2021): what caching keeps, a fixed keep-alive
loses, and GreedyDual needs less memory than LRU for the same share of cold starts. Their workloads are samples of the
Azure trace; this one is made up: 60 functions, popularity by Zipf's law, memory and cold starts of a wide range. The
fixed keep-alive is 10 minutes, and evicts the oldest when memory is short. Written to a picture by
`python greedy_dual.py docs/images/greedy_dual.png`.
"""

import math
import sys
from collections.abc import Callable

import numpy as np

import wrench_serverless as ws

FUNCTIONS, CALLS, HOURS = 60, 6000, 12
MEMORY = [2, 4, 8, 12, 16, 24, 32]  # GB of the one node
POLICIES: dict[str, tuple[float, Callable[[], ws.EvictionPolicy]]] = {
    "GreedyDual": (math.inf, ws.GreedyDual),
    "LRU": (math.inf, ws.LeastRecentlyUsed),
    "LFU": (math.inf, ws.LeastFrequentlyUsed),
    "TTL 10 min": (600, ws.LeastRecentlyUsed),
}


def simulate(memory: int, keep_alive: float, eviction: ws.EvictionPolicy) -> float:
    """The share of calls that were cold starts."""
    draw = np.random.default_rng(1)  # the same workload for all
    platform = ws.Platform.cluster(nodes=1, cores=64, ram=f"{memory}GB", disk="1TB", disk_bandwidth="500MBps")
    sim = ws.Simulation(platform, seed=1)
    registry = sim.create_storage_service("user", capacity="100GB")
    provider = sim.create_serverless_compute_service(
        "head", ["node-0"], slots=64, cold_start_overhead=0.5, keep_alive=keep_alive, eviction=eviction
    )
    manager = sim.create_function_manager("user")
    functions = []
    for number in range(FUNCTIONS):
        # A big footprint is a slow cold start: it is read from the disk.
        footprint = int(draw.choice([20, 50, 100, 200]))
        image = manager.create_image(f"image-{number}", registry.create_file(f"{number}", "50MB"), f"{footprint}MB")
        function = manager.create_function(f"f{number}", ws.Profile(ws.Sleep()), image)
        size = f"{int(draw.choice([128, 256, 512, 1024], p=[0.4, 0.3, 0.2, 0.1]))}MB"
        functions.append(manager.register_function(function, [provider], memory=size, ephemeral_storage="1MB"))
    popularity = 1 / np.arange(1, FUNCTIONS + 1) ** 1.1
    which = draw.choice(FUNCTIONS, CALLS, p=popularity / popularity.sum())
    load = ws.Workload(
        functions, np.sort(draw.uniform(0, HOURS * 3600, CALLS)), draw.lognormal(0, 0.5, CALLS), which=which
    )

    @sim.controller("user")
    def main() -> None:
        manager.wait_all([manager.replay(load)])

    return float(np.mean(sim.run().invocations["cold"]))


def draw_picture(shares: dict[str, list[float]], path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
    # Dashes over a line: where memory is short, LRU and the fixed keep-alive evict the same ones.
    for (name, share), style in zip(shares.items(), ("-", "-", ":", "--"), strict=True):
        axes.plot(MEMORY, [100 * value for value in share], style, marker="o", label=name)
    axes.set(xlabel="memory of the node (GB)", ylabel="cold starts (% of calls)", ylim=(0, None))
    axes.legend()
    figure.savefig(path, dpi=120)


cold = {
    name: [simulate(memory, keep_alive, eviction()) for memory in MEMORY]
    for name, (keep_alive, eviction) in POLICIES.items()
}
print(f"{'memory (GB)':<14}" + "".join(f"{memory:>7}" for memory in MEMORY))
for name, share in cold.items():
    print(f"{name:<14}" + "".join(f"{value:>7.1%}" for value in share))
if len(sys.argv) > 1:
    draw_picture(cold, sys.argv[1])
