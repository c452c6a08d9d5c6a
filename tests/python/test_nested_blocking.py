"""A blocking call that comes between the start of another one and its giving way: of a signal handler, a tracer, …

It works, or raises NotInSimulation; and what it came between is not lost.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import pytest
from greenlet import getcurrent, greenlet
from world import World, near

import wrench_serverless as ws
from wrench_serverless import _core, _fibres

MB = 1_000_000
START_SLEEP = _core.start_sleep
# The functions that start an operation and then give way.
BLOCKING: dict[CodeType, str] = {
    function.__code__: function.__name__
    for function in vars(_fibres).values()
    if callable(function) and getattr(function, "__module__", "") == _fibres.__name__ and hasattr(function, "__code__")
    if function.__code__.co_name in ("sleep", "compute", "_block", "_request", "_write", "_read", "_copy")
    or function.__code__.co_name.startswith("_wait")
}


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    sys.settrace(None)
    sys.setprofile(None)
    _core.start_sleep = START_SLEEP
    gc.set_threshold(700, 10, 10)
    del gc.callbacks[:]


class Interruption:
    """Called at each step of a function that blocks; does something at one of them in one fibre, and only there."""

    def __init__(self, at: int, what: Callable[[], object]) -> None:
        self.at, self.what = at, what
        self.seen = 0
        self.done = 0
        self.fibre: greenlet | None = None

    def __call__(self) -> None:
        if getcurrent() is not self.fibre:
            return
        self.seen += 1
        if self.seen == self.at:
            self.what()
            self.done += 1


def at_each_opcode(interrupt: Callable[[], None]) -> None:
    """What a signal handler sees: it runs between any two instructions."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code not in BLOCKING:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            interrupt()
        return trace

    sys.settrace(trace)


def at_each_call(interrupt: Callable[[], None]) -> None:
    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if frame.f_code in BLOCKING and event in ("c_call", "c_return", "call", "return"):
            interrupt()

    sys.setprofile(profile)


def at_each_instruction(interrupt: Callable[[], None]) -> None:
    monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    tool = monitoring.PROFILER_ID
    monitoring.use_tool_id(tool, "test")
    events = monitoring.events.INSTRUCTION
    monitoring.register_callback(tool, events, lambda code, offset: interrupt())
    for code in BLOCKING:
        monitoring.set_local_events(tool, code, events)


INSTRUMENTS: dict[str, Callable[[Callable[[], None]], None]] = {"trace": at_each_opcode, "profile": at_each_call}
if hasattr(sys, "monitoring"):
    INSTRUMENTS["monitoring"] = at_each_instruction


def stop(instrument: str) -> None:
    sys.settrace(None)
    sys.setprofile(None)
    if instrument == "monitoring":
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        monitoring.free_tool_id(monitoring.PROFILER_ID)


def nap() -> None:
    ws.sleep(0.25)


def nap_twice() -> None:
    ws.sleep(0.125)
    ws.sleep(0.125)


def nap_long() -> None:
    ws.sleep(100)  # what it comes between has ended long since


def refuse() -> None:
    with pytest.raises(ValueError, match="seconds"):
        ws.sleep(-1)


def in_a_handler() -> None:
    """A handler of a signal, which itself does not know where it is."""
    before = signal.signal(signal.SIGUSR1, lambda number, frame: ws.sleep(0.25))
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


def every_operation(world: World, function: ws.RegisteredFunction) -> Iterator[tuple[str, Callable[[], object]]]:
    storage, manager = world.registry, world.manager
    other = world.sim.create_storage_service("node-0", capacity="100MB")
    compute = world.sim.create_bare_metal_service("user")
    storage.create_file("there", "10MB")

    def waits(wait: Callable[[list[ws.Invocation]], object]) -> Callable[[], object]:
        return lambda: wait([manager.invoke(function, 1.0)])

    def action() -> None:
        done = ws.CustomAction("action", lambda: ws.sleep(1))
        compute.submit(done)
        done.wait()

    yield "sleep", lambda: ws.sleep(1)
    yield "compute", lambda: ws.compute(1e9)
    yield "write", lambda: storage.write("new", 10 * MB)
    yield "read", lambda: storage.read("there")
    yield "copy", lambda: storage.copy("there", other)
    yield "invoke", lambda: manager.wait_one(manager.invoke(function, 1.0))
    yield "wait_any", waits(manager.wait_any)
    yield "wait_all", waits(manager.wait_all)
    yield "action", action


