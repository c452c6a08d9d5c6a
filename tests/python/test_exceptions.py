"""Exceptions in bodies and controllers: where they go, with what traceback, and who swallows what."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from greenlet import GreenletExit
from world import IMAGE_THERE, World

import wrench_serverless as ws


def lines_of(failure: BaseException | None) -> list[str]:
    assert failure is not None
    return [frame.line or "" for frame in traceback.extract_tb(failure.__traceback__)]


def test_the_traceback_of_a_body_reaches_its_line() -> None:
    world = World()

    def inner() -> None:
        ws.sleep(1)
        raise ValueError("inner")  # this line

    def body(input: object, storage: ws.StorageService) -> None:
        inner()

    (call,) = world.call(world.function(body), None)
    assert lines_of(call.failure) == ["inner()", 'raise ValueError("inner")  # this line']
    assert call.failure is call.failure  # one and the same object


def test_causes_and_notes_are_kept() -> None:
    world = World()

    def body(input: object, storage: ws.StorageService) -> None:
        try:
            storage.write("a", "1TB")
        except ws.StorageFull as error:
            raise RuntimeError("no room") from error

    (call,) = world.call(world.function(body), None)
    assert isinstance(call.failure, RuntimeError)
    assert isinstance(call.failure.__cause__, ws.StorageFull)
    assert lines_of(call.failure.__cause__)[0] == 'storage.write("a", "1TB")'


def test_an_exception_in_a_controller_comes_out_of_run_as_the_same_object() -> None:
    world = World()
    mine = LookupError("mine")
    tidied: list[float] = []

    def main() -> None:
        ws.sleep(2)
        raise mine

    def other() -> None:
        try:
            ws.sleep(100)
        finally:
            tidied.append(ws.now())

    world.sim.add_controller("user", other)
    with pytest.raises(LookupError) as caught:
        world.run(main)
    assert caught.value is mine
    assert "raise mine" in lines_of(mine)
    assert tidied == [2.0]
    with pytest.raises(ws.Error, match="is over"):
        world.sim.run()


@pytest.mark.parametrize("kind", [SystemExit, GreenletExit, StopIteration, StopAsyncIteration, RecursionError])
def test_odd_exceptions_fail_a_body(kind: type[BaseException]) -> None:
    world = World()

    def body(fail: bool, storage: ws.StorageService) -> None:
        ws.sleep(1)
        if fail:
            raise kind("odd")

    bad, good = world.call(world.function(body), True, False)
    assert (bad.state.name, good.state.name) == ("FAILED", "COMPLETED")
    assert type(bad.failure) is kind


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GreenletExit, StopIteration])
def test_odd_exceptions_of_a_controller_come_out_of_run(kind: type[BaseException]) -> None:
    world = World()

    def main() -> None:
        ws.sleep(1)
        raise kind("odd")

    with pytest.raises(kind, match="odd"):
        world.run(main)
    again = World()
    assert [call.state.name for call in again.call(again.function(), 1.0)] == ["COMPLETED"]


def swallow_all(action: Callable[[], object]) -> Callable[[object, ws.StorageService], None]:
    def body(input: object, storage: ws.StorageService) -> None:
        while True:
            with contextlib.suppress(BaseException):
                action()

    return body


@pytest.mark.parametrize("operation", ["sleep", "compute", "write", "invoke", "wait"])
def test_R24_a_body_that_swallows_everything_is_stopped(operation: str) -> None:
    world = World(nodes=1, cores=2)
    inner = world.function(name="inner")
    store = world.registry
    first: list[ws.Invocation] = []

    actions: dict[str, Callable[[], object]] = {
        "sleep": lambda: ws.sleep(0.3),
        "compute": lambda: ws.compute("0.3Gf"),
        "write": lambda: store.write("a", "30MB"),
        "invoke": lambda: world.manager.wait_one(world.manager.invoke(inner, 0.3)),
        "wait": lambda: world.manager.wait_one(first[0]),
    }
    function = world.function(swallow_all(actions[operation]), time_limit=1)

    def main() -> None:
        first.append(world.manager.invoke(function, None))
        world.manager.wait_one(first[0], timeout=60)

    results = world.run(main)
    assert first[0].state.name == "TIMED_OUT"
    assert first[0].ended == pytest.approx(IMAGE_THERE + 1)
    assert isinstance(first[0].failure, ws.FunctionTimeout)
    assert len(results.invocations["id"]) < 10


def test_R24_the_container_of_a_swallower_is_used_again() -> None:
    world = World(nodes=1, cores=1)
    forever = swallow_all(lambda: ws.sleep(0.3))

    def body(bad: bool, storage: ws.StorageService) -> str:
        if bad:
            forever(None, storage)
        return "fine"

    calls = world.call(world.function(body, time_limit=1), True, False, True, False)
    assert [call.output for call in calls] == [None, "fine", None, "fine"]
    assert [call.cold for call in calls] == [True, False, False, False]
    assert calls[-1].ended == pytest.approx(IMAGE_THERE + 2)


def test_R24_a_limit_swallowed_once_is_met_again() -> None:
    world = World()
    met: list[float] = []

    def body(input: object, storage: ws.StorageService) -> str:
        for _ in range(3):
            try:
                ws.sleep(10)
            except ws.FunctionTimeout:
                met.append(ws.now())
        return "done all the same"

    (call,) = world.call(world.function(body, time_limit=2), None)
    assert met == [IMAGE_THERE + 2] * 3
    assert (call.state.name, call.output) == ("TIMED_OUT", None)


def test_swallowers_do_not_hold_up_the_end_of_a_failed_simulation() -> None:
    world = World()
    forever = swallow_all(lambda: ws.sleep(1))

    def stubborn() -> None:
        forever(None, world.registry)

    def main() -> None:
        world.manager.invoke(function, None)
        ws.sleep(10)
        raise ValueError("the end")

    function = world.function(forever)
    world.sim.add_controller("user", stubborn)
    with pytest.raises(ValueError, match="the end"):
        world.run(main)
    assert World().sim.run().now == 0


def test_finally_may_block_neither_at_the_limit_nor_at_the_end() -> None:
    world = World()
    seen: list[Any] = []

    def body(input: object, storage: ws.StorageService) -> None:
        try:
            ws.sleep(10)
        finally:
            try:
                ws.sleep(1)
            except ws.Error as error:
                seen.append(type(error))
                raise

    function = world.function(body, time_limit=1)
    later = world.function(body, name="later")

    def main() -> None:
        world.manager.wait_one(world.manager.invoke(function, None))
        world.manager.invoke(later, None)
        ws.sleep(1)
        raise ValueError("the end")

    with pytest.raises(ValueError, match="the end"):
        world.run(main)
    assert seen == [ws.FunctionTimeout, ws.Error]


def test_composition_deadlock_names_who_waits_for_what() -> None:
    # One slot: the outer body waits in it for an inner one that will never get one.
    world = World(nodes=1, cores=1)
    inner = world.function(name="inner")

    def outer(input: object, storage: ws.StorageService) -> None:
        world.manager.wait_one(world.manager.invoke(inner, 1.0))

    function = world.function(outer)
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(function, None))
        world.manager.wait_all(calls)

    with pytest.raises(ws.Deadlock) as caught:
        world.run(main)
    message = str(caught.value)
    assert "nothing can happen any more at 3 s" in message
    assert "controller 'main' on user waits for invocation 0" in message
    assert "body 'outer' on node-0 (invocation 0) waits for invocation 1" in message
    assert calls[0].state.name == "RUNNING"


def test_a_body_that_waits_for_itself_is_a_deadlock() -> None:
    world = World()

    def body(input: object, storage: ws.StorageService) -> None:
        world.manager.wait_one(ws.current_invocation())

    with pytest.raises(ws.Deadlock, match=r"\(invocation 0\) waits for invocation 0"):
        world.call(world.function(body), None)


def test_a_failure_may_be_raised_again() -> None:
    world = World()

    def body(input: object, storage: ws.StorageService) -> None:
        raise ValueError("first")

    function = world.function(body)

    def main() -> None:
        call = world.manager.invoke(function, None)
        world.manager.wait_one(call)
        assert call.failure is not None
        raise call.failure

    with pytest.raises(ValueError, match="first") as caught:
        world.run(main)
    assert 'raise ValueError("first")' in lines_of(caught.value)
    assert "raise call.failure" in lines_of(caught.value)
