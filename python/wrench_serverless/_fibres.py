"""The loop of a simulation, and the calls that block.

Controllers, bodies and custom actions in Python run on greenlets. Every operation of the core is asynchronous: a call
that blocks starts it and gives way to the hub, which runs the core until the next greenlet can go on. So no C++ frame
is ever alive across a switch, and exceptions, generators, context variables and recursion work as anywhere in Python.
"""

from __future__ import annotations

import atexit
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

from wrench_serverless import _arguments, _core

if TYPE_CHECKING:
    from wrench_serverless._core import (
        CustomAction,
        FunctionManager,
        Invocation,
        InvocationState,
        RegisteredFunction,
        Replay,
        ServerlessComputeService,
        SimulationBase,
        StorageService,
    )

    Handle = TypeVar("Handle", Invocation, Replay, Invocation | Replay)

Seconds = float | str
Size = float | str

# How a fibre gives way: the switch of the greenlet that runs the loop. One simulation runs at a time in a process.
_give_way: Callable[[], BaseException | None]


_HANDLES = (_core.Invocation, _core.Replay)


def _block() -> None:
    """Give way until the operation that was just started has ended; raise what it failed of."""
    failure = _give_way()
    if failure is not None:
        raise failure


def sleep(seconds: Seconds) -> None:
    """Let `seconds` (or a text such as "250ms") of simulated time pass. Only in a controller or a body."""
    _core.start_sleep(seconds)
    failure = _give_way()
    if failure is not None:
        raise failure


def compute(flops: float | str) -> None:
    """Compute `flops` (or a text such as "2Gf") on the caller's host, shared with whoever computes there."""
    _core.start_compute(flops)
    _block()


def _write(self: StorageService, name: str, size: Size) -> None:
    """Write a file of `size` bytes; it replaces one of that name once written.

    Raises StorageFull at once, taking no time, if there is no room (R4).
    """
    self._start_write(name, size)
    _block()


def _read(self: StorageService, name: str, size: Size | None = None) -> None:
    """Read the first `size` bytes of a file, or all of it. Raises FileNotFound."""
    self._start_read(name, size)
    _block()


def _copy(self: StorageService, name: str, to: StorageService) -> None:
    """Copy a file to another storage service, as one stream (R5). Raises FileNotFound, StorageFull, TransferFailure."""
    self._start_copy(name, to)
    _block()


def _request(
    manager: FunctionManager,
    function: RegisteredFunction,
    input: Any,
    provider: ServerlessComputeService | None,
    asynchronous: bool,
) -> Invocation:
    if type(function) is not _core.RegisteredFunction:
        _arguments.one(function, _core.RegisteredFunction, "function", "what register_function returned")
    answer = manager._request(function, input, provider, asynchronous)
    if type(answer) is tuple:
        _block()
        return answer[0]
    return answer  # type: ignore[return-value]


def _invoke(
    self: FunctionManager,
    function: RegisteredFunction,
    input: Any = None,
    *,
    provider: ServerlessComputeService | None = None,
) -> Invocation:
    """Invoke a function: blocks for the head's answer (R13, R14), and returns the invocation.

    `provider`: by default the one that the routing policy of the function, or else of the manager, picks; without a
    policy the first that the function is registered at. Raises FunctionNotRegistered; InvocationRefused, unless it will
    be tried again (R35); HostFailure likewise if the head is off; TransferFailure if the request or the answer is lost
    (R38).
    """
    return _request(self, function, input, provider, False)


def _invoke_async(
    self: FunctionManager,
    function: RegisteredFunction,
    input: Any = None,
    *,
    provider: ServerlessComputeService | None = None,
) -> Invocation:
    """Invoke a function that the head accepts before it knows whether it can be admitted (R35).

    To be refused is then an outcome like any other one: it may be tried again, and ends as REFUSED. `provider` is as
    for `invoke`. Raises FunctionNotRegistered; HostFailure if the head is off and the call can't be tried again;
    TransferFailure if the request or the answer is lost (R38).
    """
    return _request(self, function, input, provider, True)


def _wait_one(
    self: FunctionManager, invocation: Invocation | Replay, timeout: Seconds | None = None
) -> InvocationState:
    """Wait until the invocation has ended; return its state. Raises WaitTimeout after `timeout` seconds (R36)."""
    _arguments.one(invocation, _HANDLES, "invocation", "an Invocation or a Replay")
    if self._start_wait((invocation,), True, timeout):
        _block()
    return invocation.state


def _wait_any(self: FunctionManager, invocations: Iterable[Handle], timeout: Seconds | None = None) -> list[Handle]:
    """Wait until at least one has ended; return those that have. Raises WaitTimeout after `timeout` seconds (R36)."""
    given = _arguments.several(invocations, _HANDLES, "invocations", "invocations or replays")
    if self._start_wait(given, False, timeout):
        _block()
    return [invocation for invocation in given if invocation.is_done]


