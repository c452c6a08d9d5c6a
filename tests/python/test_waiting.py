"""R36 from Python: waiting for one, any, or all, with and without a timeout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from world import World

import wrench_serverless as ws


def in_main(main: Callable[[World, ws.RegisteredFunction], None], **options: int) -> World:
    """Run `main` in a controller; nothing is cold, so that a call takes as long as it says."""
    world = World(nodes=4, cores=4, **options)
    function = world.function()

    def controller() -> None:
        world.manager.wait_all([world.manager.invoke(function, 0.0) for _ in range(16)])
        ws.sleep(10 - ws.now())
        main(world, function)

    world.run(controller)
    return world


def test_R36_wait_one_returns_its_state() -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        call = world.manager.invoke(function, 2.0)
        assert world.manager.wait_one(call) is ws.InvocationState.COMPLETED
        assert ws.now() == pytest.approx(12)
        assert world.manager.wait_one(call, timeout=0) is ws.InvocationState.COMPLETED  # at once

    in_main(main)


def test_R36_wait_any_returns_those_that_have_ended() -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        calls = [world.manager.invoke(function, seconds) for seconds in (3.0, 1.0, 2.0)]
        assert world.manager.wait_any(calls) == [calls[1]]
        assert ws.now() == pytest.approx(11)
        ws.sleep(1.5)
        assert world.manager.wait_any(calls) == [calls[1], calls[2]]
        assert world.manager.wait_any([calls[0]]) == [calls[0]]
        assert ws.now() == pytest.approx(13)

    in_main(main)


def test_R36_wait_all_returns_states_in_order() -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        failing = world.function(lambda input, storage: 1 / 0, name="failing")
        calls = [world.manager.invoke(function, 2.0), world.manager.invoke(failing, None)]
        states = world.manager.wait_all(calls)
        assert [state.name for state in states] == ["COMPLETED", "FAILED"]
        assert ws.now() == pytest.approx(12)
        assert world.manager.wait_all(tuple(calls)) == states

    in_main(main)


@pytest.mark.parametrize("wait", ["one", "any", "all"])
def test_R36_a_timeout_leaves_the_invocations_alone(wait: str) -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        calls = [world.manager.invoke(function, seconds) for seconds in (5.0, 6.0)]
        with pytest.raises(ws.WaitTimeout, match=r"1\.5"):
            if wait == "one":
                world.manager.wait_one(calls[0], timeout=1.5)
            elif wait == "any":
                world.manager.wait_any(calls, timeout="1500ms")
            else:
                world.manager.wait_all(calls, 1.5)
        assert ws.now() == pytest.approx(11.5)
        assert [call.is_running for call in calls] == [True, True]
        world.manager.wait_all(calls)
        assert ws.now() == pytest.approx(16)

    in_main(main)


def test_R36_what_ends_just_in_time_is_no_timeout() -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        call = world.manager.invoke(function, 2.0)
        assert world.manager.wait_one(call, timeout=2).name == "COMPLETED"

    in_main(main)


def test_R36_a_timeout_of_zero_is_a_look() -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        call = world.manager.invoke(function, 2.0)
        with pytest.raises(ws.WaitTimeout):
            world.manager.wait_one(call, timeout=0)
        assert ws.now() == pytest.approx(10)

    in_main(main)


def test_R36_empty_lists() -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        assert world.manager.wait_all([]) == []
        with pytest.raises(ValueError, match="invocations is empty"):
            world.manager.wait_any([])
        assert ws.now() == pytest.approx(10)

    in_main(main)


def test_R36_the_same_invocation_twice() -> None:
    def main(world: World, function: ws.RegisteredFunction) -> None:
        call = world.manager.invoke(function, 2.0)
        assert world.manager.wait_any([call, call]) == [call, call]
        second = world.manager.invoke(function, 2.0)
        assert len(world.manager.wait_all([second, second, call])) == 3
        assert ws.now() == pytest.approx(14)

    in_main(main)


def test_R36_many_wait_for_one() -> None:
    world = World()
    function = world.function()
    calls: list[ws.Invocation] = []
    woken: list[tuple[int, float]] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 2.0))

    def waiter(number: int) -> None:
        ws.sleep(1)
        world.manager.wait_one(calls[0])
        woken.append((number, ws.now()))

    for number in range(10):
        world.sim.add_controller("head", waiter, number)
    world.run(main)
    assert woken == [(number, pytest.approx(5.0)) for number in range(10)]


def test_R36_one_waits_for_many() -> None:
    world = World(nodes=10, cores=100, ram="64GB", disk="200GB")
    function = world.function()
    ended = []

    def main() -> None:
        random = np.random.default_rng(2)
        calls = [world.manager.invoke(function, float(random.exponential())) for _ in range(2000)]
        while calls:
            done = world.manager.wait_any(calls)
            assert all(call.ended == done[0].ended for call in done)
            ended.extend(done)
            calls = [call for call in calls if not call.is_done]

    world.run(main)
    assert len(ended) == 2000
    assert [call.ended for call in ended] == sorted(call.ended for call in ended)


def test_bodies_invoke_and_wait() -> None:
    # A tree of calls, each of which waits for its children in its own slot.
    world = World(nodes=4, cores=16, ram="8GB")
    registered: list[ws.RegisteredFunction] = []

    def tree(depth: int, storage: ws.StorageService) -> int:
        if depth == 0:
            ws.sleep(1)
            return 1
        children = [world.manager.invoke(registered[0], depth - 1) for _ in range(3)]
        world.manager.wait_all(children)
        return sum(child.output for child in children)

    registered.append(world.function(tree))
    (call,) = world.call(registered[0], 3)
    assert call.output == 27


def test_bodies_hand_on_what_they_invoked() -> None:
    world = World(nodes=1, cores=4)
    inner = world.function()

    def outer(seconds: float, storage: ws.StorageService) -> ws.Invocation:
        return world.manager.invoke(inner, seconds)

    function = world.function(outer)

    def main() -> None:
        first = world.manager.invoke(function, 2.0)
        world.manager.wait_one(first)
        assert world.manager.wait_one(first.output).name == "COMPLETED"
        assert first.output.output == 2.0

    world.run(main)


def test_a_time_limit_while_waiting_leaves_what_was_invoked() -> None:
    world = World(nodes=1, cores=4)
    inner = world.function()
    invoked: list[ws.Invocation] = []

    def outer(seconds: float, storage: ws.StorageService) -> None:
        invoked.append(world.manager.invoke(inner, seconds))
        world.manager.wait_all(invoked)

    (call,) = world.call(world.function(outer, time_limit=1), 5.0)
    assert call.state.name == "TIMED_OUT"
    assert invoked[0].state.name == "COMPLETED"
    assert world.sim.now == pytest.approx(invoked[0].ended)  # a simulation ends with its last invocation


def test_R36_invocations_may_come_from_a_generator() -> None:
    world = World()
    function = world.function()
    seen: list[Any] = []

    def main() -> None:
        seen.append(world.manager.wait_all(world.manager.invoke(function, seconds) for seconds in (1.0, 2.0)))
        seen.append(world.manager.wait_any(iter([world.manager.invoke(function, 1.0)])))
        with pytest.raises(TypeError, match="invocations: give a list of invocations or replays, not Invocation"):
            world.manager.wait_all(world.manager.invoke(function, 1.0))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="number 1 of it is int"):
            world.manager.wait_any([world.manager.invoke(function, 1.0), 3])  # type: ignore[list-item]
        with pytest.raises(TypeError, match="invocation: give an Invocation or a Replay, not None"):
            world.manager.wait_one(None)  # type: ignore[arg-type]

    world.run(main)
    assert seen[0] == [ws.InvocationState.COMPLETED] * 2
    assert [call.state for call in seen[1]] == [ws.InvocationState.COMPLETED]
