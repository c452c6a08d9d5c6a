"""Throughput of Python bodies that sleep: NODES nodes of 10 slots, LIVE bodies at a time, one warm container a slot.

Usage: python_bodies.py NODES INVOCATIONS LIVE. Prints one line of JSON.
"""

import json
import resource
import sys
import time

import wrench_serverless as ws

SLOTS = 10


def main(nodes: int, invocations: int, live: int) -> None:
    """Run it once."""
    sim = ws.Simulation(ws.Platform.cluster(nodes=nodes, cores=SLOTS), seed=1)
    registry = sim.create_storage_service("user", capacity="1TB")
    provider = sim.create_serverless_compute_service("head", [f"node-{i}" for i in range(nodes)], slots=SLOTS)
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image.sqsh", 1000), memory=1000)

    def body(input: object, storage: ws.StorageService) -> None:
        ws.sleep(1.0)

    registered = manager.register_function(manager.create_function("sleep", body, image), [provider])
    gap = 1.0 / live
    begin = 0.0

    @sim.controller("user")
    def calls() -> None:
        nonlocal begin
        # Every slot gets its container first: what is measured is the steady state.
        manager.wait_all([manager.invoke(registered) for _ in range(nodes * SLOTS)])
        begin = time.perf_counter()
        for _ in range(invocations):
            manager.invoke(registered)
            ws.sleep(gap)

    results = sim.run()
    seconds = time.perf_counter() - begin
    completed = (results.invocations["state"] == ws.InvocationState.COMPLETED).sum()
    assert completed == invocations + nodes * SLOTS, f"only {completed} completed"
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"nodes": nodes, "invocations": invocations, "live": live, "seconds": seconds, "rss_mb": rss}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