@pytest.mark.parametrize("instrument", INSTRUMENTS)
@pytest.mark.parametrize("what", [nap, nap_twice, nap_long, refuse, in_a_handler])
def test_between_the_start_of_an_operation_and_giving_way(instrument: str, what: Callable[[], object]) -> None:
    """At each instruction in turn of each function that blocks; a second controller goes on meanwhile."""
    ends: list[float] = []

    def run(at: int) -> tuple[int, int]:
        interruption = Interruption(at, what)
        world = World(dispatch_overhead=0.5, node_store="5GB")
        function = world.function()
        finished: list[str] = []
        beside: list[float] = []

        def main() -> None:
            operations = list(every_operation(world, function))
            interruption.fibre = getcurrent()
            INSTRUMENTS[instrument](interruption)
            try:
                for name, operation in operations:
                    begun = ws.now()
                    operation()
                    assert ws.now() > begun
                    finished.append(name)
            finally:
                stop(instrument)
            ends.append(ws.now())

        def other() -> None:
            for _ in range(5):
                ws.sleep(1)
                beside.append(ws.now())

        world.sim.add_controller("user", main)
        world.sim.add_controller("head", other)
        world.sim.run()
        assert len(finished) == 9
        assert beside == near(1, 2, 3, 4, 5)
        return interruption.seen, interruption.done

    steps, done = run(0)
    assert steps > 30
    assert done == 0
    undisturbed = ends.pop()
    longest = {nap_long: 100.0, refuse: 0.0}.get(what, 0.25)
    for at in range(1, steps + 1):
        assert run(at)[1] == 1
        # At most what came between took longer; at least the operation had what it needs.
        assert undisturbed - 1e-6 <= ends[-1] <= undisturbed + longest + 1e-6
    assert len(ends) == steps


def at_the_window(what: Callable[[], object]) -> None:
    """In the next sleep: when it has been started, before the greenlet gives way."""

    def start(seconds: float | str) -> None:
        _core.start_sleep = START_SLEEP
        START_SLEEP(seconds)
        what()

    _core.start_sleep = start


def test_one_within_another_within_another() -> None:
    world = World()
    ends: list[tuple[str, float]] = []

    def sleep(name: str, seconds: float, within: Callable[[], object] | None = None) -> None:
        if within is not None:
            at_the_window(within)
        ws.sleep(seconds)
        ends.append((name, ws.now()))

    def main() -> None:
        sleep("outer", 2, lambda: sleep("middle", 4, lambda: sleep("inner", 1)))
        sleep("next", 1)
        sleep("outer", 3, lambda: sleep("inner", 1, lambda: sleep("innermost", 1)))

    world.run(main)
    times = {"inner": 1.0, "middle": 4.0, "outer": 4.0, "next": 5.0}
    assert ends[:4] == list(times.items())
    assert ends[4:] == [("innermost", 6.0), ("inner", 6.0), ("outer", 8.0)]


def test_what_fails_beside_fails_where_it_belongs() -> None:
    world = World()
    told: list[str] = []

    def fails() -> None:
        with pytest.raises(ws.WaitTimeout):
            world.manager.wait_one(calls[0], timeout=1)
        told.append("inner")

    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.append(world.manager.invoke(world.function(), 100.0))
        at_the_window(fails)
        ws.sleep(3)
        told.append(f"outer {ws.now():g}")

        def before_the_wait(frame: FrameType, event: str, argument: Any) -> None:
            if event == "c_return" and frame.f_code in BLOCKING and argument.__name__ == "_start_wait":
                sys.setprofile(None)
                ws.sleep(5)  # the outer one fails meanwhile
                told.append(f"sleep {ws.now():g}")

        sys.setprofile(before_the_wait)
        with pytest.raises(ws.WaitTimeout):
            world.manager.wait_one(calls[0], timeout=2)
        told.append(f"wait {ws.now():g}")

    world.run(main)
    assert told == ["inner", "outer 3", "sleep 8", "wait 8"]


def test_an_exception_between_leaves_nothing_behind() -> None:
    """As of a handler of SIGALRM that raises. What was started is given up: a write keeps no space."""
    world = World()
    dates: list[float] = []

    class Alarm(Exception):
        pass

    def ring() -> None:
        raise Alarm

    def body(input: object, storage: ws.StorageService) -> None:
        def trace(frame: FrameType, event: str, argument: Any) -> None:
            if event == "c_return" and frame.f_code in BLOCKING and argument.__name__ == "_start_write":
                sys.setprofile(None)
                ring()

        try:
            at_the_window(ring)
            ws.sleep(50)
        except Alarm:
            dates.append(ws.now())
        for seconds in (1, 2):
            ws.sleep(seconds)
            dates.append(ws.now())
        sys.setprofile(trace)
        with pytest.raises(Alarm):
            world.registry.write("large", "4GB")  # 40 s

    def main() -> None:
        call = world.manager.invoke(world.function(body), None)
        world.manager.wait_one(call)
        assert call.state == ws.InvocationState.COMPLETED, call.failure
        dates.append(ws.now())
        world.registry.write("small", "100MB")
        ws.sleep(100)
        dates.append(world.registry.free_space)

    world.run(main)
    assert dates[:4] == near(3, 4, 6, 6)
    assert dates[4] == pytest.approx(5e9 - 2e8)


