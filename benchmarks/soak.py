"""Millions of invocations in one process, and what they leave in memory: `soak.py --invocations 5000000`.

Records grow by design (one row for each invocation), so the run is cut into simulations of the same size: memory after
each of them, with its results let go of, has to be flat once the first few have warmed the allocator up. Half of the
invocations are Python bodies, the other half a replay of declared work.
"""

from __future__ import annotations

import argparse
import gc
import time

import numpy as np

import wrench_serverless as ws

WARM_UP = 5  # simulations


def resident() -> float:
    """MB of this process."""
    with open("/proc/self/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[1]) * 4096 / 1e6


def simulate(count: int, seed: int) -> int:
    """`count` invocations on 4 nodes × 8 slots at a load of 0.8; how many have completed."""
    platform = ws.Platform.cluster(nodes=4, cores=8)
    sim = ws.Simulation(platform, seed=seed, check=False)
    registry = sim.create_storage_service("head", capacity="10GB")
    provider = sim.create_serverless_compute_service(
        "head", [f"node-{index}" for index in range(4)], keep_alive=5, cold_start_overhead=0.2
    )
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "100MB"), memory="100MB")

    def body(seconds: float, storage: ws.StorageService) -> None:
        ws.sleep(seconds)

    plain = manager.register_function(manager.create_function("plain", body, image), [provider])
    declared = manager.register_function(manager.create_function("declared", ws.Profile(ws.Sleep()), image), [provider])
    random = np.random.default_rng(seed)
    half = count // 2
    gaps, durations = random.exponential(1 / 12.8, half), random.exponential(1.0, half)
    workload = ws.Workload.poisson(declared, 12.8, random.exponential(1.0, count - half), count=count - half, seed=seed)

    @sim.controller("user")
    def replays() -> None:
        manager.wait_all([manager.replay(workload)])

    @sim.controller("user")
    def calls() -> None:
        for gap, duration in zip(gaps.tolist(), durations.tolist(), strict=True):
            ws.sleep(gap)
            manager.invoke(plain, duration)

    results = sim.run()
    return int(np.sum(results.invocations["state"] == ws.InvocationState.COMPLETED))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--invocations", type=int, default=5_000_000)
    parser.add_argument("--simulations", type=int, default=200)
    arguments = parser.parse_args()
    count = arguments.invocations // arguments.simulations
    memory: list[float] = []
    done = 0
    begun = time.perf_counter()
    for seed in range(arguments.simulations):
        done += simulate(count, seed)
        gc.collect()
        memory.append(resident())
        if seed % 20 == 0 or seed == arguments.simulations - 1:
            print(f"{seed + 1:4} simulations, {done:9,} invocations, {memory[-1]:7.1f} MB", flush=True)
    seconds = time.perf_counter() - begun
    flat = memory[WARM_UP:]
    print(f"{done:,} completed in {seconds:.0f} s: {done / seconds:,.0f} a second")
    print(f"after {WARM_UP} simulations: {flat[0]:.1f} MB; at most {max(flat):.1f} MB; at the end {flat[-1]:.1f} MB")


if __name__ == "__main__":
    main()
