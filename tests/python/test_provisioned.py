"""R32: containers that are there before anybody calls. Times as in world.py: an image is at the head after 1 s, on a
node and in its memory after 3 s.
"""

from __future__ import annotations

import math

import pytest
from world import FROM_HEAD, IMAGE_AT_HEAD, IMAGE_THERE, World, near, starts

import wrench_serverless as ws


def later(
    world: World, function: ws.RegisteredFunction, date: float, count: int, seconds: float
) -> list[ws.Invocation]:
    calls: list[ws.Invocation] = []

    def main() -> None:
        ws.sleep(date)
        calls.extend(world.manager.invoke(function, seconds) for _ in range(count))
        world.manager.wait_all(calls)

    world.run(main)
    return calls


def test_R32_provisioned_containers_are_warm_when_the_first_calls_come() -> None:
    world = World(nodes=1, cores=4, cold_start_overhead=0.5, warm_start_overhead=0.1)
    function = world.function(provisioned_concurrency=2)
    assert function.provisioned_concurrency == 2
    calls = later(world, function, 10, 3, 1.0)
    assert [call.cold for call in calls] == [False, False, True]
    assert starts(calls) == near(10.1, 10.1, 10.5)  # the third one's image is in memory already
    table = world.sim.results().containers
    assert list(table["claimed"]) == near(IMAGE_AT_HEAD, IMAGE_AT_HEAD, 10)
    assert list(table["ready"]) == near(IMAGE_THERE + 0.5, IMAGE_THERE + 0.5, 10.5)
    assert list(table["invocations"]) == [1, 1, 1]


def test_R32_provisioned_containers_never_expire_and_others_do() -> None:
    world = World(keep_alive=5)
    function = world.function(provisioned_concurrency=1)

    def main() -> None:
        ws.sleep(10)
        world.manager.wait_all([world.manager.invoke(function, 1.0) for _ in range(2)])
        ws.sleep(1000)
        world.manager.wait_one(world.manager.invoke(function, 1.0))

    results = world.run(main)
    assert list(results.invocations["cold"]) == [False, True, False]
    assert list(results.containers.names("reason")) == ["ALIVE", "EXPIRED"]


def test_R32_keep_alive_0_does_not_end_them_either() -> None:
    world = World(keep_alive=0)
    calls = later(world, world.function(provisioned_concurrency=1), 10, 2, 1.0)
    assert [call.cold for call in calls] == [False, True]


@pytest.mark.parametrize("date", [0.0, 1.0, IMAGE_THERE, IMAGE_THERE + 0.25])
def test_R32_a_call_that_comes_during_the_start_waits_for_it(date: float) -> None:
    world = World(cold_start_overhead=0.5)
    function = world.function(provisioned_concurrency=1)
    (call,) = later(world, function, date, 1, 1.0)
    assert call.started == pytest.approx(IMAGE_THERE + 0.5)
    assert call.cold
    assert world.sim.results().containers.row_count == 1


def test_R32_they_are_never_dropped_for_others() -> None:
    world = World(nodes=1, ram="1GB", cores=4)
    kept = world.function(name="kept", memory="400MB", provisioned_concurrency=1)
    big = world.function(name="big", memory="300MB")
    ended: list[ws.ContainerEvent] = []
    world.sim.on_container_end(ended.append)

    def main() -> None:
        ws.sleep(10)
        world.manager.wait_one(world.manager.invoke(big, 1.0))
        first = world.manager.invoke(big, 1.0)
        second = world.manager.invoke(big, 1.0)  # 100 + 400 + 300 + 300 MB are more than there are
        world.manager.wait_all([first, second])
        assert second.started == first.ended
        call = world.manager.invoke(kept, 1.0)
        world.manager.wait_one(call)
        assert not call.cold

    world.run(main)
    assert not ended


def test_R32_they_hold_memory_but_no_slot_while_they_are_idle() -> None:
    world = World(nodes=1, cores=1)
    kept = world.function(name="kept", provisioned_concurrency=3)
    other = world.function(name="other")
    (call,) = later(world, other, 10, 1, 1.0)
    assert call.started == 10
    assert world.sim.results().containers.row_count == 4
    assert kept.provisioned_concurrency == 3


def test_R32_those_without_room_start_when_there_is_some() -> None:
    world = World(nodes=1, cores=2, ram="1GB", keep_alive=0, images_at_head=True)
    busy = world.function(name="busy", memory="800MB")

    def main() -> None:
        call = world.manager.invoke(busy, 10.0)
        world.function(name="kept", memory="300MB", provisioned_concurrency=2)
        world.manager.wait_one(call)
        ws.sleep(1)

    results = world.run(main)
    assert list(results.containers["claimed"]) == near(0, FROM_HEAD + 10, FROM_HEAD + 10)


def test_R32_R37_they_start_again_elsewhere_when_their_node_goes_off() -> None:
    world = World(nodes=2)
    function = world.function(provisioned_concurrency=1)
    world.sim.at(10, world.sim.host("node-0").turn_off)
    (call,) = later(world, function, 20, 1, 1.0)
    assert not call.cold
    assert call.node == "node-1"
    assert list(world.sim.results().containers.names("reason")) == ["FAILED", "ALIVE"]


@pytest.mark.parametrize("date", [1.0, IMAGE_THERE + 0.25])
def test_R32_R37_one_that_starts_is_lost_with_its_node_and_comes_back_with_it(date: float) -> None:
    world = World(nodes=1, cold_start_overhead=0.5)
    function = world.function(provisioned_concurrency=1)
    node = world.sim.host("node-0")
    world.sim.at(date, node.turn_off)
    world.sim.at(50, node.turn_on)
    (call,) = later(world, function, 100, 1, 1.0)
    assert not call.cold


def test_R32_R21_an_image_that_can_not_come_is_tried_again_with_the_next_call() -> None:
    world = World(nodes=1, image_store="1GB")
    function = world.function(provisioned_concurrency=2)
    link = world.sim.link("to-user")
    world.sim.at(0.5, link.turn_off)
    world.sim.at(2, link.turn_on)
    (call,) = later(world, function, 10, 1, 1.0)
    assert call.cold
    assert call.started == pytest.approx(10 + IMAGE_THERE)
    assert list(world.sim.results().containers["claimed"]) == near(
        10 + IMAGE_AT_HEAD, 10 + IMAGE_THERE, 10 + IMAGE_THERE
    )


def test_R32_with_several_at_once_a_container_is_still_one() -> None:
    world = World(nodes=1, concurrency=4)
    calls = later(world, world.function(provisioned_concurrency=1), 10, 4, 1.0)
    assert [call.cold for call in calls] == [False] * 4
    assert world.sim.results().containers.row_count == 1


@pytest.mark.parametrize("wrong", [-1, 1.5, math.inf, "2", None])
def test_R32_a_wrong_number_is_an_error_that_names_it(wrong: object) -> None:
    world = World()
    with pytest.raises((ValueError, TypeError), match="provisioned_concurrency"):
        world.function(provisioned_concurrency=wrong)
