"""Queueing theory's closed forms, and SimGrid's network model by hand, against many independent short runs.

Each check is a confidence interval at 99.9 % over the runs (Student's t): the theory has to lie inside it, and it has
to be narrow enough to mean something. Formulas and their sources are in theory.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import theory

import wrench_serverless as ws

EXPERIMENTS = theory.experiments()


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: f"{one.name}: {one.formula}")
def test_R16_R27_R30_R34_closed_form(experiment: theory.Experiment) -> None:
    """Erlang's B and C, cold starts with and without concurrency, idle time: see theory.experiments."""
    estimate = experiment.estimate()
    assert estimate.half_width < experiment.narrow * experiment.expected
    assert abs(estimate.mean - experiment.expected) < estimate.half_width


@pytest.mark.parametrize(("servers", "load", "known"), [(10, 7, 0.07874), (20, 15, 0.04559), (100, 90, 0.02696)])
def test_the_formula_of_erlang_b(servers: int, load: float, known: float) -> None:
    assert theory.erlang_b(servers, load) == pytest.approx(known, abs=5e-6)


@pytest.mark.parametrize(("servers", "load", "known", "wait"), [(10, 7, 0.22173, 0.07391), (100, 90, 0.21694, 0.02169)])
def test_the_formula_of_erlang_c(servers: int, load: float, known: float, wait: float) -> None:
    assert theory.erlang_c(servers, load) == pytest.approx(known, abs=5e-6)
    assert theory.erlang_c(servers, load) / (servers - load) == pytest.approx(wait, abs=5e-6)


@pytest.mark.parametrize(("rate", "mean", "keep", "known"), [
    (0.01, 2, 60, 0.53794), (0.05, 1, 30, 0.21225), (0.005, 2, 300, 0.22091),
])  # fmt: skip
def test_the_formula_of_cold_starts(rate: float, mean: float, keep: float, known: float) -> None:
    assert any(one.expected == pytest.approx(known, abs=5e-6) for one in EXPERIMENTS)
    assert math.exp(-rate * (mean + keep)) == pytest.approx(known, abs=5e-6)


def test_littles_law() -> None:
    """L = λ W over a whole busy period: exact, not only on average (J. D. C. Little 1961)."""
    random = np.random.default_rng(7)
    gaps, durations = random.exponential(1 / 7, 4000), random.exponential(1.0, 4000)
    table = theory.simulate(gaps, durations, slots=10).invocations
    begin, end = table["requested"], table["ended"]
    # The time average of how many are there, from the steps of their number.
    dates = np.concatenate([begin, end])
    steps = np.concatenate([np.ones(len(begin)), -np.ones(len(end))])
    order = np.argsort(dates, kind="stable")
    there = np.cumsum(steps[order])[:-1]
    horizon = end.max()
    average = float(np.sum(there * np.diff(dates[order])) / horizon)
    assert average == pytest.approx(len(begin) / horizon * float(np.mean(end - begin)), rel=1e-9)


@pytest.mark.parametrize(("size", "bandwidth", "latency"), theory.TRANSFERS)
def test_R1_R5_a_transfer_by_hand(size: float, bandwidth: float, latency: float) -> None:
    """LV08: 97 % of the bandwidth, 5 % for acknowledgements, latency × 13.01, a TCP window for each round trip."""
    expected = theory.transfer_time(size, bandwidth, latency)
    assert theory.measured_transfer_time(size, bandwidth, latency) == pytest.approx(expected, rel=1e-9)


