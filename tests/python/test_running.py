"""R23 to R28 from Python: bodies, their ends, and their containers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from world import IMAGE_THERE, World, ends, nap, near, starts

import wrench_serverless as ws


def test_R23_storage_is_of_the_size_of_the_limit_and_empty() -> None:
    world = World(nodes=1, cores=1)
    seen: list[tuple[int, int, list[str]]] = []

    def body(input: object, storage: ws.StorageService) -> None:
        seen.append((storage.capacity, storage.free_space, storage.files))
        storage.write("left-behind", "10MB")

    calls = world.call(world.function(body, ephemeral_storage="70MB"), 1, 2)
    assert [call.cold for call in calls] == [True, False]
    assert seen == [(70_000_000, 70_000_000, [])] * 2
    assert ends(calls) == near(3.1, 3.2)


def test_R23_bodies_compute_on_their_node() -> None:
    world = World(nodes=1, cores=2)

    def body(flops: float, storage: ws.StorageService) -> None:
        assert storage.host == "node-0"
        assert ws.current_invocation().node == "node-0"
        assert ws.current_invocation().is_running
        ws.compute(flops)

    calls = world.call(world.function(body), 1e9, 3e9)
    assert ends(calls) == near(4, 6)


def test_R24_the_limit_counts_from_the_start_of_the_body() -> None:
    world = World(cold_start_overhead=5)
    told: list[object] = []

    def body(seconds: float, storage: ws.StorageService) -> None:
        try:
            ws.sleep(seconds)
        except ws.FunctionTimeout as error:
            told.append((ws.now(), str(error)))
            raise
        finally:
            told.append(ws.now())

    fast, slow = world.call(world.function(body, time_limit=2), 1.0, 5.0)
    assert (fast.state.name, slow.state.name) == ("COMPLETED", "TIMED_OUT")
    assert slow.ended == pytest.approx(IMAGE_THERE + 5 + 2)
    assert isinstance(slow.failure, ws.FunctionTimeout)
    assert told[0] == pytest.approx(9.0)
    assert told[1] == (pytest.approx(10.0), "function 'body' reached its time limit of 2 s")


def test_R24_what_ends_just_in_time_has_ended_in_time() -> None:
    world = World()
    (call,) = world.call(world.function(time_limit=2), 2.0)
    assert call.state.name == "COMPLETED"


@pytest.mark.parametrize("operation", ["compute", "write", "read", "copy", "invoke", "wait"])
def test_R24_every_blocking_operation_is_cancelled(operation: str) -> None:
    world = World(nodes=1, cores=2, dispatch_overhead=0)
    inner = world.function(name="inner")
    world.registry.create_file("large", "4GB")

    def body(input: object, storage: ws.StorageService) -> None:
        if operation == "compute":
            ws.compute("100Gf")
        elif operation == "write":
            storage.write("a", "1GB")
        elif operation == "read":
            world.registry.read("large")
        elif operation == "copy":
            world.registry.copy("large", storage)
        elif operation == "invoke":
            world.manager.wait_one(world.manager.invoke(inner, 100.0))
        else:
            world.manager.wait_one(ws.current_invocation())

    (call,) = world.call(world.function(body, time_limit=1, ephemeral_storage="4GB"), None)
    assert call.state.name == "TIMED_OUT"
    assert call.ended == pytest.approx(IMAGE_THERE + 1)


def test_R24_a_cancelled_write_gives_its_reservation_back() -> None:
    world = World(nodes=1, cores=1)
    shared = world.sim.create_storage_service("head", "1GB")

    def body(input: object, storage: ws.StorageService) -> None:
        shared.write("a", "1GB")

    (call,) = world.call(world.function(body, time_limit=1), None)
    assert call.state.name == "TIMED_OUT"
    assert (shared.free_space, shared.files) == (1_000_000_000, [])


def test_R25_a_body_that_raises_fails_and_the_simulation_goes_on() -> None:
    world = World(nodes=1, cores=1)

    def body(input: object, storage: ws.StorageService) -> float:
        ws.sleep(1)
        return 1 / input  # type: ignore[operator, no-any-return]

    bad, good = world.call(world.function(body), 0, 2)
    assert (bad.state.name, bad.output, bad.ended) == ("FAILED", None, pytest.approx(4.0))
    assert isinstance(bad.failure, ZeroDivisionError)
    assert (good.state.name, good.output, good.failure, good.cold) == ("COMPLETED", 0.5, None, False)


def test_R26_states_in_their_order() -> None:
    world = World(nodes=1, cores=1, cold_start_overhead=1)
    function = world.function()
    seen: list[str] = []

    def main() -> None:
        call = world.manager.invoke(function, 1.0)
        ws.sleep(0.2)
        for _ in range(4):
            seen.append(call.state.name)
            ws.sleep(1.5)
        assert call.is_done

    world.run(main)
    assert seen == ["QUEUED", "QUEUED", "STARTING", "RUNNING"]


def test_R27_an_idle_container_ends_after_keep_alive() -> None:
    world = World(nodes=1, cores=1, keep_alive=5)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        for pause in (0.0, 4.9, 5.1):
            ws.sleep(pause)
            calls.append(world.manager.invoke(function, 1.0))
            world.manager.wait_one(calls[-1])

    results = world.run(main)
    assert [call.cold for call in calls] == [True, False, True]
    containers = results.containers
    assert containers["invocations"].tolist() == [2, 1]
    assert containers["ended"][0] == pytest.approx(calls[1].ended + 5)
    assert math.isnan(containers["ended"][1])
    assert containers["reason"].tolist() == [1, 0]  # EXPIRED, ALIVE


@pytest.mark.parametrize(("keep_alive", "cold"), [(0, True), (math.inf, False)])
def test_R27_at_once_and_never(keep_alive: float, cold: bool) -> None:
    world = World(nodes=1, cores=1, keep_alive=keep_alive)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        for _ in range(2):
            calls.append(world.manager.invoke(function, 1.0))
            world.manager.wait_one(calls[-1])
            ws.sleep(1e6)

    world.run(main)
    assert calls[1].cold == cold


def test_R27_a_failed_body_leaves_its_container_usable() -> None:
    world = World(nodes=1, cores=1)

    def body(input: str, storage: ws.StorageService) -> None:
        if input == "fail":
            raise ValueError(input)
        ws.sleep(10)

    calls = world.call(world.function(body, time_limit=1), "fail", "time out", "fail")
    assert [call.cold for call in calls] == [True, False, False]
    assert starts(calls) == near(3, 3, 4)


def test_R28_never_more_slots_or_memory_than_there_are() -> None:
    world = World(nodes=3, cores=4, ram="1GB", cold_start_overhead=0.25, keep_alive=3)
    functions = [world.function(nap, f"f{i}", memory=f"{100 * i}MB") for i in range(1, 6)]
    random = np.random.default_rng(1)

    def main() -> None:
        for _ in range(300):
            ws.sleep(float(random.exponential(0.2)))
            world.manager.invoke(functions[random.integers(5)], float(random.exponential(2)))

    results = world.run(main)
    assert results.summary()["completed"] == 300
    table = results.invocations
    for node in range(3):
        here = table["node"] == node
        dates = np.concatenate([table["assigned"][here], table["ended"][here]])
        for column, most in ((np.ones(300), 4), (table["memory"], 900e6)):
            amounts = np.concatenate([column[here], -column[here]])
            order = np.lexsort((amounts, dates))  # what ends at a date makes way first
            assert np.cumsum(amounts[order]).max() <= most
