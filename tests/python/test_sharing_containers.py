"""R34: several invocations in one container share its memory, its slot, its storage and one core."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import IMAGE_THERE, World, ends, near, starts

import wrench_serverless as ws


def work(flops: float, storage: ws.StorageService) -> None:
    ws.compute(flops)


def test_R34_a_cold_container_takes_as_many_as_it_may() -> None:
    world = World(nodes=1, cores=4, cold_start_overhead=0.5, concurrency=3)
    calls = world.call(world.function(), *[1.0] * 7)
    assert starts(calls) == near(*[IMAGE_THERE + 0.5] * 7)
    containers = world.sim.results().containers
    assert list(containers["invocations"]) == [3, 3, 1]
    assert all(call.cold for call in calls)


def test_R34_two_in_a_container_share_one_core_exactly() -> None:
    world = World(nodes=1, cores=2, concurrency=2)
    # 1 and 3 Gflop on a core of 1 Gf: half of it each until 2 s, then all of it for the other one until 4 s.
    calls = world.call(world.function(work), 1e9, 3e9)
    assert ends(calls) == near(IMAGE_THERE + 2, IMAGE_THERE + 4)


def test_R34_one_that_comes_later_slows_the_first_down() -> None:
    world = World(nodes=1, cores=2, concurrency=2)
    function = world.function(work)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 2e9))
        ws.sleep(IMAGE_THERE + 1)
        calls.append(world.manager.invoke(function, 0.5e9))
        world.manager.wait_all(calls)

    world.run(main)
    # 1 s alone; then half each: the second has its 0.5 Gflop after 1 s; then the rest of 0.5 Gflop alone.
    assert ends(calls) == near(IMAGE_THERE + 2.5, IMAGE_THERE + 2)
    assert [call.cold for call in calls] == [True, False]


def test_R34_sharing_costs_one_slot_and_the_memory_of_one() -> None:
    world = World(nodes=1, cores=1, ram="300MB", concurrency=5)
    function = world.function(memory="200MB")
    calls = world.call(function, *[1.0] * 5)
    assert ends(calls) == near(*[IMAGE_THERE + 1] * 5)
    assert world.sim.results().containers.row_count == 1


def test_R34_a_container_with_room_takes_a_call_at_once() -> None:
    world = World(nodes=1, cores=1, concurrency=2, warm_start_overhead=0.1)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 5.0))
        ws.sleep(IMAGE_THERE + 1)
        calls.append(world.manager.invoke(function, 1.0))  # beside the first
        calls.append(world.manager.invoke(function, 1.0))  # when the second one is over
        world.manager.wait_all(calls)

    world.run(main)
    assert starts(calls) == near(IMAGE_THERE, IMAGE_THERE + 1.1, IMAGE_THERE + 2.2)


def test_R34_a_call_during_the_start_joins_it() -> None:
    world = World(nodes=1, cores=1, concurrency=2, cold_start_overhead=2)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 1.0))
        ws.sleep(IMAGE_THERE + 1)
        calls.append(world.manager.invoke(function, 1.0))
        assert calls[1].state == ws.InvocationState.STARTING
        world.manager.wait_all(calls)

    world.run(main)
    assert starts(calls) == near(IMAGE_THERE + 2, IMAGE_THERE + 2)
    assert all(call.cold for call in calls)


def test_R34_the_function_may_say_otherwise_than_its_provider() -> None:
    world = World(nodes=1, cores=4, concurrency=1)
    both = world.function(name="both", concurrency=2)
    alone = world.function(name="alone")
    assert (both.concurrency, alone.concurrency) == (2, None)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(world.manager.invoke(function, 1.0) for function in (both, both, alone, alone))
        world.manager.wait_all(calls)

    results = world.run(main)
    assert list(results.containers["invocations"]) == [2, 1, 1]


def test_R34_any_number_at_once() -> None:
    world = World(nodes=1, cores=1, concurrency=math.inf)
    calls = world.call(world.function(), *[1.0] * 100)
    assert ends(calls) == near(*[IMAGE_THERE + 1] * 100)


def test_R34_R23_storage_is_empty_for_one_that_is_alone_and_shared_otherwise() -> None:
    world = World(nodes=1, cores=1, concurrency=2)
    seen: list[list[str]] = []

    def body(name: str, storage: ws.StorageService) -> None:
        seen.append(storage.files)
        storage.write(name, "10MB")
        ws.sleep(1)

    function = world.function(body)

    def main() -> None:
        first = world.manager.invoke(function, "a")
        ws.sleep(IMAGE_THERE + 0.5)
        world.manager.wait_all([first, world.manager.invoke(function, "b")])
        ws.sleep(1)
        world.manager.wait_one(world.manager.invoke(function, "c"))

    world.run(main)
    assert seen == [[], ["a"], []]


def test_R34_R24_R25_one_that_fails_or_takes_too_long_leaves_the_others_alone() -> None:
    world = World(nodes=1, cores=1, concurrency=3)

    def body(seconds: float, storage: ws.StorageService) -> None:
        ws.sleep(seconds)
        if seconds == 0.5:
            raise LookupError

    calls = world.call(world.function(body, time_limit=2), 0.5, 1.0, 5.0)
    assert [call.state.name for call in calls] == ["FAILED", "COMPLETED", "TIMED_OUT"]
    assert ends(calls) == near(IMAGE_THERE + 0.5, IMAGE_THERE + 1, IMAGE_THERE + 2)


def test_R34_R24_a_limit_in_the_middle_of_a_computation_gives_the_core_to_the_others() -> None:
    world = World(nodes=1, cores=1, concurrency=2)
    short = world.function(work, time_limit=2)
    calls = world.call(short, 1.9e9, 1.0e9)
    # Half each: the second has its 1 Gflop at 2 s, as the limit of the first comes.
    assert [call.state.name for call in calls] == ["TIMED_OUT", "COMPLETED"]
    assert ends(calls) == near(IMAGE_THERE + 2, IMAGE_THERE + 2)


def test_R34_R37_all_of_a_container_fail_with_its_node() -> None:
    world = World(nodes=1, cores=1, concurrency=3)
    function = world.function(work)
    world.sim.at(IMAGE_THERE + 1, world.sim.host("node-0").turn_off)
    calls = world.call(function, 1e9, 2e9, 3e9)
    assert ends(calls) == near(*[IMAGE_THERE + 1] * 3)
    assert all(isinstance(call.failure, ws.HostFailure) for call in calls)


def test_R34_R28_containers_share_the_cpu_of_their_node_equally() -> None:
    world = World(nodes=1, cores=1, concurrency=2)
    one, two = world.function(work, "one"), world.function(work, "two", image=world.image("b"))
    del two
    calls = world.call(one, 1e9, 1e9)
    assert ends(calls) == near(IMAGE_THERE + 2, IMAGE_THERE + 2)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", math.nan])
def test_R34_a_wrong_number_is_an_error_that_names_it(wrong: object) -> None:
    with pytest.raises((ValueError, TypeError), match="concurrency"):
        World(concurrency=wrong)
    with pytest.raises((ValueError, TypeError), match="concurrency"):
        World().function(concurrency=wrong)


def sharing(works: list[float], speed: float) -> list[float]:
    """When each ends if all start at 0 and share a core equally: sorted, each needs its rest times who is left."""
    ended = [0.0] * len(works)
    now = done = 0.0
    left = len(works)
    for index in sorted(range(len(works)), key=works.__getitem__):
        now += (works[index] - done) * left / speed
        done = works[index]
        ended[index] = now
        left -= 1
    return ended


@settings(max_examples=30)
@given(st.lists(st.integers(1, 50).map(lambda tenth: tenth * 1e8), min_size=1, max_size=8))
def test_R34_any_works_share_a_core_as_the_closed_form_says(works: list[float]) -> None:
    world = World(nodes=1, cores=2, concurrency=math.inf)
    calls = world.call(world.function(work), *works)
    assert ends(calls) == near(*(IMAGE_THERE + end for end in sharing(works, 1e9)))
