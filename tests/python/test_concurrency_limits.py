"""R30, R31: how many calls may wait, and how many may be under way. Times as in world.py."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import FROM_HEAD, IMAGE_AT_HEAD, IMAGE_THERE, World, near, starts

import wrench_serverless as ws


def admitted(world: World, function: ws.RegisteredFunction, count: int, seconds: float = 1.0) -> list[ws.Invocation]:
    """Calls it so often; those that were not refused."""
    calls = []
    for _ in range(count):
        try:
            calls.append(world.manager.invoke(function, seconds))
        except ws.InvocationRefused:
            continue
    return calls


def test_R30_calls_that_find_the_queue_full_are_refused() -> None:
    world = World(nodes=1, cores=2, queue_capacity=3, images_at_head=True)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(admitted(world, function, 10))
        world.manager.wait_all(calls)

    results = world.run(main)
    assert len(calls) == 2 + 3  # two have a claim, and do not wait
    assert starts(calls) == near(*(FROM_HEAD + late for late in (0, 0, 1, 1, 2)))
    states = list(results.invocations.names("state"))
    assert states == ["COMPLETED"] * 5 + ["REFUSED"] * 5


def test_R30_calls_that_wait_at_the_head_do_not_count_until_their_image_is_there() -> None:
    world = World(nodes=1, cores=2, queue_capacity=3)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(admitted(world, function, 10))
        assert (len(calls), world.provider.queued) == (10, 10)
        ws.sleep(IMAGE_AT_HEAD + 0.5)
        assert admitted(world, function, 1) == []  # two have a claim, eight wait for room
        world.manager.wait_all(calls)

    results = world.run(main)
    assert starts(calls) == near(*(IMAGE_THERE + late for late in (0, 0, 1, 1, 2, 2, 3, 3, 4, 4)))
    assert list(results.containers["claimed"]) == near(IMAGE_AT_HEAD, IMAGE_AT_HEAD)
    assert list(results.invocations.names("state")) == ["COMPLETED"] * 10 + ["REFUSED"]


def test_R30_no_queue_at_all() -> None:
    world = World(nodes=1, cores=2, queue_capacity=0, images_at_head=True)
    function = world.function()

    def main() -> None:
        first = world.manager.invoke(function, 5.0)
        assert first.state == ws.InvocationState.QUEUED  # for its claim
        world.manager.invoke(function, 1.0)
        with pytest.raises(ws.InvocationRefused, match=r"provider.*'nap'.*queue_capacity is 0"):
            world.manager.invoke(function, 1.0)
        ws.sleep(FROM_HEAD + 2)
        world.manager.invoke(function, 1.0)  # the second one's container is idle

    assert world.run(main).summary()["completed"] == 3


def test_R30_refused_calls_leave_no_trace_but_their_record() -> None:
    world = World(nodes=1, cores=1, queue_capacity=0, images_at_head=True)
    function = world.function()

    def main() -> None:
        call = world.manager.invoke(function, 1.0)
        before = world.provider.queued, world.provider.running
        assert admitted(world, function, 100) == []
        assert (world.provider.queued, world.provider.running) == before
        world.manager.wait_one(call)

    table = world.run(main).invocations
    assert table.row_count == 101
    assert all(math.isnan(date) for date in table["admitted"][1:])
    assert list(table["ended"][1:]) == [0.0] * 100


def test_R31_no_more_are_under_way_than_max_concurrency() -> None:
    world = World(nodes=1, cores=4, max_concurrency=3)
    function = world.function()

    def main() -> None:
        calls = admitted(world, function, 10)
        assert len(calls) == 3
        with pytest.raises(ws.InvocationRefused, match=r"'nap'.* 3 invocations are under way.*max_concurrency is 3"):
            world.manager.invoke(function, 1.0)
        world.manager.wait_all(calls)
        assert len(admitted(world, function, 10)) == 3

    world.run(main)


def test_R31_queued_calls_count() -> None:
    world = World(nodes=1, cores=1, max_concurrency=3)
    function = world.function()

    def main() -> None:
        assert len(admitted(world, function, 10)) == 3
        assert world.provider.queued == 3
        ws.sleep(IMAGE_THERE + 0.5)
        assert (world.provider.queued, world.provider.running) == (2, 1)
        assert admitted(world, function, 1) == []

    world.run(main)


def test_R31_a_function_can_always_use_its_reservation_and_never_more() -> None:
    world = World(nodes=2, cores=8, max_concurrency=6)
    mine = world.function(name="mine", reserved_concurrency=2)
    one, two = world.function(name="one"), world.function(name="two")
    assert (mine.reserved_concurrency, one.reserved_concurrency) == (2, None)

    def main() -> None:
        assert len(admitted(world, one, 3)) == 3
        assert len(admitted(world, two, 3)) == 1  # together four: two are reserved
        assert len(admitted(world, mine, 5)) == 2
        with pytest.raises(ws.InvocationRefused, match=r"'mine'.* 2 of its invocations.*reserved_concurrency is 2"):
            world.manager.invoke(mine, 1.0)
        with pytest.raises(ws.InvocationRefused, match=r"'two'.* 4 invocations.*is 6, of which 2 are reserved"):
            world.manager.invoke(two, 1.0)

    world.run(main)


def test_R31_a_reservation_of_0_refuses_all() -> None:
    world = World()
    function = world.function(reserved_concurrency=0)
    with pytest.raises(ws.InvocationRefused, match="reserved_concurrency is 0"):
        world.call(function, 1.0)


def test_R31_reservations_without_a_maximum_only_cap() -> None:
    world = World(nodes=2, cores=8)
    mine, other = world.function(name="mine", reserved_concurrency=2), world.function(name="other")

    def main() -> None:
        assert len(admitted(world, mine, 5)) == 2
        assert len(admitted(world, other, 20)) == 20

    world.run(main)


def test_R31_R12_reservations_may_not_exceed_max_concurrency() -> None:
    world = World(max_concurrency=5)
    world.function(name="one", reserved_concurrency=3)
    with pytest.raises(
        ws.RegistrationRefused, match=r"concurrency of 3 .*'two'.*max_concurrency is 5.* 3 are reserved"
    ):
        world.function(name="two", reserved_concurrency=3)
    world.function(name="two", reserved_concurrency=2)  # it left no trace
    with pytest.raises(ws.InvocationRefused, match="of which 5 are reserved"):
        world.call(world.function(name="three"), 1.0)


def test_R31_R25_R24_failed_and_timed_out_ones_give_their_place_back() -> None:
    world = World(nodes=1, max_concurrency=1)

    def body(input: str, storage: ws.StorageService) -> None:
        ws.sleep(10 if input == "slow" else 0)
        raise LookupError

    function = world.function(body, time_limit=1)

    def main() -> None:
        for input in ("fast", "slow", "fast"):
            world.manager.wait_one(world.manager.invoke(function, input))

    assert list(world.run(main).invocations.names("state")) == ["FAILED", "TIMED_OUT", "FAILED"]


@pytest.mark.parametrize("name", ["max_concurrency", "queue_capacity"])
@pytest.mark.parametrize("wrong", [-1, 1.5, "2", math.nan, True])
def test_R30_R31_a_wrong_number_is_an_error_that_names_it(name: str, wrong: object) -> None:
    with pytest.raises((ValueError, TypeError), match=name):
        World(**{name: wrong})


@pytest.mark.parametrize("wrong", [-1, 1.5, "2", math.nan, True])
def test_R31_a_wrong_reservation_is_an_error_that_names_it(wrong: object) -> None:
    with pytest.raises((ValueError, TypeError), match="reserved_concurrency"):
        World().function(reserved_concurrency=wrong)


def test_R31_0_at_all_is_an_error_and_infinity_no_limit() -> None:
    with pytest.raises(ValueError, match="max_concurrency is 0"):
        World(max_concurrency=0)
    world = World(nodes=1, max_concurrency=math.inf)
    assert len(world.call(world.function(), *[0.1] * 50)) == 50


Call = tuple[float, int, float]  # seconds after the last one, function, seconds


@settings(max_examples=30)
@given(
    st.integers(3, 6),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 2), st.floats(0, 2)), min_size=1, max_size=40),
)
def test_R31_at_any_date_all_keep_within_their_limits(most: int, calls: list[Call]) -> None:
    world = World(nodes=2, cores=3, max_concurrency=most)
    reserved = (2, None, None)
    functions = [world.function(name=f"f{i}", reserved_concurrency=limit) for i, limit in enumerate(reserved)]

    def main() -> None:
        for gap, index, seconds in calls:
            ws.sleep(gap)
            admitted(world, functions[index], 1, seconds)

    table = world.run(main).invocations
    for row, date in enumerate(table["requested"]):
        if date in table["ended"][:row]:
            continue  # which was first?
        before = [
            other for other in range(row) if table["admitted"][other] <= date and not table["ended"][other] <= date
        ]
        mine = [other for other in before if table["function"][other] == 0]
        under_way, limit = (len(mine), 2) if table["function"][row] == 0 else (len(before) - len(mine), most - 2)
        assert (table.names("state")[row] == "REFUSED") == (under_way >= limit)
