"""R35: attempts after the first, asynchronous calls, and dead letters. Times as in world.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import IMAGE_THERE, World, near

import wrench_serverless as ws

FAILED, TIMED_OUT, REFUSED = ws.InvocationState.FAILED, ws.InvocationState.TIMED_OUT, ws.InvocationState.REFUSED


class Body:
    """Sleeps a second, and fails so often before it returns."""

    def __init__(self, failures: int = 0, seconds: float = 1.0) -> None:
        self.failures, self.seconds = failures, seconds
        self.started: list[float] = []

    def __call__(self, input: Any, storage: ws.StorageService) -> int:
        self.started.append(ws.now())
        assert not storage.files
        storage.create_file("file", 1)
        ws.sleep(self.seconds)
        if len(self.started) <= self.failures:
            raise LookupError(len(self.started))
        return len(self.started)


def test_R35_a_failed_body_is_tried_again_until_it_succeeds() -> None:
    world, body = World(nodes=1), Body(failures=2)
    (call,) = world.call(world.function(body, "f", retries=3), None)
    assert call.state == ws.InvocationState.COMPLETED
    assert (call.output, call.failure, call.attempts) == (3, None, 3)
    assert body.started == near(IMAGE_THERE, IMAGE_THERE + 1, IMAGE_THERE + 2)
    table = world.sim.results().invocations
    assert list(table["attempts"]) == [3]
    assert list(table["billed_seconds"]) == near(3)  # of all attempts
    assert (call.admitted, call.started, call.ended, call.cold) == (0, 5, 6, False)


@pytest.mark.parametrize(
    ("delay", "starts"),
    [(2, [0, 3, 6, 9]), ("1500ms", [0, 2.5, 5, 7.5]), ([1, "2s"], [0, 2, 5, 8]), ([0], [0, 1, 2, 3])],
)
def test_R35_delays_before_the_attempts(delay: Any, starts: list[float]) -> None:
    world, body = World(nodes=1), Body(failures=100)
    function = world.function(body, "f", retries=ws.Retries(3, delay))
    (call,) = world.call(function, None)
    assert body.started == near(*(IMAGE_THERE + start for start in starts))
    assert (call.state, call.attempts) == (FAILED, 4)
    assert isinstance(call.failure, LookupError)
    assert call.failure.args == (4,)
    assert function.dead_letters == [call]


def test_R35_without_retries_there_is_one_attempt_and_no_dead_letter() -> None:
    world, body = World(nodes=1), Body(failures=1)
    function = world.function(body, "f")
    assert function.retries is None
    (call,) = world.call(function, None)
    assert (call.attempts, call.state, function.dead_letters) == (1, FAILED, [])


def test_R35_none_at_all_still_has_dead_letters() -> None:
    world = World(nodes=1, cores=1)
    function = world.function(Body(failures=1), "f", retries=0)
    first, second = world.call(function, None, None)
    assert (first.state, second.state) == (FAILED, ws.InvocationState.COMPLETED)
    assert function.dead_letters == [first]


def test_R35_only_the_outcomes_asked_for() -> None:
    world = World(nodes=1, cores=4)
    slow, failing = Body(seconds=10), Body(failures=10)
    retries = ws.Retries(1, on=[TIMED_OUT])
    one = world.function(slow, "slow", time_limit=2, retries=retries)
    two = world.function(failing, "failing", time_limit=2, retries=retries)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(world.manager.invoke(function) for function in (one, two))
        world.manager.wait_all(calls)

    world.run(main)
    assert [(call.state, call.attempts) for call in calls] == [(TIMED_OUT, 2), (FAILED, 1)]
    assert slow.started == near(IMAGE_THERE, IMAGE_THERE + 2)
    assert (one.dead_letters, two.dead_letters) == ([calls[0]], [calls[1]])


def test_R35_R24_the_limit_of_an_attempt_does_not_end_the_next_one() -> None:
    world = World(nodes=1)
    body = Body(failures=1, seconds=1.5)
    (call,) = world.call(world.function(body, "f", time_limit=2, retries=1), None)
    assert call.state == ws.InvocationState.COMPLETED
    assert call.ended == pytest.approx(IMAGE_THERE + 3)


def test_R35_R37_another_node_takes_what_a_host_failure_ended() -> None:
    world, body = World(nodes=2), Body(seconds=10)
    function = world.function(body, "f", retries=1)
    world.sim.at(IMAGE_THERE + 1, world.sim.host("node-0").turn_off)
    (call,) = world.call(function, None)
    assert (call.state, call.node, call.attempts) == (ws.InvocationState.COMPLETED, "node-1", 2)


def test_R35_a_refused_call_of_invoke_is_answered_with_its_invocation_if_it_is_tried_again() -> None:
    world = World(nodes=1, cores=4, max_concurrency=1)
    function = world.function(Body(), "f", retries=ws.Retries(5, delay=2))

    def main() -> None:
        first, second = (world.manager.invoke(function) for _ in range(2))
        assert second.state == ws.InvocationState.QUEUED
        assert (world.provider.queued, world.provider.running) == (1, 0)  # it is in no queue of the provider
        world.manager.wait_all([first, second])
        assert (first.attempts, second.attempts) == (1, 3)
        assert second.admitted == second.started == pytest.approx(4)

    world.run(main)
    assert function.dead_letters == []


def test_R35_after_the_last_refusal_it_ends_refused_and_is_a_dead_letter() -> None:
    world = World(nodes=1, cores=4, max_concurrency=1)
    function = world.function(Body(seconds=100), "f", retries=ws.Retries(2, delay=1))

    def main() -> None:
        world.manager.invoke(function)
        second = world.manager.invoke(function)
        assert world.manager.wait_one(second) == REFUSED
        assert (ws.now(), second.attempts, second.ended) == (2, 3, 2)
        assert isinstance(second.failure, ws.InvocationRefused)
        assert math.isnan(second.admitted)
        assert function.dead_letters == [second]

    world.run(main)


def test_R35_invoke_async_does_not_raise_when_it_is_refused() -> None:
    world = World(nodes=1, cores=1, queue_capacity=0, images_at_head=True)
    function = world.function(Body(), "f")

    def main() -> None:
        world.manager.invoke(function)
        with pytest.raises(ws.InvocationRefused):
            world.manager.invoke(function)
        call = world.manager.invoke_async(function)
        assert call.state == REFUSED
        assert isinstance(call.failure, ws.InvocationRefused)
        assert world.manager.wait_all([call]) == [REFUSED]

    world.run(main)
    assert function.dead_letters == []


def test_R35_invoke_async_of_what_is_not_there_raises() -> None:
    world = World(nodes=1, node_store="5GB", node_memory="500MB")
    function = world.function(Body(), "f")
    other = world.sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB", node_store="1GB")

    def main() -> None:
        with pytest.raises(ws.FunctionNotRegistered):
            world.manager.invoke_async(function, provider=other)
        world.sim.host("head").turn_off()
        with pytest.raises(ws.HostFailure):
            world.manager.invoke_async(function)

    world.run(main)


@pytest.mark.parametrize("options", [{}, {"dispatch_overhead": 0.25}, {"control_message_size": "25MB"}])
def test_R35_asynchronous_calls_wait_for_the_heads_answer_and_can_be_waited_for(options: dict[str, Any]) -> None:
    world = World(nodes=1, cores=4, max_concurrency=1, **options)
    function = world.function(Body(), "f", retries=ws.Retries(2, delay=0.5))

    def main() -> None:
        calls = [world.manager.invoke_async(function) for _ in range(2)]
        if options:
            assert ws.now() >= 0.5
        else:
            assert ws.now() == 0
        assert world.manager.wait_all(calls) == [ws.InvocationState.COMPLETED, REFUSED]
        assert [call.attempts for call in calls] == [1, 3]
        assert function.dead_letters == [calls[1]]

    world.run(main)


def test_R35_retries_for_asynchronous_calls_only() -> None:
    world = World(nodes=1)
    body = Body(failures=100)
    function = world.function(body, "f", retries=ws.Retries(2, only_async=True))

    def main() -> None:
        calls = [world.manager.invoke(function), world.manager.invoke_async(function)]
        world.manager.wait_all(calls)
        assert [call.attempts for call in calls] == [1, 3]
        assert function.dead_letters == calls or function.dead_letters == calls[::-1]

    world.run(main)


def test_R35_R13_each_attempt_takes_its_turn_at_the_head() -> None:
    world, body = World(nodes=1, dispatch_overhead=0.5), Body(failures=1)
    world.call(world.function(body, "f", retries=1), None)
    assert body.started == near(0.5 + IMAGE_THERE, 0.5 + IMAGE_THERE + 1 + 0.5)


def test_R35_R37_an_attempt_while_the_head_is_off_is_refused_and_tried_again() -> None:
    world, body = World(nodes=1), Body(failures=1)
    head = world.sim.host("head")
    world.sim.at(IMAGE_THERE + 0.5, head.turn_off)
    world.sim.at(IMAGE_THERE + 2.5, head.turn_on)
    (call,) = world.call(world.function(body, "f", retries=ws.Retries(5, delay=1)), None)
    assert (call.state, call.attempts) == (ws.InvocationState.COMPLETED, 3)


def test_R35_nothing_of_an_attempt_that_started_is_left_where_the_next_one_did_not() -> None:
    world = World(nodes=1)
    function = world.function(Body(failures=100), "f", retries=ws.Retries(1, 10, {FAILED, REFUSED}))
    world.sim.at(IMAGE_THERE + 5, lambda: world.sim.host("head").turn_off())
    (call,) = world.call(function, None)
    assert (call.state, call.attempts) == (REFUSED, 2)
    table = world.sim.results().invocations
    assert (list(table["state"]), list(table["attempts"])) == ([call.state], [2])
    assert math.isnan(table["started"][0]) and math.isnan(table["assigned"][0])


def test_R35_R21_an_image_that_did_not_come_is_tried_again() -> None:
    world, body = World(nodes=1), Body()
    link = world.sim.link("to-user")
    world.sim.at(0.5, link.turn_off)
    world.sim.at(5, link.turn_on)
    (call,) = world.call(world.function(body, "f", retries=ws.Retries(2, delay=10)), None)
    assert (call.attempts, call.started) == (2, pytest.approx(10.5 + IMAGE_THERE))


def test_R35_R26_observers_see_each_attempt_and_one_end() -> None:
    world = World(nodes=1)
    states: list[str] = []
    world.sim.on_invocation_state(lambda call: states.append(call.state.name))
    world.call(world.function(Body(failures=1), "f", retries=2), None)
    assert states == ["QUEUED", "STARTING", "RUNNING", "QUEUED", "STARTING", "RUNNING", "COMPLETED"]


def test_R35_wait_for_one_between_two_attempts_and_a_timeout() -> None:
    world = World(nodes=1)
    function = world.function(Body(failures=1), "f", retries=ws.Retries(1, delay=10))

    def main() -> None:
        call = world.manager.invoke(function)
        ws.sleep(IMAGE_THERE + 5)
        assert (call.state, call.node) == (ws.InvocationState.QUEUED, None)
        with pytest.raises(ws.WaitTimeout):
            world.manager.wait_one(call, timeout=1)
        assert world.manager.wait_one(call) == ws.InvocationState.COMPLETED

    world.run(main)


def test_R35_the_simulation_goes_on_while_somebody_is_to_be_tried_again() -> None:
    world = World(nodes=1)
    function = world.function(Body(failures=1), "f", retries=ws.Retries(1, delay=1000))
    results = world.run(lambda: world.manager.invoke_async(function))
    assert results.now == pytest.approx(IMAGE_THERE + 1002)


def test_R35_dead_letters_go_with_the_simulation() -> None:
    world = World(nodes=1)
    function = world.function(Body(failures=1), "f", retries=0)
    world.call(function, None)
    assert len(function.dead_letters) == 1
    world.sim.close()
    assert function.dead_letters == []


def test_R35_what_retries_are() -> None:
    retries = ws.Retries(2, ["1min", 120.0], on=[REFUSED, FAILED], only_async=True)
    assert (retries.count, retries.delays, retries.on, retries.only_async) == (2, [60, 120], [FAILED, REFUSED], True)
    assert ws.Retries(1).on == [FAILED, TIMED_OUT, REFUSED]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"count": -1}, "count"),
        ({"count": 1.5}, "count"),
        ({"count": 65535}, "count"),
        ({"count": math.inf}, "count"),
        ({"count": "2"}, "count"),
        ({"count": 1, "delay": -1}, "delay"),
        ({"count": 1, "delay": math.inf}, "delay"),
        ({"count": 1, "delay": []}, "delay"),
        ({"count": 1, "delay": ["soon"]}, "delay"),
        ({"count": 1, "delay": None}, "delay"),
        ({"count": 1, "on": [ws.InvocationState.COMPLETED]}, "on has COMPLETED"),
        ({"count": 1, "on": ["FAILED"]}, "on: give InvocationStates"),
    ],
)
def test_R35_wrong_retries_are_errors_that_name_what_is_wrong(arguments: dict[str, Any], match: str) -> None:
    with pytest.raises((ValueError, TypeError), match=match):
        ws.Retries(**arguments)


Plan = tuple[float, int, bool, float]  # seconds after the last call, failures, asynchronous, seconds of the body


@settings(max_examples=30)
@given(
    st.integers(1, 3),
    st.integers(0, 3),
    st.lists(st.tuples(st.floats(0, 2), st.integers(0, 5), st.booleans(), st.floats(0, 2)), min_size=1, max_size=20),
)
def test_R35_R26_every_call_ends_once_with_the_attempts_that_it_may_have(
    most: int, count: int, plans: list[Plan]
) -> None:
    world = World(nodes=2, cores=2, max_concurrency=most, cold_start_overhead=0.1)
    attempts: dict[int, int] = {}

    def body(input: tuple[int, int, float], storage: ws.StorageService) -> None:
        number, failures, seconds = input
        attempts[number] = attempts.get(number, 0) + 1
        ws.sleep(seconds)
        if attempts[number] <= failures:
            raise LookupError

    function = world.function(body, time_limit=1.5, retries=ws.Retries(count, delay=0.3))
    ends: dict[int, int] = {}

    @world.sim.on_invocation_state
    def count_ends(call: ws.Invocation) -> None:
        ends[call.id] = ends.get(call.id, 0) + call.is_done

    calls: list[ws.Invocation] = []

    def main() -> None:
        for number, (gap, failures, asynchronous, seconds) in enumerate(plans):
            ws.sleep(gap)
            invoke = world.manager.invoke_async if asynchronous else world.manager.invoke
            try:
                calls.append(invoke(function, (number, failures, seconds)))
            except ws.InvocationRefused:
                assert count == 0
        world.manager.wait_all(calls)

    table = world.run(main).invocations
    assert all(ended == 1 for ended in ends.values())
    assert len(ends) == len(plans)
    assert all(1 <= tries <= count + 1 for tries in table["attempts"])
    lost = table["id"][table["state"] != ws.InvocationState.COMPLETED]  # those as well that invoke() raised for
    assert np.all(table["attempts"][table["state"] != ws.InvocationState.COMPLETED] == count + 1)
    assert sorted(call.id for call in function.dead_letters) == lost.tolist()


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("message", [0, 1000])
def test_R35_R37_a_call_whose_head_is_off_is_tried_again(asynchronous: bool, message: int) -> None:
    world = World(control_message_size=message)
    function = world.function(retries=ws.Retries(3, delay=2))
    calls: list[ws.Invocation] = []

    def main() -> None:
        world.sim.host("head").turn_off()
        calls.append((world.manager.invoke_async if asynchronous else world.manager.invoke)(function, 1.0))
        assert ws.now() == pytest.approx(0, abs=1e-3)  # no head takes time to answer
        ws.sleep(3)
        world.sim.host("head").turn_on()
        world.manager.wait_all(calls)

    world.run(main)
    assert calls[0].state == ws.InvocationState.COMPLETED
    assert calls[0].attempts == 3  # at 0, 2 and 4 s
    assert calls[0].started == pytest.approx(4 + IMAGE_THERE, abs=1e-3)
    assert not function.dead_letters


def test_R35_R37_a_replayed_call_whose_head_is_off_is_tried_again_or_a_dead_letter() -> None:
    world = World()
    function = world.function(ws.Profile(ws.Sleep()), "f", retries=ws.Retries(1, delay=2))
    world.sim.at(4, world.sim.host("head").turn_off)
    world.sim.at(10, world.sim.host("head").turn_on)
    world.manager.replay(ws.Workload(function, [0.0, 5.0, 9.0], [0.5, 0.5, 0.5]))
    table = world.sim.run().invocations
    assert table["state"].tolist() == [
        ws.InvocationState.COMPLETED, ws.InvocationState.REFUSED, ws.InvocationState.COMPLETED
    ]  # fmt: skip
    assert table["attempts"].tolist() == [1, 2, 2]
    (letter,) = function.dead_letters
    assert letter.id == 1
    assert isinstance(letter.failure, ws.HostFailure)


@pytest.mark.parametrize("count", [0, 1])
def test_R35_R31_a_refused_call_is_a_dead_letter_however_it_was_made(count: int) -> None:
    world = World(max_concurrency=1)
    function = world.function(retries=ws.Retries(count, delay=1))

    def main() -> None:
        busy = world.manager.invoke(function, 100.0)
        world.manager.invoke_async(function, 1.0)
        if count == 0:
            with pytest.raises(ws.InvocationRefused):
                world.manager.invoke(function, 1.0)
        else:
            world.manager.invoke(function, 1.0)
        world.manager.wait_one(busy)

    world.run(main)
    assert [letter.id for letter in function.dead_letters] == [1, 2]
    assert all(isinstance(letter.failure, ws.InvocationRefused) for letter in function.dead_letters)
    assert all(letter.attempts == count + 1 for letter in function.dead_letters)
