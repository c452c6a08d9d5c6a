"""R16 to R22 from Python: from the queue to a container."""

from __future__ import annotations

import math

import pytest
from world import IMAGE_THERE, World, ends, nap, near, starts

import wrench_serverless as ws

FAILED = ws.InvocationState.FAILED


def test_R16_first_come_first_served_within_a_function() -> None:
    world = World(nodes=1, cores=1)
    calls = world.call(world.function(), 1.0, 2.0, 3.0)
    assert starts(calls) == near(3, 4, 6)


def test_R16_first_submitted_first_considered_across_functions() -> None:
    world = World(nodes=1, cores=1)
    functions = [world.function(name=name) for name in ("c", "a", "b")]
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(world.manager.invoke(function, 1.0) for function in functions)
        world.manager.wait_all(calls)

    world.run(main)
    assert starts(calls) == near(3, 4, 5)


def test_R16_one_that_can_not_start_does_not_hold_back_a_later_one() -> None:
    world = World(nodes=1, cores=3, ram="1GB")
    big, small = world.function(name="big", memory="600MB"), world.function(name="small", memory="100MB")
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(world.manager.invoke(function, 2.0) for function in (big, big, small))
        world.manager.wait_all(calls)

    world.run(main)
    assert starts(calls) == near(3, 5, 3)


def test_R17_idle_container_before_claim() -> None:
    world = World(nodes=2, cores=2, cold_start_overhead=0.5)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        for pause in (0.0, 1.0):
            ws.sleep(pause)
            calls.append(world.manager.invoke(function, 1.0))
            world.manager.wait_one(calls[-1])

    results = world.run(main)
    assert [call.cold for call in calls] == [True, False]
    assert starts(calls) == near(3.5, 5.5)
    assert results.containers["invocations"].tolist() == [2]


def test_R17_the_most_recently_used_idle_container() -> None:
    world = World(nodes=2, cores=1, cold_start_overhead=0)
    function = world.function()
    first: list[ws.Invocation] = []
    last: list[ws.Invocation] = []

    def main() -> None:
        first.extend(world.manager.invoke(function, seconds) for seconds in (3.0, 5.0))
        world.manager.wait_all(first)
        last.append(world.manager.invoke(function, 1.0))
        world.manager.wait_all(last)

    world.run(main)
    assert {call.node for call in first} == {"node-0", "node-1"}
    assert last[0].node == max(first, key=lambda call: call.ended).node


def test_R17_a_claim_reserves_at_once() -> None:
    # Both claims are made at 0, so the second is on the other node although nothing runs yet.
    world = World(nodes=2, cores=1)
    calls = world.call(world.function(), 1.0, 1.0)
    assert {call.node for call in calls} == {"node-0", "node-1"}


def test_R18_warmest_first() -> None:
    world = World(nodes=3, cores=2)
    red, blue = world.function(name="red"), world.function(name="blue", image=world.image("blue"))
    nodes: list[str | None] = []

    def main() -> None:
        warm = [world.manager.invoke(red, 100.0) for _ in range(2)]  # node-0 is full
        ws.sleep(10)
        nodes.extend(call.node for call in warm)
        for function in (blue, blue, red, blue):  # blue to node-1, twice; red to node-2
            call = world.manager.invoke(function, 100.0)
            ws.sleep(10)
            nodes.append(call.node)

    world.run(main)
    assert nodes == ["node-0", "node-0", "node-1", "node-1", "node-2", "node-2"]


def test_R19_each_step_is_made_once_however_many_wait() -> None:
    world = World(nodes=2, cores=2)
    calls = world.call(world.function(), 1.0, 1.0, 1.0, 1.0)
    # One transfer to the head; two to the nodes share its disk.
    assert starts(calls) == near(*[1 + 2 + 1] * 4)
    transfers = world.sim.results().transfers
    assert sorted(transfers["destination"]) == ["provider/images", "provider/node-0", "provider/node-1"]
    assert transfers["ended"] == pytest.approx([1, 3, 3])


def test_R19_what_is_there_is_not_fetched_again() -> None:
    world = World(nodes=1, cores=1, keep_alive=0, cold_start_overhead=0.25)
    function = world.function()
    calls = world.call(function, 1.0, 1.0)
    assert [call.cold for call in calls] == [True, True]
    assert starts(calls) == near(3.25, 4.5)


def test_R20_a_claim_takes_whoever_is_first_when_it_is_ready() -> None:
    # The idle container takes the second call; its claim then finds nobody and ends.
    world = World(nodes=2, cores=1, cold_start_overhead=10)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 1.0))
        ws.sleep(13.5)  # it runs from 13 to 14
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_all(calls)

    results = world.run(main)
    assert starts(calls) == near(13, 14)
    assert [call.cold for call in calls] == [True, False]
    assert len(results.containers["ended"]) == 1


def test_R20_the_cold_start_overhead_follows_the_image() -> None:
    world = World(cold_start_overhead="500ms")
    (call,) = world.call(world.function(), 1.0)
    assert call.assigned == pytest.approx(IMAGE_THERE)
    assert (call.started, call.ended) == (pytest.approx(3.5), pytest.approx(4.5))


def test_R21_an_image_too_big_for_the_image_store_fails_its_invocations() -> None:
    world = World(image_store="50MB")
    calls = world.call(world.function(), 1.0, 1.0)
    assert [call.state for call in calls] == [FAILED, FAILED]
    for call in calls:
        assert isinstance(call.failure, ws.StorageFull)
        assert "100MB" in str(call.failure)
        assert math.isnan(call.started)
        assert call.output is None


def test_R21_the_next_invocation_tries_again() -> None:
    world = World()
    function = world.function()
    world.registry.remove("image")
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_one(calls[0])
        world.registry.create_file("image", "100MB")
        calls.append(world.manager.invoke(function, 1.0))
        world.manager.wait_one(calls[1])

    world.run(main)
    assert isinstance(calls[0].failure, ws.FileNotFound)
    assert [call.state.name for call in calls] == ["FAILED", "COMPLETED"]


def test_R22_a_warm_start_has_its_own_overhead() -> None:
    world = World(nodes=1, cores=1, cold_start_overhead=0.5, warm_start_overhead=0.125)
    calls = world.call(world.function(), 1.0, 1.0)
    assert starts(calls) == near(3.5, 4.625)
    assert ends(calls) == near(4.5, 5.625)


def test_R9_R10_idle_containers_make_room_oldest_first() -> None:
    world = World(nodes=1, cores=4, ram="1GB")
    functions = {name: world.function(nap, name, memory="300MB") for name in ("red", "green", "blue", "grey")}
    cold: list[bool] = []

    def main() -> None:
        for name in ("red", "green", "blue", "red", "grey", "red", "green"):
            call = world.manager.invoke(functions[name], 1.0)
            world.manager.wait_one(call)
            cold.append(call.cold)

    results = world.run(main)
    # Three fit beside the image. grey takes the place of green, the second green that of blue.
    assert cold == [True, True, True, False, True, False, True]
    names = results.containers.names("function")
    ended = {names[i]: results.containers["reason"][i] for i in (1, 2)}
    assert ended == {"green": 2, "blue": 2}  # EVICTED
