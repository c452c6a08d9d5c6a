"""Closed forms for nodes that differ, and for more slots than cores: then bodies share the CPU.

As in theory.py, no test is in here, and the page of validation has the same experiments.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from theory import DURATIONS, Array, Draw, Experiment, erlang_b, erlang_c, settled

import wrench_serverless as ws

GIGA = 1e9


def hyperexponential(random: np.random.Generator, count: int) -> Array:
    """Mean 1, squared variation 3: one in ten is long, 0.9 · (2/3) + 0.1 · 4 = 1."""
    return random.exponential(np.where(random.random(count) < 0.1, 4.0, 2 / 3))


SHARED_DURATIONS: dict[str, Draw] = {**DURATIONS, "hyper-exponential": hyperexponential}


@dataclass(frozen=True)
class Node:
    cores: int = 1
    speed: float = GIGA


def simulate(gaps: Array, values: Array, nodes: list[Node], profile: ws.Profile, **options: Any) -> ws.Results:
    """A call after each gap, with its value, on these nodes; containers and images cost nothing. No checks."""
    platform = ws.Platform()
    hosts = {"user": Node(), "head": Node(), **{f"node-{i}": node for i, node in enumerate(nodes)}}
    for name, node in hosts.items():
        platform.add_host(name, node.cores, node.speed, "1PB")
        platform.add_disk(name, size="1PB", read_bandwidth="1TBps", write_bandwidth="1TBps")
    platform.add_link("link", "1TBps", sharing="fatpipe")
    for pair in itertools.combinations(hosts, 2):
        platform.add_route(*pair, ["link"])
    sim = ws.Simulation(platform, check=False)
    registry = sim.create_storage_service("head", capacity="1TB")
    provider = sim.create_serverless_compute_service(
        "head", [f"node-{i}" for i in range(len(nodes))], image_store=registry, node_store="1TB", **options
    )
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", 0), memory=0)
    function = manager.create_function("f", profile, image)
    registered = manager.register_function(function, [provider], memory="1MB", ephemeral_storage="1kB")
    workload = ws.Workload(registered, np.cumsum(gaps), values)

    @sim.controller("user")
    def calls() -> None:
        manager.wait_all([manager.replay(workload)])

    return sim.run()


def blocking(nodes: list[Node], load: float, durations: Draw, count: int) -> Callable[[int], float]:
    def measure(seed: int) -> float:
        random = np.random.default_rng(seed)
        gaps, values = random.exponential(1 / load, count), durations(random, count)
        table = simulate(gaps, values, nodes, ws.Profile(ws.Sleep()), queue_capacity=0).invocations
        return float(np.mean(settled(table["state"]) == ws.InvocationState.REFUSED))

    return measure


def response(cores: int, load: float, durations: Draw, count: int, slots: int) -> Callable[[int], float]:
    """Mean time of a body on one node whose cores are shared by all of them."""

    def measure(seed: int) -> float:
        random = np.random.default_rng(seed)
        gaps, values = random.exponential(1 / load, count), GIGA * durations(random, count)
        table = simulate(gaps, values, [Node(cores)], ws.Profile(ws.Compute()), slots=slots).invocations
        return float(np.mean(settled(table["ended"] - table["requested"])))

    return measure


def random_speeds(speeds: list[float], count: int) -> Callable[[int], float]:
    """Mean time of a body on nodes of these speeds, each picked as often as any other one."""

    def measure(seed: int) -> float:
        random = np.random.default_rng(seed)
        gaps, values = np.full(count, 100.0), GIGA * random.exponential(1.0, count)
        nodes = [Node(1, speed) for speed in speeds]
        options = {"slots": 50, "keep_alive": 0, "placement": ws.Random()}
        table = simulate(gaps, values, nodes, ws.Profile(ws.Compute()), **options).invocations
        return float(np.mean(table["ended"] - table["started"]))

    return measure


def experiments() -> list[Experiment]:
    """All of them, with the figures that the formulas give.

    - Loss: Erlang's B knows the number of all slots only, not whose they are.
    - One core, and a slot for everybody: M/G/1 with processor sharing, E[T] = E[S] / (1 - ρ) whatever the durations
      (L. Kleinrock, Queueing Systems vol. 2, 1976, section 4.4).
    - c cores: M/G/c with processor sharing, min(1, c/n) of a core for each of n. The number of them is that of M/M/c,
      for all durations (J. W. Cohen, "The multiple phase service network with generalized processor sharing", Acta
      Informatica 12, 1979), and with Little's law E[T] = E[S] (1 + C(c, a) / (c - a)).
    - Nodes picked at random: E[T] is the mean of E[flops] / speed over the nodes.
    """
    mixed = [Node(1), Node(2), Node(7)]
    result = [
        Experiment(f"lost calls, nodes of 1, 2 and 7 slots, {name} durations", "B(10, 7)", erlang_b(10, 7.0),
                   blocking(mixed, 7.0, draw, 6000))
        for name, draw in DURATIONS.items()
    ]  # fmt: skip
    for name, draw in SHARED_DURATIONS.items():
        result.append(
            Experiment(f"time of a body (s), 1 core for all, {name} durations", "E[S] / (1 - ρ), ρ = 0.5", 2.0,
                       response(1, 0.5, draw, 5000, 200), 0.15)
        )  # fmt: skip
    for name, draw in SHARED_DURATIONS.items():
        known = 1 + erlang_c(4, 2.8) / (4 - 2.8)
        result.append(
            Experiment(f"time of a body (s), 4 cores for all, {name} durations", "E[S] (1 + C(4, 2.8) / (4 - 2.8))",
                       known, response(4, 2.8, draw, 5000, 200), 0.15)
        )  # fmt: skip
    speeds = [0.5 * GIGA, GIGA, 4 * GIGA]
    known = math.fsum(GIGA / speed for speed in speeds) / len(speeds)
    result.append(
        Experiment("time of a body (s), nodes of 0.5, 1 and 4 Gf at random", "E[flops] (1/0.5 + 1/1 + 1/4) / 3",
                   known, random_speeds(speeds, 2000), 0.1)
    )  # fmt: skip
    return result
