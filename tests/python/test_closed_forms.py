"""Queueing theory's closed forms, against many independent short runs.

Each check is a confidence interval at 99.9 % over the runs (Student's t): the theory has to lie inside it, and it has
to be narrow enough to mean something. Containers start at once, images are in place, so that only queueing is left.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import wrench_serverless as ws

T_99_9_19 = 3.883  # Student's t, two-sided 99.9 %, 19 degrees of freedom
RUNS = 20


def arrivals_and_durations(seed: int, rate: float, mean: float, count: int) -> tuple[list[float], list[float]]:
    """Gaps of a Poisson process, and exponential durations."""
    random = np.random.default_rng(seed)
    return random.exponential(1 / rate, count).tolist(), random.exponential(mean, count).tolist()


def simulate(
    gaps: list[float], durations: list[float], *, slots: int, keep_alive: float, functions: int = 1
) -> ws.Results:
    """One node with so many slots; one call after each gap, each of its duration."""
    platform = ws.Platform.cluster(nodes=1, cores=slots, ram="1PB", disk="1PB")
    sim = ws.Simulation(platform, seed=1)
    registry = sim.create_storage_service("head", capacity="1TB")
    provider = sim.create_serverless_compute_service(
        "head", ["node-0"], slots=slots, keep_alive=keep_alive, image_store=registry, node_store="1TB"
    )
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", 0), memory=0)

    def body(duration: float, storage: ws.StorageService) -> None:
        ws.sleep(duration)

    registered = [
        manager.register_function(
            manager.create_function(f"f{i}", body, image), [provider], memory="1MB", ephemeral_storage="1kB"
        )
        for i in range(functions)
    ]

    @sim.controller("user")
    def calls() -> None:
        for number, (gap, duration) in enumerate(zip(gaps, durations, strict=True)):
            ws.sleep(gap)
            manager.invoke(registered[number % functions], duration)

    return sim.run()


def interval(samples: list[float]) -> tuple[float, float]:
    """Mean, and half the width of its 99.9 % confidence interval."""
    assert len(samples) == RUNS
    return float(np.mean(samples)), float(T_99_9_19 * np.std(samples, ddof=1) / math.sqrt(len(samples)))


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in M/M/c, load = λ E[S]. Erlang 1917; by the recursion for Erlang's B."""
    blocking = 1.0
    for c in range(1, servers + 1):
        blocking = load * blocking / (c + load * blocking)
    return servers * blocking / (servers - load * (1 - blocking))


@pytest.mark.parametrize(("servers", "load", "known", "count"), [(10, 7.0, 0.22173, 5000), (100, 90.0, 0.21694, 30000)])
def test_erlang_c_probability_and_mean_of_waiting(servers: int, load: float, known: float, count: int) -> None:
    """C(c, a) of M/M/c, and W = C E[S] / (c - a): Erlang's formulas, 1917."""
    assert erlang_c(servers, load) == pytest.approx(known, abs=5e-6)
    shares: list[float] = []
    means: list[float] = []
    for seed in range(RUNS):
        gaps, durations = arrivals_and_durations(seed, load, 1.0, count)
        table = simulate(gaps, durations, slots=servers, keep_alive=math.inf).invocations
        waited = (table["started"] - table["requested"])[count // 5 :]  # the queue starts empty: not counted
        shares.append(float(np.mean(waited > 1e-9)))
        means.append(float(np.mean(waited)))
    share, width = interval(shares)
    assert abs(share - known) < width < 0.25 * known
    mean, width = interval(means)
    assert abs(mean - known / (servers - load)) < width < 0.4 * known / (servers - load)


def test_littles_law() -> None:
    """L = λ W over a whole busy period: exact, not only on average (Little 1961)."""
    gaps, durations = arrivals_and_durations(7, 7.0, 1.0, 4000)
    table = simulate(gaps, durations, slots=10, keep_alive=math.inf).invocations
    begin, end = table["requested"], table["ended"]
    # The time average of how many are there, from the steps of their number.
    dates = np.concatenate([begin, end])
    steps = np.concatenate([np.ones(len(begin)), -np.ones(len(end))])
    order = np.argsort(dates, kind="stable")
    there = np.cumsum(steps[order])[:-1]
    horizon = end.max()
    average = float(np.sum(there * np.diff(dates[order])) / horizon)
    assert average == pytest.approx(len(begin) / horizon * float(np.mean(end - begin)), rel=1e-9)


@pytest.mark.parametrize(("rate", "keep_alive"), [(0.01, 60.0), (0.05, 30.0), (0.005, 300.0)])
def test_cold_start_probability_of_rare_calls(rate: float, keep_alive: float) -> None:
    """A Poisson call of no duration finds its container gone with probability e^(-λT): no arrival within T."""
    known = math.exp(-rate * keep_alive)
    shares: list[float] = []
    for seed in range(RUNS):
        gaps, _ = arrivals_and_durations(seed, rate, 1.0, 1500)
        table = simulate(gaps, [0.0] * len(gaps), slots=4, keep_alive=keep_alive).invocations
        shares.append(float(np.mean(table["cold"][1:])))
    share, width = interval(shares)
    assert abs(share - known) < width < 0.1 * known


def test_mean_idle_time_of_a_gap() -> None:
    """A container idles min(gap, T) after each call: (1 - e^(-λT))/λ on average."""
    rate, keep_alive = 0.05, 30.0
    known = (1 - math.exp(-rate * keep_alive)) / rate
    idles: list[float] = []
    for seed in range(RUNS):
        gaps, _ = arrivals_and_durations(seed, rate, 1.0, 1500)
        containers = simulate(gaps, [0.0] * len(gaps), slots=4, keep_alive=keep_alive).containers
        ended = ~np.isnan(containers["ended"])
        lived = containers["ended"][ended] - containers["ready"][ended]
        idles.append(float(np.sum(lived) / np.sum(containers["invocations"][ended])))
    idle, width = interval(idles)
    assert abs(idle - known) < width < 0.1 * known
