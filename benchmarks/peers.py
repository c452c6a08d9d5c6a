"""The same workload in another simulator, or here: Poisson arrivals of one function, exponential durations of 1 s.

Usage: peers.py WHO RATE INVOCATIONS, where WHO is ours, simpy or simfaas. Prints one line of JSON. Containers stay warm
for 600 s. SimFaaS draws its arrivals and durations itself, from the same distributions. What is measured is the
simulation alone, in seconds of this process.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator
from typing import Any

import numpy as np


def load(rate: float, count: int) -> tuple[Any, Any]:
    """Times and durations (s)."""
    rng = np.random.default_rng(1)
    return np.cumsum(rng.exponential(1 / rate, count)), rng.exponential(1.0, count)


def ours(rate: float, count: int) -> float:
    """This simulator, all records."""
    import wrench_serverless as ws

    times, durations = load(rate, count)
    nodes = max(1, round(rate / 5))
    sim = ws.Simulation(ws.Platform.cluster(nodes=nodes, cores=10), seed=1)
    registry = sim.create_storage_service("user", capacity="1TB")
    provider = sim.create_serverless_compute_service("head", [f"node-{i}" for i in range(nodes)], keep_alive=600)
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image.sqsh", 1000), memory=1000)
    function = manager.register_function(manager.create_function("f", ws.Profile(ws.Sleep()), image), [provider])
    begin = time.process_time()
    manager.replay(ws.Workload(function, times, durations))
    results = sim.run()
    seconds = time.process_time() - begin
    assert results.summary()["completed"] == count
    return seconds


def simpy(rate: float, count: int) -> float:
    """The least that a SimPy model has to do: a pool of slots, warm containers, and two dates of each call."""
    import simpy as library

    times, durations = (column.tolist() for column in load(rate, count))
    env = library.Environment()
    slots = library.Resource(env, capacity=max(1, round(rate / 5)) * 10)
    idle: list[float] = []  # when each warm container became idle, the latest last
    records: list[tuple[float, float, float, bool]] = []

    def call(requested: float, duration: float) -> Generator[Any, Any, None]:
        with slots.request() as slot:
            yield slot
            cold = not idle or env.now - idle.pop() > 600
            started = env.now
            yield env.timeout(duration)
            records.append((requested, started, env.now, cold))
            idle.append(env.now)

    def source() -> Generator[Any, Any, None]:
        for date, duration in zip(times, durations, strict=True):
            yield env.timeout(date - env.now)
            env.process(call(date, duration))

    begin = time.process_time()
    env.process(source())
    env.run()
    seconds = time.process_time() - begin
    assert len(records) == count
    return seconds


def simfaas(rate: float, count: int) -> float:
    """SimFaaS with its own processes of the same distributions."""
    from simfaas.ServerlessSimulator import ServerlessSimulator

    np.random.seed(1)
    simulator = ServerlessSimulator(
        arrival_rate=rate, warm_service_rate=1.0, cold_service_rate=1.0, expiration_threshold=600,
        max_time=count / rate, maximum_concurrency=max(1, round(rate / 5)) * 10,
    )  # fmt: skip
    begin = time.process_time()
    simulator.generate_trace(debug_print=False, progress=False)
    seconds = time.process_time() - begin
    return float(seconds * count / simulator.total_req_count)  # it makes about as many


def main(who: str, rate: float, count: int) -> None:
    """Run it once."""
    seconds = {"ours": ours, "simpy": simpy, "simfaas": simfaas}[who](rate, count)
    print(json.dumps({"who": who, "rate": rate, "invocations": count, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
