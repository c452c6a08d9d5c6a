"""What queueing theory and SimGrid's network model say, and the simulations to compare with. No test is in here: the
tests and the page `docs/background/validation.md` use the same experiments.

Containers start at once and images are in place, so that only queueing is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import wrench_serverless as ws

RUNS = 20
T_99_9 = 3.883  # Student's t, two-sided 99.9 %, RUNS - 1 degrees of freedom
WARM_UP = 0.2  # of the calls of a run: a queue starts empty
Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]

# Durations of mean 1.
DURATIONS: dict[str, Draw] = {
    "deterministic": lambda random, count: np.ones(count),
    "exponential": lambda random, count: random.exponential(1.0, count),
    "log-normal": lambda random, count: random.lognormal(-0.5, 1.0, count),  # squared variation e - 1
}


def erlang_b(servers: int, load: float) -> float:
    """Share of calls that are lost in M/G/c/c, load = λ E[S]: by the recursion B(c) = a B(c-1) / (c + a B(c-1)).

    A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
    exchanges", 1917. That only the mean of S counts: B. A. Sevastyanov, 1957.
    """
    blocking = 1.0
    for c in range(1, servers + 1):
        blocking = load * blocking / (c + load * blocking)
    return blocking


def erlang_c(servers: int, load: float) -> float:
    """Share of calls that wait in M/M/c: c B / (c - a (1 - B)). Erlang 1917."""
    blocking = erlang_b(servers, load)
    return servers * blocking / (servers - load * (1 - blocking))


def transfer_time(size: float, bandwidth: float, latency: float) -> float:
    """Seconds of one stream over one link that both directions share, by hand, under SimGrid's default model LV08.

    Latency × 13.01; 97 % of the bandwidth, of which acknowledgements take 5 % of the stream's rate (cross traffic); and
    no more than a TCP window of 4 MiB for each round trip. P. Velho and A. Legrand, "Accuracy study and improvement of
    network simulation in the SimGrid framework", SIMUTools 2009; `network/crosstraffic` and `network/TCP-gamma` in
    SimGrid's documentation.
    """
    rate = bandwidth / 1.05
    if latency > 0:
        rate = min(rate, 4194304 / (2 * latency))
    return 13.01 * latency + size / (0.97 * rate)


def measured_transfer_time(size: float, bandwidth: float, latency: float) -> float:
    """The same, simulated: a copy between two disks that are too fast to matter."""
    platform = ws.Platform()
    for host in ("a", "b"):
        platform.add_host(host)
        platform.add_disk(host, size="1TB", read_bandwidth="1TBps", write_bandwidth="1TBps")
    platform.add_link("link", bandwidth, latency=latency)
    platform.add_route("a", "b", ["link"])
    sim = ws.Simulation(platform)
    source, target = (sim.create_storage_service(host, capacity="1TB") for host in ("a", "b"))
    source.create_file("data", size)
    sim.add_controller("a", source.copy, "data", target)
    return sim.run().now


def simulate(
    gaps: Array,
    durations: Array,
    *,
    slots: int,
    keep_alive: float = math.inf,
    queue_capacity: int | None = None,
    concurrency: float = 1,
) -> ws.Results:
    """One node with so many slots; a call after each gap, each of its duration. No checks: these are long runs."""
    platform = ws.Platform.cluster(nodes=1, cores=slots, ram="1PB", disk="1PB")
    sim = ws.Simulation(platform, check=False)
    registry = sim.create_storage_service("head", capacity="1TB")
    provider = sim.create_serverless_compute_service(
        "head", ["node-0"], slots=slots, keep_alive=keep_alive, image_store=registry, node_store="1TB",
        queue_capacity=queue_capacity, concurrency=concurrency,
    )  # fmt: skip
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", 0), memory=0)
    function = manager.create_function("f", ws.Profile(ws.Sleep()), image)
    registered = manager.register_function(function, [provider], memory="1MB", ephemeral_storage="1kB")
    workload = ws.Workload(registered, np.cumsum(gaps), durations)

    @sim.controller("user")
    def calls() -> None:
        manager.wait_all([manager.replay(workload)])

    return sim.run()


@dataclass(frozen=True)
class Estimate:
    """Mean over independent runs, and half the width of its confidence interval at 99.9 %."""

    mean: float
    half_width: float

    @classmethod
    def of(cls, samples: list[float]) -> Estimate:
        assert len(samples) == RUNS
        return cls(float(np.mean(samples)), float(T_99_9 * np.std(samples, ddof=1) / math.sqrt(RUNS)))


@dataclass(frozen=True)
class Experiment:
    """One figure: what theory says, and how to measure it in one run with a seed. `narrow`: how narrow the interval has
    to be to mean something, as a share of what theory says."""

    name: str
    formula: str
    expected: float
    measure: Callable[[int], float]
    narrow: float = 0.2

    def estimate(self) -> Estimate:
        return Estimate.of([self.measure(seed) for seed in range(RUNS)])


def settled(column: Array) -> Array:
    return column[int(WARM_UP * len(column)) :]


def blocking(servers: int, load: float, durations: Draw, count: int) -> Callable[[int], float]:
    def measure(seed: int) -> float:
        random = np.random.default_rng(seed)
        gaps, values = random.exponential(1 / load, count), durations(random, count)
        states = simulate(gaps, values, slots=servers, queue_capacity=0).invocations["state"]
        return float(np.mean(settled(states) == ws.InvocationState.REFUSED))

    return measure


def waiting(servers: int, load: float, count: int, share: bool) -> Callable[[int], float]:
    def measure(seed: int) -> float:
        random = np.random.default_rng(seed)
        table = simulate(random.exponential(1 / load, count), random.exponential(1.0, count), slots=servers).invocations
        waited = settled(table["started"] - table["requested"])
        return float(np.mean(waited > 1e-9) if share else np.mean(waited))

    return measure


def cold_share(
    rate: float, mean: float, keep_alive: float, durations: Draw, count: int, concurrency: float = 1
) -> Callable[[int], float]:
    def measure(seed: int) -> float:
        random = np.random.default_rng(seed)
        gaps, values = random.exponential(1 / rate, count), mean * durations(random, count)
        results = simulate(gaps, values, slots=50, keep_alive=keep_alive, concurrency=concurrency)
        return float(np.mean(results.invocations["cold"][1:]))

    return measure


def idle_time(rate: float, keep_alive: float, count: int) -> Callable[[int], float]:
    def measure(seed: int) -> float:
        gaps = np.random.default_rng(seed).exponential(1 / rate, count)
        containers = simulate(gaps, np.zeros(count), slots=4, keep_alive=keep_alive).containers
        ended = ~np.isnan(containers["ended"])
        lived = containers["ended"][ended] - containers["ready"][ended]
        return float(np.sum(lived) / np.sum(containers["invocations"][ended]))

    return measure


def experiments() -> list[Experiment]:
    """All of them, with the figures that the formulas give."""
    result = []
    for servers, load, count in ((10, 7.0, 6000), (20, 15.0, 10000), (100, 90.0, 20000)):
        for name, draw in DURATIONS.items():
            result.append(
                Experiment(
                    f"lost calls, {name} durations", f"B({servers}, {load:g})", erlang_b(servers, load),
                    blocking(servers, load, draw, count),
                )
            )  # fmt: skip
    for servers, load, count in ((10, 7.0, 5000), (100, 90.0, 30000)):
        known = erlang_c(servers, load)
        formula = f"C({servers}, {load:g})"
        result += [
            Experiment("calls that wait", formula, known, waiting(servers, load, count, True), 0.25),
            Experiment("mean wait (s)", f"{formula} E[S] / ({servers} - {load:g})", known / (servers - load),
                       waiting(servers, load, count, False), 0.4),
        ]  # fmt: skip
    for rate, keep in ((0.01, 60.0), (0.05, 30.0), (0.005, 300.0)):
        formula = f"exp(-λT), λ = {rate:g}, T = {keep:g}"
        known = math.exp(-rate * keep)
        zero = DURATIONS["deterministic"]
        result.append(
            Experiment("cold calls, no duration", formula, known, cold_share(rate, 0.0, keep, zero, 1500), 0.1)
        )
    for rate, mean, keep in ((0.01, 2.0, 60.0), (0.05, 1.0, 30.0), (0.005, 2.0, 300.0)):
        formula = f"exp(-λ(E[S]+T)), λ = {rate:g}, E[S] = {mean:g}, T = {keep:g}"
        known = math.exp(-rate * (mean + keep))
        for name, draw in DURATIONS.items():
            result.append(
                Experiment(
                    f"cold calls, one container for all, {name} durations", formula, known,
                    cold_share(rate, mean, keep, draw, 1500, math.inf), 0.1,
                )
            )  # fmt: skip
    rate, keep = 0.05, 30.0
    known = (1 - math.exp(-rate * keep)) / rate
    formula = f"(1 - exp(-λT)) / λ, λ = {rate:g}, T = {keep:g}"
    result.append(
        Experiment("idle time of a container for each call (s)", formula, known, idle_time(rate, keep, 1500), 0.1)
    )
    return result


# size (bytes), bandwidth (bytes/s), latency (s)
TRANSFERS = [
    (100e6, 125e6, 0.0), (100e6, 125e6, 50e-6), (250e6, 125e6, 0.01), (1e6, 125e6, 0.001), (1e9, 1.25e9, 0.001),
    (1e9, 1.25e9, 0.01), (1.0, 125e6, 0.1),
]  # fmt: skip
