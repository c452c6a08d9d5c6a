"""Controllers and bodies are plain Python: whatever Python can do works across a call that blocks."""

from __future__ import annotations

import contextlib
import contextvars
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import numpy as np
import pytest
from world import World

import wrench_serverless as ws


def test_generators_that_block() -> None:
    world = World()

    def steps(count: int) -> Iterator[float]:
        for _ in range(count):
            ws.sleep(1)
            yield ws.now()

    def body(count: int, storage: ws.StorageService) -> list[float]:
        return [time for time in steps(count) if time > 0]

    first, second = world.call(world.function(body), 2, 3)
    assert first.output == pytest.approx([4, 5])
    assert second.output == pytest.approx([4, 5, 6])


def test_a_generator_begun_in_one_fibre_goes_on_in_another() -> None:
    world = World()

    def clock() -> Iterator[float]:
        while True:
            ws.sleep(1)
            yield ws.now()

    shared = clock()
    seen: list[float] = []

    def main() -> None:
        seen.append(next(shared))

    def later() -> None:
        ws.sleep(5)
        seen.append(next(shared))

    world.sim.add_controller("user", main)
    world.run(later)
    assert seen == pytest.approx([1, 6])


def test_context_variables_belong_to_a_fibre() -> None:
    world = World()
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")

    def body(own: str, storage: ws.StorageService) -> str:
        before = name.get()
        name.set(own)
        ws.sleep(1)
        return f"{before} {name.get()}"

    calls = world.call(world.function(body), "a", "b", "c", "d")
    assert [call.output for call in calls] == ["nobody a", "nobody b", "nobody c", "nobody d"]
    assert name.get() == "nobody"


def test_context_variables_do_not_leak_into_the_next_body() -> None:
    world = World(nodes=1, cores=1)
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")

    def body(own: str, storage: ws.StorageService) -> str:
        before = name.get()
        name.set(own)
        return before

    assert [call.output for call in world.call(world.function(body), "a", "b", "c")] == ["nobody"] * 3


def test_context_managers_stay_with_their_fibre() -> None:
    world = World()
    entered: list[str] = []

    @contextlib.contextmanager
    def noted(what: str) -> Iterator[None]:
        entered.append(f"+{what}")
        try:
            yield
        finally:
            ws.sleep(0.1)
            entered.append(f"-{what}")

    def body(what: str, storage: ws.StorageService) -> None:
        with noted(what):
            ws.sleep(1 if what == "a" else 2)

    a, b = world.call(world.function(body), "a", "b")
    assert entered == ["+a", "+b", "-a", "-b"]
    assert (a.ended, b.ended) == (pytest.approx(4.1), pytest.approx(5.1))


def test_a_background_thread_runs_on_meanwhile() -> None:
    # It ticks while the simulation is in Python, and while it is in C++ for long.
    world = World()
    ticks = 0
    stop = threading.Event()

    def work() -> None:
        nonlocal ticks
        while not stop.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=work)
    thread.start()

    def main() -> None:
        begin = ticks
        while ticks < begin + 20:
            ws.sleep(1)

    world.run(main)
    stop.set()
    thread.join()
    assert ticks >= 20


def test_a_thread_that_a_body_starts_and_joins() -> None:
    world = World()

    def body(input: int, storage: ws.StorageService) -> int:
        result: list[int] = []
        thread = threading.Thread(target=lambda: result.append(input * input))
        thread.start()
        ws.sleep(1)
        thread.join()
        return result[0]

    assert [call.output for call in world.call(world.function(body), 2, 3)] == [4, 9]


def test_tracing_sees_every_line_of_a_body() -> None:
    # What coverage does: it must neither lose lines nor mix up frames at a switch.
    world = World()
    lines: list[int] = []

    def body(input: object, storage: ws.StorageService) -> None:
        ws.sleep(1)
        ws.sleep(1)
        ws.sleep(1)

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code is body.__code__ and event == "line":
            lines.append(frame.f_lineno - body.__code__.co_firstlineno)
        return trace

    def main() -> None:
        world.manager.wait_all([world.manager.invoke(function, None) for _ in range(3)])

    function = world.function(body)
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        world.run(main)
    finally:
        sys.settrace(before)
    assert sorted(lines) == [1] * 3 + [2] * 3 + [3] * 3


