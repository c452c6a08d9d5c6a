"""Bodies that invoke functions, their own too; more deeply than there are slots (R38). Times as in world.py."""

from __future__ import annotations

import re

import pytest
from world import World, near

import wrench_serverless as ws


def recursive(world: World) -> ws.RegisteredFunction:
    """Its input says how often it calls itself."""
    registered: list[ws.RegisteredFunction] = []

    def body(depth: int, _storage: ws.StorageService) -> int:
        if depth == 0:
            return 0
        inner = world.manager.invoke(registered[0], depth - 1)
        world.manager.wait_one(inner)
        assert isinstance(inner.output, int)
        return inner.output + 1

    registered.append(world.function(body, "recursive"))
    return registered[0]


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_a_function_calls_itself_as_deeply_as_there_are_slots(depth: int) -> None:
    world = World(nodes=2, cores=2)
    (call,) = world.call(recursive(world), depth)
    assert (call.state, call.output) == (ws.InvocationState.COMPLETED, depth)


def test_R38_a_function_that_calls_itself_more_deeply_is_a_deadlock_that_says_who_waits() -> None:
    world = World(nodes=1, cores=2)
    function = recursive(world)
    with pytest.raises(ws.Deadlock) as caught:
        world.call(function, 2)
    text = str(caught.value)
    assert re.search(r"controller '\w+' on user waits for invocation 0", text)
    assert "body 'recursive' on node-0 (invocation 0) waits for invocation 1" in text
    assert "body 'recursive' on node-0 (invocation 1) waits for invocation 2" in text
    assert "invocation 2 of function 'recursive': no container of provider 'provider' is free" in text


def test_R24_a_time_limit_ends_what_would_be_a_deadlock() -> None:
    world = World(nodes=1, cores=1)
    calls: list[ws.Invocation] = []
    inner = world.function(name="inner")

    def body(_input: object, _storage: ws.StorageService) -> None:
        calls.append(world.manager.invoke(inner, 1.0))
        world.manager.wait_one(calls[0])

    outer = world.function(body, "outer", time_limit=5)
    (call,) = world.call(outer, None)
    assert call.state == ws.InvocationState.TIMED_OUT
    assert calls[0].admitted == pytest.approx(3)
    assert not calls[0].is_done or calls[0].started >= 8


def test_observers_may_turn_nodes_off() -> None:
    """Chaos, seen from Python: the first container's node goes off as soon as it is ready."""
    world = World(nodes=2)
    world.sim.on_container_start(lambda event: world.sim.host("node-0").turn_off() if event.node == "node-0" else None)
    function = world.function()
    calls: list[ws.Invocation] = []

    def main() -> None:
        for _ in range(2):
            calls.append(world.manager.invoke(function, 1.0))
            world.manager.wait_one(calls[-1])

    world.run(main)
    assert [call.state.name for call in calls] == ["FAILED", "COMPLETED"]
    assert [calls[0].ended, calls[1].started] == near(3, 5)
    assert isinstance(calls[0].failure, ws.HostFailure)