@pytest.mark.parametrize("swallows", [False, True])
def test_R24_a_time_limit_ends_both_operations(swallows: bool) -> None:
    world = World()
    told: list[str] = []

    def nested() -> None:
        try:
            ws.sleep(50)
        except ws.FunctionTimeout:
            told.append(f"inner {ws.now():g}")
            if not swallows:
                raise

    def body(input: object, storage: ws.StorageService) -> None:
        at_the_window(nested)
        try:
            ws.sleep(100)
        finally:
            told.append(f"outer {ws.now():g}")

    (call,) = world.call(world.function(body, time_limit=10), None)
    assert call.state == ws.InvocationState.TIMED_OUT
    assert call.ended == pytest.approx(13)
    assert told == ["inner 13", "outer 13"]


def test_a_signal_that_comes_while_the_loop_runs_is_refused_clearly() -> None:
    world = World()
    refused: list[str] = []

    def handler(number: int, frame: FrameType | None) -> None:
        try:
            ws.sleep(1)
        except ws.NotInSimulation as error:
            refused.append(str(error))

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        world.sim.at(1, lambda: signal.raise_signal(signal.SIGUSR1))
        world.run(lambda: ws.sleep(2))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(refused) == 1
    assert "this call blocks" in refused[0]
    assert world.sim.now == 2


class Number:
    """What it does when it is asked what it is."""

    def __init__(self, what: Callable[[], object]) -> None:
        self.what = what

    def __float__(self) -> float:
        self.what()
        return 1.0

    __index__ = __float__  # type: ignore[assignment]


def test_the_conversion_of_an_argument_can_not_block() -> None:
    from numbers import Real

    Real.register(Number)
    world = World()
    refused: list[str] = []
    ends: list[float] = []

    def block() -> None:
        assert ws.now() >= 0  # what does not block is allowed
        try:
            ws.sleep(1)
        except ws.NotInSimulation as error:
            refused.append(str(error))

    def main() -> None:
        for _ in range(3):
            ws.sleep(Number(block))  # type: ignore[arg-type]
        ends.append(ws.now())

    for host in ("user", "head", "node-0"):
        world.sim.add_controller(host, main)
    world.sim.run()
    assert ends == [3, 3, 3]
    assert len(refused) == 9
    assert all("conversion of an argument" in words for words in refused)


class Circle:
    """Blocks when the garbage collector ends it."""

    def __init__(self, told: list[str], name: str = "end") -> None:
        self.me, self.told, self.name = self, told, name

    def __del__(self) -> None:
        try:
            ws.sleep(0.25)
            self.told.append("slept")
        except ws.NotInSimulation:
            self.told.append("refused")


def test_finalizers_and_the_garbage_collector_lose_nothing() -> None:
    """The collector runs at each allocation, and so in the midst of all calls that block."""
    world = World(dispatch_overhead=0.5, node_store="5GB")
    function = world.function()
    told: list[str] = []
    finished: list[str] = []

    def collected(phase: str, info: object) -> None:
        if phase == "start" and len(told) < 20_000:
            Circle(told)
            try:
                ws.sleep(0.25)
                told.append("slept")
            except ws.NotInSimulation:
                told.append("refused")

    def main() -> None:
        operations = list(every_operation(world, function))
        gc.callbacks.append(collected)
        gc.set_threshold(1)
        for name, operation in operations:
            operation()
            finished.append(name)
        gc.set_threshold(700, 10, 10)
        gc.callbacks.remove(collected)

    world.run(main)
    assert len(finished) == 9
    assert "slept" in told


def test_a_finalizer_right_between() -> None:
    world = World()
    told: list[str] = []

    def main() -> None:
        holder = [Circle(told)]
        holder[0].me = None  # type: ignore[assignment]
        at_the_window(holder.clear)
        ws.sleep(2)
        told.append(f"{ws.now():g}")

    world.run(main)
    assert told == ["slept", "2"]