def test_a_profiler_does_not_mind() -> None:
    world = World()
    events: list[str] = []
    sys.setprofile(lambda frame, event, argument: events.append(event))
    try:
        calls = world.call(world.function(), 1.0, 2.0)
    finally:
        sys.setprofile(None)
    assert [call.output for call in calls] == [1.0, 2.0]
    assert events.count("call") > 10


def test_deep_recursion_across_switches() -> None:
    world = World()

    def down(depth: int) -> int:
        if depth == 0:
            ws.sleep(1)
            return 0
        return 1 + down(depth - 1)

    def body(depth: int, storage: ws.StorageService) -> int:
        return down(depth)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        calls = world.call(world.function(body), 5000, 7000, 9000)
    finally:
        sys.setrecursionlimit(limit)
    assert [call.output for call in calls] == [5000, 7000, 9000]
    assert all(call.ended == pytest.approx(calls[0].ended) for call in calls)


def test_endless_recursion_is_a_failure_of_that_body_alone() -> None:
    world = World()

    def down(depth: int) -> int:
        ws.sleep(0)
        return down(depth + 1)

    def body(forever: bool, storage: ws.StorageService) -> int:
        return down(0) if forever else 42

    bad, good = world.call(world.function(body), True, False)
    assert isinstance(bad.failure, RecursionError)
    assert good.output == 42


def test_recursion_through_c_code() -> None:
    # sorted() and its key function: C frames are alive at the switch.
    world = World()

    def slow(value: int) -> int:
        ws.sleep(1)
        return -value

    def body(values: list[int], storage: ws.StorageService) -> list[int]:
        return sorted(values, key=slow)

    first, second = world.call(world.function(body), [1, 3, 2], [6, 4])
    assert (first.output, second.output) == ([3, 2, 1], [6, 4])
    assert second.ended == pytest.approx(5)


def test_numpy_in_bodies() -> None:
    world = World()

    def body(size: int, storage: ws.StorageService) -> float:
        with np.errstate(divide="raise"):
            values = np.arange(1, size + 1, dtype=np.float64)
            ws.sleep(float(values.sum()) / 1000)
            ws.sleep(np.float64(0.5))
            ws.compute(np.int64(1_000_000))
            storage.write("a", np.int32(1_000_000))
            with pytest.raises(FloatingPointError):
                values / 0.0
            return float((values**2).sum())

    calls = world.call(world.function(body), 10, 20)
    assert [call.output for call in calls] == [385.0, 2870.0]


def test_exception_state_belongs_to_a_fibre() -> None:
    world = World()

    def body(input: str, storage: ws.StorageService) -> str:
        try:
            raise KeyError(input)
        except KeyError:
            ws.sleep(1)  # meanwhile others raise and handle theirs
            current = sys.exc_info()[1]
            assert isinstance(current, KeyError)
            return str(current.args[0])

    assert [call.output for call in world.call(world.function(body), "a", "b", "c")] == ["a", "b", "c"]
    assert sys.exc_info()[1] is None


def test_controllers_may_be_any_callable() -> None:
    world = World()
    seen: list[object] = []

    class Client:
        def __call__(self) -> None:
            ws.sleep(1)
            seen.append(self)

        def method(self, value: int) -> None:
            seen.append(value)

    client = Client()
    world.sim.add_controller("user", client)
    world.sim.add_controller("user", client.method, 7)
    world.sim.add_controller("user", lambda: seen.append("lambda"), name="anonymous")

    @world.sim.controller("head", name="decorated")
    def plain() -> None:
        world.sim.add_controller("user", lambda: seen.append(ws.now()))  # at once, during the run
        ws.sleep(2)

    world.sim.run()
    assert plain.__name__ == "plain"
    assert seen == [7, "lambda", 0.0, client]


def test_an_empty_body_takes_no_time() -> None:
    world = World()
    (call,) = world.call(world.function(lambda input, storage: None, name="nothing"), None)
    assert call.started == call.ended
