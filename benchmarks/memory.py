"""Memory of a replay of COUNT declared sleeps on 100 nodes, in parts of 100,000 calls.

Usage: memory.py RECORDS COUNT, where RECORDS is all or summary. Prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Literal, cast

import numpy as np

import wrench_serverless as ws

PART = 100_000
RATE = 800.0  # calls per second, of 1 s each: 0.8 of all slots


def main(records: Literal["all", "summary"], count: int) -> None:
    """Run it once."""
    sim = ws.Simulation(ws.Platform.cluster(nodes=100, cores=10), seed=1, records=records)
    registry = sim.create_storage_service("user", capacity="1TB")
    provider = sim.create_serverless_compute_service("head", [f"node-{i}" for i in range(100)])
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image.sqsh", 1000), memory=1000)
    function = manager.register_function(manager.create_function("f", ws.Profile(ws.Sleep()), image), [provider])
    rng = np.random.default_rng(1)

    def parts() -> Iterator[ws.Workload]:
        date = 0.0
        for begin in range(0, count, PART):
            calls = min(PART, count - begin)
            times = date + np.cumsum(rng.exponential(1 / RATE, calls))
            date = float(times[-1])
            yield ws.Workload(function, times, rng.exponential(1.0, calls))

    begin = time.process_time()
    manager.replay(parts())
    results = sim.run()
    seconds = time.process_time() - begin
    assert results.summary()["completed"] == count
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"records": records, "invocations": count, "seconds": seconds, "rss_mb": rss}))


if __name__ == "__main__":
    main(cast(Literal["all", "summary"], sys.argv[1]), int(sys.argv[2]))
