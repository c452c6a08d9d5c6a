"""R33: how fast a function may get new containers. Times as in world.py; most images are at the head from the start."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import IMAGE_AT_HEAD, IMAGE_THERE, World, near

import wrench_serverless as ws


def claims(world: World, function: ws.RegisteredFunction, count: int, seconds: float) -> list[float]:
    world.call(function, *[seconds] * count)
    return list(world.sim.results().containers["claimed"])


def test_R33_first_the_burst_then_the_rate() -> None:
    world = World(nodes=2, cores=8, burst_limit=3, burst_rate=0.5, images_at_head=True)
    assert claims(world, world.function(), 6, 100.0) == near(0, 0, 0, 2, 4, 6)


def test_R33_R30_calls_at_the_head_take_their_tokens_before_there_are_claims() -> None:
    world = World(nodes=2, cores=8, burst_limit=3, burst_rate=0.5)
    assert claims(world, world.function(), 6, 100.0) == near(*[IMAGE_AT_HEAD] * 3, 2, 4, 6)


def test_R33_tokens_come_back_while_nobody_wants_them_up_to_the_limit() -> None:
    world = World(nodes=2, cores=16, ram="4GB", burst_limit=2, burst_rate=1, images_at_head=True)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        for count, pause in ((2, 1.5), (2, 50), (4, 0)):
            calls.extend(world.manager.invoke(function, 100.0) for _ in range(count))
            ws.sleep(pause)

    results = world.run(main)
    # 1.5 tokens at 1.5 s: one goes, and the half is a whole one 0.5 s later. At 51.5 s there are two, not more.
    assert list(results.containers["claimed"]) == near(0, 0, 1.5, 2, 51.5, 51.5, 52.5, 53.5)


def test_R33_each_function_has_its_own_bucket() -> None:
    world = World(nodes=2, cores=8, burst_limit=1, burst_rate=0.1, images_at_head=True)
    one, two = world.function(name="one"), world.function(name="two")

    def main() -> None:
        for function in (one, one, two):
            world.manager.invoke(function, 100.0)

    table = world.run(main).containers
    assert list(zip(table.names("function"), table["claimed"], strict=True)) == [("one", 0), ("two", 0), ("one", 10)]


def test_R33_warm_containers_need_no_token() -> None:
    world = World(nodes=1, cores=2, burst_limit=1, burst_rate=0.001)
    function = world.function()
    calls = world.call(function, 1.0, 1.0, 1.0)
    assert [call.started for call in calls] == near(IMAGE_THERE, IMAGE_THERE + 1, IMAGE_THERE + 2)
    assert world.sim.results().containers.row_count == 1


def test_R33_R30_without_a_token_a_call_is_refused_where_the_queue_is_full() -> None:
    world = World(nodes=2, cores=8, burst_limit=2, burst_rate=1, queue_capacity=0)
    function = world.function()

    def main() -> None:
        for _ in range(2):
            world.manager.invoke(function, 100.0)
        with pytest.raises(ws.InvocationRefused, match=r"burst_limit.* is used up.*queue_capacity is 0"):
            world.manager.invoke(function, 1.0)
        ws.sleep(0.999)
        with pytest.raises(ws.InvocationRefused):
            world.manager.invoke(function, 1.0)
        ws.sleep(0.001)
        world.manager.invoke(function, 1.0)

    assert world.run(main).summary()["completed"] == 3


def test_R33_with_several_at_once_a_container_takes_one_token() -> None:
    world = World(nodes=2, cores=8, concurrency=4, burst_limit=2, burst_rate=1, images_at_head=True)
    assert claims(world, world.function(), 12, 100.0) == near(0, 0, 1)


def test_R33_R32_provisioned_containers_take_none() -> None:
    world = World(nodes=2, cores=8, burst_limit=1, burst_rate=1, images_at_head=True)
    assert claims(world, world.function(provisioned_concurrency=4), 6, 100.0) == near(0, 0, 0, 0, 0, 1)


def test_R33_a_token_without_room_is_used_when_there_is_some() -> None:
    world = World(nodes=1, cores=1, burst_limit=1, burst_rate=0.25, keep_alive=0)
    function = world.function()
    calls = world.call(function, 20.0, 1.0)
    assert calls[1].assigned == pytest.approx(IMAGE_THERE + 20)


def test_R33_R38_no_deadlock_while_tokens_come() -> None:
    world = World(nodes=1, cores=4, burst_limit=1, burst_rate=1e-6)
    assert claims(world, world.function(), 2, 10 * 1e6)[1] == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"burst_limit": 10}, "burst_rate"),
        ({"burst_rate": 10}, "burst_limit"),
        ({"burst_limit": 0, "burst_rate": 1}, "burst_limit is 0"),
        ({"burst_limit": 1.5, "burst_rate": 1}, "burst_limit"),
        *(({"burst_limit": 1, "burst_rate": rate}, "burst_rate") for rate in (0, -1, math.inf, math.nan, "1", True)),
    ],
)
def test_R33_wrong_options_are_errors_that_name_them(options: dict[str, object], match: str) -> None:
    with pytest.raises((ValueError, TypeError), match=match):
        World(**options)


@settings(max_examples=30)
@given(st.integers(1, 5), st.floats(0.1, 5), st.lists(st.floats(0, 3), min_size=1, max_size=25))
def test_R33_in_no_stretch_of_time_are_there_more_than_the_bucket_allows(
    limit: int, rate: float, gaps: list[float]
) -> None:
    world = World(nodes=4, cores=16, ram="8GB", burst_limit=limit, burst_rate=rate, images_at_head=True)
    function = world.function()

    def main() -> None:
        for gap in gaps:
            ws.sleep(gap)
            world.manager.invoke(function, 1000.0)

    table = world.run(main)
    dates = list(table.containers["claimed"])
    assert len(dates) == len(gaps)  # all get one in the end
    for first in range(len(dates)):
        for last in range(first, len(dates)):
            assert last - first + 1 <= limit + rate * (dates[last] - dates[first]) + 1e-6
    # And none waits longer than it has to: a bucket computed step by step gives the same dates.
    tokens, then = float(limit), 0.0
    for requested, claimed in zip(table.invocations["requested"], dates, strict=True):
        now = max(requested, then)
        tokens = min(limit, tokens + (now - then) * rate)
        if tokens < 1:
            now += (1 - tokens) / rate
            tokens = 1
        assert claimed == pytest.approx(now, abs=1e-6)
        tokens, then = tokens - 1, now


def test_R33_containers_that_a_scaling_policy_wants_take_tokens() -> None:
    class Four(ws.ScalingPolicy):
        period = 1.0

        def desired(self, function: ws.FunctionLoad) -> int:
            return 4

    world = World(nodes=4, scaling=Four(), burst_limit=1, burst_rate=0.1, images_at_head=True)
    function = world.function(image=world.image("empty", "0B", "0B"))

    def main() -> None:
        world.manager.wait_one(world.manager.invoke(function, 50.0))

    claimed = sorted(world.run(main).containers["claimed"].tolist())
    # One at once, and each other one at the first tick after there is a token.
    assert claimed == near(0, 10, 20, 30) or claimed == near(0, 11, 21, 31)
