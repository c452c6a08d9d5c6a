"""R13 to R15 from Python: the head, its answers, and what travels."""

from __future__ import annotations

import math

import pytest
from world import IMAGE_THERE, World, nap, near, starts

import wrench_serverless as ws


def test_R13_the_head_answers_one_at_a_time() -> None:
    world = World(cores=4, dispatch_overhead=0.1)
    function = world.function()
    answered: list[float] = []
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, 1))
        answered.append(ws.now())

    for _ in range(3):
        world.sim.add_controller("user", main)
    world.sim.run()
    assert answered == near(0.1, 0.2, 0.3)
    assert [call.admitted for call in calls] == near(0.1, 0.2, 0.3)
    assert [call.requested for call in calls] == [0, 0, 0]


def test_R13_without_overhead_the_answer_is_immediate() -> None:
    world = World()
    function = world.function()

    def main() -> None:
        call = world.manager.invoke(function, 1)
        assert (ws.now(), call.state, call.is_done) == (0, ws.InvocationState.QUEUED, False)
        assert math.isnan(call.assigned)
        assert call.node is None

    world.run(main)


def test_R14_a_function_that_is_not_registered_there() -> None:
    world = World(nodes=1, node_store="5GB", dispatch_overhead=0.5)
    other = world.sim.create_serverless_compute_service("head", ["head"], image_store="1GB", node_store="1GB")
    function = world.function()

    def main() -> None:
        with pytest.raises(ws.FunctionNotRegistered, match="'nap' is not registered at provider 'provider-2'"):
            world.manager.invoke(function, 1, provider=other)

    results = world.run(main)
    assert results.invocations["state"].tolist() == [ws.InvocationState.REFUSED]  # its record is its only trace
    assert results.summary()["refused"] == 1


def test_R14_a_provider_that_is_none_is_named() -> None:
    world = World()
    function = world.function()

    def main() -> None:
        with pytest.raises(TypeError, match="provider: give a ServerlessComputeService or None, not str"):
            world.manager.invoke(function, 1, provider="head")  # type: ignore[arg-type]

    world.run(main)


def test_R15_ingress_travels_before_the_body_and_egress_before_the_answer() -> None:
    world = World()
    function = world.function(ingress="200MB", egress="300MB")
    (call,) = world.call(function, 1.0)
    # user - head - node-0: one stream at 100 MB/s.
    assert call.assigned == pytest.approx(IMAGE_THERE)
    assert call.started == pytest.approx(IMAGE_THERE + 2)
    assert call.ended == pytest.approx(IMAGE_THERE + 2 + 1 + 3)


def test_R15_control_messages_are_real_transfers() -> None:
    world = World(control_message_size="50MB")
    function = world.function()
    times: list[float] = []

    def main() -> None:
        call = world.manager.invoke(function, 1.0)
        times.append(ws.now())  # there and back, while the image begins to come the same way
        world.manager.wait_one(call)
        times.extend([call.ended, ws.now()])

    world.run(main)
    # Request 0.5 s; the answer meets nothing on its way back but the disk-to-disk stream of the image: they share the
    # link for 1 s, then the image goes on alone.
    assert times[0] == pytest.approx(0.5 + 1.0)
    assert times[1] == pytest.approx(0.5 + 1.5 + 2 + 1)
    assert times[2] - times[1] == pytest.approx(0.5)


def test_invocations_say_what_they_are() -> None:
    world = World()
    function = world.function()
    first, second = world.call(function, 1.0, 2.0)
    assert (first.id, second.id) == (0, 1)
    assert first != second
    assert first in {first}
    assert (first.function, first.state.name, first.output) == ("nap", "COMPLETED", 1.0)
    assert first.failure is None
    assert repr(first) == "<Invocation 0 of 'nap': COMPLETED>"
    assert (first.is_done, first.is_running) == (True, False)


def test_any_object_is_input_and_output() -> None:
    world = World()
    seen: list[object] = []

    def echo(input: object, storage: ws.StorageService) -> object:
        seen.append(input)
        return input

    function = world.function(echo)
    given = [None, 1, "text", {"a": [1]}, object(), nap]
    calls = world.call(function, *given)
    assert all(a is b for a, b in zip(seen, given, strict=True))
    assert all(call.output is b for call, b in zip(calls, given, strict=True))


def test_the_same_controller_may_invoke_and_wait_at_once() -> None:
    world = World(cold_start_overhead=0.5)
    function = world.function()
    calls = world.call(function, 1.0, 1.0)
    assert starts(calls) == near(3.5, 3.5)