def _wait_all(
    self: FunctionManager, invocations: Iterable[Invocation | Replay], timeout: Seconds | None = None
) -> list[InvocationState]:
    """Wait until all have ended; return their states. Raises WaitTimeout after `timeout` seconds (R36)."""
    given = _arguments.several(invocations, _HANDLES, "invocations", "invocations or replays")
    if self._start_wait(given, True, timeout):
        _block()
    return [invocation.state for invocation in given]


def _wait_action(self: CustomAction, timeout: Seconds | None = None) -> None:
    """Wait until the action has ended. Raises WaitTimeout after `timeout` seconds."""
    if self._start_wait(timeout):
        _block()


def attach(cls: type, **methods: Callable[..., Any]) -> None:
    """Give a class of the core methods that are written in Python."""
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"{cls.__name__}.{name}"
        setattr(cls, name, method)


attach(_core.StorageService, write=_write, read=_read, copy=_copy)
attach(
    _core.FunctionManager,
    invoke=_invoke,
    invoke_async=_invoke_async,
    wait_one=_wait_one,
    wait_any=_wait_any,
    wait_all=_wait_all,
)
attach(_core.CustomAction, wait=_wait_action)

# A body with its input and its storage, or a controller or action alone.
Job = tuple[Callable[..., Any], Any, _core.StorageService] | tuple[Callable[[], Any]]


def run(core: SimulationBase, until: Seconds | None, tick: Callable[[None], None] | None) -> None:
    """Run the simulation to its end, or to a date. Raises what ended a controller, Deadlock, or KeyboardInterrupt."""
    global _give_way
    hub = getcurrent()
    finished = core._finished

    def work(job: Job | None) -> None:
        """Run one job after another on this greenlet."""
        me = getcurrent()
        core._adopt(me)
        while job is not None:
            try:
                # Not job[0](*job[1:]): a plain call needs no C frame, and so less stack to put aside at each switch.
                output = job[0](job[1], job[2]) if len(job) == 3 else job[0]()
            except (Exception, SystemExit) as failure:
                finished(None, _without_us(failure))
            except GreenletExit as failure:
                if core._unwinding:
                    raise
                finished(None, _without_us(failure))
            else:
                finished(output, None)
            output = job = None
            me.gr_context = None  # the next body finds no context variables of this one
            job = _give_way()  # type: ignore[assignment]

    def spawn(job: Job) -> None:
        greenlet(work, hub).switch(job)

    orphans = core._begin_run(until, hub, spawn, tick)  # or it is refused, and nothing has happened
    try:
        _adopt_all(orphans, hub)
    except BaseException:
        core._end_run()
        raise
    _give_way = hub.switch
    try:
        advance = core._advance
        while (step := advance()) is not None:
            step[0](step[1])
        failure = core._take_failure()
        if failure is not None:
            raise failure
    except BaseException:
        _unwind(core)
        raise
    finally:
        if core._runs_on(hub):
            _end_run(core)


def _without_us(failure: BaseException) -> BaseException:
    """The traceback begins in the user's code; so it keeps alive nothing of ours."""
    traceback = failure.__traceback__
    return failure.with_traceback(traceback and traceback.tb_next)


def _adopt_all(orphans: list[greenlet], hub: greenlet) -> None:
    try:
        for orphan in orphans:
            orphan.parent = hub
    except ValueError as error:
        raise _core.Error("a simulation that stopped half-way has to go on in the thread that ran it before") from error


def _end_run(core: SimulationBase) -> None:
    try:
        for idle in core._idle_greenlets():
            idle.throw(GreenletExit)
    finally:
        core._end_run()


def _unwind(core: SimulationBase) -> None:
    """Throw out of all fibres, so that their `finally` blocks run, and close the simulation."""
    global _give_way
    hub = getcurrent()
    _give_way = hub.switch
    over = _core.Error("the simulation has ended")
    try:
        for fibre, number in core._doom_all(over, hub):
            core._enter(number)
            try:
                fibre.parent = hub
                fibre.throw(GreenletExit)
            except BaseException:  # what a fibre raises now comes too late to matter
                continue
    finally:
        _end_run(core)
        core._close()


def close(core: SimulationBase) -> None:
    """Unwind all fibres and end everything; results stay. Raises Error if the simulation is running."""
    if core._is_running:
        core._close()  # says so
    if not core._is_closed:
        _unwind(core)
    core._keep_records()


def keep_records(core: SimulationBase) -> None:
    """Write the records that go to files, where something else is going on: a warning says that it was not possible."""
    try:
        core._keep_records()
    except Exception as error:
        warnings.warn(
            f"records of a simulation could not be written, and are only in its results(): {error}",
            RuntimeWarning,
            stacklevel=3,
        )


def make_way() -> None:
    """Close the live simulation, if there is one, unless it is running."""
    core = _core.live_simulation()
    if core is None or core._is_running:
        return
    if not core._is_closed:
        _unwind(core)
    keep_records(core)


@atexit.register
def end_process() -> None:
    """Stop a run that goes on in another thread, or else close the live simulation."""
    if not _core.stop_other_threads():
        make_way()
