"""Each figure of the summary has one meaning: there, in the rows, in the statistics and in the picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from world import CONFIG, World, nap, platform

import wrench_serverless as ws
from wrench_serverless._picture import slots_over_time

KEYS = [
    *("simulated_time", "invocations", "queued", "starting", "running", "completed", "failed", "timed_out", "refused"),
    *("cold_starts", "cold_share", "containers"),
    *("latency_mean", "latency_p50", "latency_p95", "latency_p99", "latency_max"),
    *("waiting_mean", "waiting_p50", "waiting_p95", "waiting_p99", "waiting_max"),
    *("utilisation", "body_utilisation", "billed", "idle", "transferred", "provisioned", "cost"),
]


def function(world: World, body: Any = nap, loading: str = "0B", **limits: Any) -> ws.RegisteredFunction:
    """One whose image is there at once, but for what it takes to load it: 1 s for 100 MB."""
    image = world.image(f"image-{loading}", size="1B", memory=loading)
    return world.function(body, image=image, **limits)


def shares(results: ws.Results) -> Any:
    summary = results.summary()
    return pytest.approx((summary["utilisation"], summary["body_utilisation"]), rel=1e-6)


def drawn(results: ws.Results) -> tuple[float, float]:
    """The means over time of what the picture shows."""
    assert results._slot_use is not None
    edges, *levels = slots_over_time(results._slot_use)
    slots = sum(results.node_slots)
    held, body = (float(np.average(level, weights=np.diff(edges))) / slots for level in levels)
    return held, body


def test_the_summary_has_these_figures() -> None:
    assert list(World().sim.run().summary()) == KEYS


def test_R28_a_cold_start_holds_its_slot_and_runs_no_body() -> None:
    world = World(nodes=1, cores=1, cold_start_overhead=5, keep_alive=0)
    napper = function(world)
    results = world.run(lambda: world.manager.wait_all([world.manager.invoke(napper, 5.0) for _ in range(4)]))
    assert (1, 0.5) == shares(results) == drawn(results)


def test_R34_calls_that_share_a_container_hold_one_slot() -> None:
    world = World(nodes=1, cores=2, concurrency=10)
    world.call(function(world), *[10.0] * 10)
    results = world.sim.results()
    assert (0.5, 0.5) == shares(results) == drawn(results)


def test_R34_bodies_that_overlap_in_a_container_count_once() -> None:
    world = World(nodes=1, cores=1, concurrency=2, cold_start_overhead=2)
    napper = function(world)

    def main() -> None:
        first = world.manager.invoke(napper, 4.0)  # 2 to 6
        ws.sleep(5)
        second = world.manager.invoke(napper, 3.0)  # 5 to 8
        world.manager.wait_all([first, second])

    assert shares(world.run(main)) == (1, 6 / 8)


def test_R22_R15_a_warm_start_and_payloads_hold_the_slot() -> None:
    world = World(nodes=1, cores=1, warm_start_overhead=2)
    napper = function(world, ingress="100MB", egress="300MB")  # 1 s over each link there, 3 s back
    calls = world.call(napper, 1.0, 1.0)
    results = world.sim.results()
    took = [call.ended - call.assigned for call in calls]
    assert took == pytest.approx([5, 7], rel=1e-6)
    assert shares(results) == (1, 2 / 12)


def test_the_measured_time_is_from_the_first_call_to_the_last_end() -> None:
    world = World(nodes=1, cores=2)
    napper = function(world, provisioned_concurrency=1, loading="300MB")  # a slot for 3 s, before anybody calls

    def main() -> None:
        ws.sleep(100)
        world.manager.wait_one(world.manager.invoke(napper, 1.0))
        ws.sleep(2)
        world.manager.wait_one(world.manager.invoke(napper, 1.0))
        ws.sleep(1000)

    results = world.run(main)
    assert results.summary()["simulated_time"] == pytest.approx(1104)
    assert (2 / 8, 2 / 8) == shares(results) == drawn(results)
    assert results._slot_use is not None
    assert (results._slot_use.begin, results._slot_use.end) == pytest.approx((100, 104))


def test_calls_under_way_are_measured_up_to_now() -> None:
    world = World(nodes=1, cores=1)
    napper = function(world)

    def main() -> None:
        ws.sleep(10)
        world.manager.wait_all([world.manager.invoke(napper, 4.0) for _ in range(2)])

    world.sim.add_controller("user", main)
    for until, share in ((5, math.nan), (12, 1), (16, 1)):
        part = world.sim.run(until=until).summary()
        assert part["utilisation"] == pytest.approx(share, nan_ok=True, rel=1e-6)
    world.sim.close()
    assert shares(world.sim.results()) == (1, 1)


def test_R37_a_claim_that_comes_to_nothing_held_its_slot() -> None:
    world = World(nodes=2, cores=1)
    napper = function(world, loading="400MB")  # 4 s

    def main() -> None:
        call = world.manager.invoke(napper, 1.0)
        ws.sleep(2)
        world.sim.host("node-0").turn_off()  # and again from the start on the other one
        world.manager.wait_one(call)

    results = world.run(main)
    assert results.summary()["containers"] == 1
    assert shares(results) == ((2 + 4 + 1) / (2 * 7), 1 / (2 * 7))


def test_R21_a_claim_whose_image_fails_held_its_slot() -> None:
    world = World(nodes=1, cores=1)
    slow = world.function(image=world.image("far", size="400MB"))

    def main() -> None:
        world.manager.invoke(slow, 1.0)
        ws.sleep(6)  # 4 s to the head, and half of the way to the node
        world.sim.link("to-node-0").turn_off()
        ws.sleep(10)

    summary = world.run(main).summary()
    assert summary.failures == {"TransferFailure": 1}
    assert summary["containers"] == 0
    assert summary["body_utilisation"] == 0
    assert 2 / 6 - 1e-6 <= summary["utilisation"] <= 1  # it depends on what a claim waits for (R16)


def test_R35_attempts_that_were_repeated_count() -> None:
    world = World(nodes=1, cores=1)

    def bad(seconds: float, storage: ws.StorageService) -> None:
        ws.sleep(seconds)
        raise OSError

    world.call(function(world, bad, retries=9), 1.0)
    assert shares(world.sim.results()) == (1, 1)


def test_R7_slots_of_all_providers_count() -> None:
    world = World(nodes=1, cores=2, node_store="1GB")
    other = world.sim.create_serverless_compute_service("head", ["head"], image_store="1GB", slots=2)
    napper = world.manager.register_function(
        world.manager.create_function("nap", nap, world.image("i", "1B", "0B")), [world.provider, other], memory="1MB"
    )
    results = world.run(
        lambda: world.manager.wait_all(
            [world.manager.invoke(napper, 5.0, provider=where) for where in (world.provider, other, other)]
        )
    )
    assert shares(results) == (3 / 4, 3 / 4)


@pytest.mark.parametrize("records", ["all", "sampled", "summary", "parquet"])
def test_utilisation_is_the_same_whatever_is_recorded(records: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {"records_to": tmp_path / "rows"} if records == "parquet" else {}
    sim = ws.Simulation(platform(1), config=CONFIG, records=records, **options)
    registry = sim.create_storage_service("user", capacity="1GB")
    provider = sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB", cold_start_overhead=1)
    manager = sim.create_function_manager("user")
    image = manager.create_image("i", registry.create_file("i", "1B"), memory="0B")
    napper = manager.register_function(manager.create_function("nap", ws.Profile(ws.Sleep()), image), [provider])
    manager.replay(ws.Workload(napper, [0.0, 0.0, 10.0], [4.0, 4.0, 9.0]))
    for until in (15, None):
        results = sim.run(until=until)
        bodies = 8 + (5 if until else 9)
        assert shares(results) == ((2 + bodies) / (2 * (10 + bodies - 8)), bodies / (2 * (10 + bodies - 8)))
    results.save(tmp_path / "saved")
    assert shares(ws.load_results(tmp_path / "saved")) == drawn(results)


def test_nothing_has_no_utilisation() -> None:
    results = World().sim.run()
    assert math.isnan(results.summary()["utilisation"])
    assert math.isnan(results.summary()["body_utilisation"])


# Cold starts


def test_R34_a_call_that_joins_a_container_that_starts_is_cold() -> None:
    world = World(nodes=1, cores=1, concurrency=3, cold_start_overhead=5)
    napper = function(world)

    def main() -> None:
        calls = [world.manager.invoke(napper, 1.0)]
        ws.sleep(2)
        calls.append(world.manager.invoke(napper, 1.0))  # waits for a part of the start
        ws.sleep(3.5)
        calls.append(world.manager.invoke(napper, 1.0))  # for nothing
        world.manager.wait_all(calls)
        assert [call.cold for call in calls] == [True, True, False]

    results = world.run(main)
    summary = results.summary()
    assert results.invocations["cold"].tolist() == [True, True, False]
    assert (summary["cold_starts"], summary["cold_share"], summary["containers"]) == (2, pytest.approx(2 / 3), 1)


@pytest.mark.parametrize("records", ["all", "summary"])
def test_a_call_whose_container_has_not_got_ready_is_cold_in_rows_and_summary(records: str) -> None:
    world = World(nodes=1, cores=1, cold_start_overhead=5, records=records)
    napper = function(world)
    world.sim.add_controller("user", lambda: [world.manager.invoke(napper, 1.0) for _ in range(2)])
    results = world.sim.run(until=3)
    summary = results.summary()
    assert (summary["starting"], summary["queued"]) == (1, 1)
    assert (summary["cold_starts"], summary["cold_share"]) == (1, 1)  # of those that a container took
    if records == "all":
        assert results.invocations["cold"].tolist() == [True, False]


def test_R32_who_waits_for_a_provisioned_container_is_cold() -> None:
    world = World(nodes=1, cores=1, cold_start_overhead=5)
    napper = function(world, provisioned_concurrency=1)

    def main() -> None:
        ws.sleep(1)
        call = world.manager.invoke(napper, 1.0)  # it was not started for this call
        world.manager.wait_one(call)
        assert call.cold and call.started == pytest.approx(5)

    assert world.run(main).summary()["cold_starts"] == 1


def test_no_calls_have_no_cold_share() -> None:
    world = World(image_store="10MB")  # the image of 100 MB never gets anywhere
    world.call(world.function(), 1.0, 1.0, 1.0)
    summary = world.sim.results().summary()
    assert summary["failed"] == 3
    assert math.isnan(summary["cold_share"])
    text = str(summary)
    assert "nan" not in text
    lines = [line.split() for line in text.splitlines()]
    assert ["cold_share", "–"] in lines
    assert ["StorageFull", "3"] in lines


# The picture


def panel(results: Any, *arguments: Any, monkeypatch: pytest.MonkeyPatch, path: Path) -> list[str]:
    """What the legend of the panel of utilisation says."""
    from matplotlib.figure import Figure

    labels: list[str] = []

    def look(self: Figure, *_: Any, **__: Any) -> None:
        labels.extend(text.get_text() for text in self.axes[2].get_legend().get_texts())

    monkeypatch.setattr(Figure, "savefig", look)
    ws.draw_overview(results, *arguments, path)
    return labels


def test_the_picture_says_what_the_summary_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    world = World(nodes=1, cores=1, cold_start_overhead=5, concurrency=10)
    world.call(function(world), *[5.0] * 10)
    results = world.sim.results()
    labels = ["held: mean 100.0 %", "with a body: mean 50.0 %"]
    assert panel(results, monkeypatch=monkeypatch, path=tmp_path) == labels
    with pytest.warns(DeprecationWarning):  # the call of the version before
        assert panel(results.invocations, 1, monkeypatch=monkeypatch, path=tmp_path) == labels


def test_the_picture_of_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    labels = panel(World().sim.run(), monkeypatch=monkeypatch, path=tmp_path)
    assert labels == ["held: mean –", "with a body: mean –"]