def test_R1_two_transfers_share_a_link_evenly() -> None:
    """Two streams of 97 MB, and 5 % for their acknowledgements, over one link of 97 MB/s net: both take 2.1 s."""
    platform = ws.Platform()
    for host in ("a", "b"):
        platform.add_host(host)
        platform.add_disk(host, size="1TB", read_bandwidth="1TBps", write_bandwidth="1TBps")
    platform.add_link("link", "100MBps")
    platform.add_route("a", "b", ["link"])
    sim = ws.Simulation(platform)
    source, target = (sim.create_storage_service(host, capacity="1TB") for host in ("a", "b"))
    ends = []

    def copies(name: str) -> None:
        source.create_file(name, "97MB")
        source.copy(name, target)
        ends.append(ws.now())

    for name in ("x", "y"):
        sim.add_controller("a", copies, name)
    sim.run()
    assert ends == pytest.approx([2.1, 2.1], rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_R1_more_computations_than_cores_end_when_simgrid_says_so(seed: int) -> None:
    """Functions of which some have less than a core, eight slots a node for two cores: shared by us, and by SimGrid."""
    ends = {}
    for sharing in ("fast", "simgrid"):
        sim = ws.Simulation(ws.Platform.cluster(nodes=3, cores=2, speed=1e9, ram="64GB"), cpu_sharing=sharing)
        registry = sim.create_storage_service("user", capacity="1TB")
        nodes = [f"node-{index}" for index in range(3)]
        provider = sim.create_serverless_compute_service("head", nodes, slots=8, cpu_per_memory="1GB")
        manager = sim.create_function_manager("user")
        image = manager.create_image("image", registry.create_file("image.sqsh", 1000), memory=1000)
        functions = [
            manager.register_function(
                manager.create_function(memory, ws.Profile(ws.Compute()), image), [provider], memory=memory
            )
            for memory in ("128MB", "500MB", "2GB")
        ]
        random = np.random.default_rng(seed)
        manager.replay(
            ws.Workload(
                functions, random.uniform(0, 60, 500), random.exponential(5e8, 500), which=random.integers(0, 3, 500)
            )
        )
        table = sim.run().invocations
        ends[sharing] = np.asarray(table["ended"])
    assert np.allclose(ends["fast"], ends["simgrid"], rtol=1e-9, atol=1e-7)
    assert not np.array_equal(ends["fast"], ends["simgrid"])  # or one of them was used twice


@pytest.mark.parametrize(("sharing", "copy_ends", "read_ends"), [("simgrid", 1.25, 1.8), ("weighted", 1.8, 1.75)])
def test_R1_what_an_operation_of_a_disk_weighs_beside_a_stream(
    sharing: str, copy_ends: float, read_ends: float
) -> None:
    """A stream over 0.25 s weighs 4. A read of 100 MB from the start, and a copy of 80 MB on a disk of 100 MB/s."""
    platform = ws.Platform()
    for host in ("a", "b"):
        platform.add_host(host)
        platform.add_disk(host, size="1TB", read_bandwidth="100MBps", write_bandwidth="100MBps")
    platform.add_link("l", bandwidth="1TBps", latency=0.25)
    platform.add_route("a", "b", ["l"])
    config = {"network/model": "CM02", "network/weight-S": 0, "network/TCP-gamma": 0}
    sim = ws.Simulation(platform, config=config, disk_sharing=sharing)  # type: ignore[arg-type]
    a, b = (sim.create_storage_service(host, "1GB") for host in ("a", "b"))
    a.create_file("copied", "80MB")
    b.create_file("read", "100MB")
    ends: dict[str, float] = {}

    def copies() -> None:
        a.copy("copied", b)
        ends["copy"] = ws.now()

    def reads() -> None:
        b.read("read")
        ends["read"] = ws.now()

    sim.add_controller("a", copies)
    sim.add_controller("b", reads)
    sim.run()
    # Until 0.25 s the read has the disk for itself: 25 MB. Then it gets 20 of 100 MB/s, or 50. Who is left has it all.
    assert ends == pytest.approx({"copy": copy_ends, "read": read_ends}, rel=1e-6)


def test_disk_sharing_is_weighted_or_simgrid() -> None:
    with pytest.raises(ValueError, match="disk_sharing is 'equal': give 'weighted' or 'simgrid'"):
        ws.Simulation(ws.Platform.cluster(nodes=1, cores=1), disk_sharing="equal")  # type: ignore[arg-type]


def test_cpu_sharing_is_fast_or_simgrid() -> None:
    with pytest.raises(ValueError, match="cpu_sharing is 'slow': give 'fast' or 'simgrid'"):
        ws.Simulation(ws.Platform.cluster(nodes=1, cores=1), cpu_sharing="slow")  # type: ignore[arg-type]
