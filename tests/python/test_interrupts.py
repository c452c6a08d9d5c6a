"""Ctrl-C: a clean KeyboardInterrupt out of run(), wherever it hits; and the next simulation works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from world import World

import wrench_serverless as ws

pytestmark = pytest.mark.alone


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """What a shell starts in the background ignores SIGINT, and so would the tests and the programs that they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def works_afterwards() -> bool:
    world = World()
    (call,) = world.call(world.function(), 1.0)
    return call.ended == pytest.approx(4.0)


def interrupt_soon(when: threading.Event | None = None) -> threading.Thread:
    """Like Ctrl-C: the signal comes from outside, while the main thread is somewhere."""

    def send() -> None:
        if when is not None:
            when.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def test_raised_in_a_body() -> None:
    world = World()
    tidied: list[str] = []

    def body(input: object, storage: ws.StorageService) -> None:
        try:
            ws.sleep(1)
            signal.raise_signal(signal.SIGINT)
        finally:
            tidied.append("body")

    def other() -> None:
        try:
            ws.sleep(1000)
        finally:
            tidied.append("controller")

    world.sim.add_controller("user", other)
    with pytest.raises(KeyboardInterrupt):
        world.call(world.function(body), None)
    assert tidied == ["body", "controller"]
    with pytest.raises(ws.Error, match="is over"):
        world.sim.run()
    assert works_afterwards()


def python_loop() -> None:
    while True:
        ws.sleep(1)


def busy_loop() -> None:
    while True:
        pass


@pytest.mark.parametrize("loop", [python_loop, busy_loop])
def test_while_python_runs(loop: Callable[[], None]) -> None:
    world = World()
    begun = threading.Event()

    def main() -> None:
        begun.set()
        loop()

    thread = interrupt_soon(begun)
    with pytest.raises(KeyboardInterrupt):
        world.run(main)
    thread.join()
    assert works_afterwards()


BREATHING = """<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="world" routing="Full">
    <host id="host" speed="1Gf"/>
    <trace id="breath" periodicity="0.002">0 1.0
0.001 0.5</trace>
    <trace_connect kind="SPEED" trace="breath" element="host"/>
  </zone>
</platform>"""


def test_during_a_long_stretch_of_cpp(tmp_path: Path) -> None:
    # The host's speed changes 1,000 times a second: the core is busy for ever, and no Python runs.
    path = tmp_path / "platform.xml"
    path.write_text(BREATHING)
    sim = ws.Simulation(path)
    begun = threading.Event()

    @sim.controller("host")
    def main() -> None:
        begun.set()
        ws.sleep(1e12)

    thread = interrupt_soon(begun)
    with pytest.raises(KeyboardInterrupt):
        sim.run()
    thread.join()
    assert works_afterwards()


def test_a_handler_of_the_users_own_is_asked() -> None:
    world = World()
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    try:

        def main() -> None:
            signal.raise_signal(signal.SIGINT)
            ws.sleep(1)

        world.run(main)
    finally:
        signal.signal(signal.SIGINT, before)
    assert asked == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is before  # SimGrid's handlers stay out


def test_what_a_handler_raises_ends_the_simulation() -> None:
    world = World()

    def alarm(number: int, frame: object) -> None:
        raise TimeoutError("the user's own limit")

    def main() -> None:
        signal.raise_signal(signal.SIGUSR1)
        ws.sleep(1)

    before = signal.signal(signal.SIGUSR1, alarm)
    try:
        with pytest.raises(TimeoutError, match="own limit"):
            world.run(main)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert works_afterwards()


SCRIPT = """
import sys
sys.path.insert(0, {folder!r})
from world import World
import wrench_serverless as ws
world = World()
def main():
    try:
        ws.sleep({seconds})
        {then}
    finally:
        print("tidied", flush=True)
world.sim.add_controller("user", main)
{run}
print("last line", flush=True)
"""


@pytest.mark.parametrize(
    ("run", "then", "code", "output"),
    [
        ("world.sim.run()", "pass", 0, ["tidied", "last line"]),
        ("world.sim.run(until=0.5)", "pass", 0, ["last line", "tidied"]),  # half-way at the end of the process
        ("world.sim.run(until=0.5); import os; os._exit(0)", "pass", 0, []),
        ("world.sim.run()", "sys.exit(3)", 3, ["tidied"]),
        ("world.sim.run()", "raise KeyboardInterrupt", -signal.SIGINT, ["tidied"]),
        ("threads = __import__('threading'); t = threads.Thread(target=world.sim.run); t.start(); t.join()",
         "pass", 0, ["tidied", "last line"]),
    ],
)  # fmt: skip
def test_how_a_process_ends(run: str, then: str, code: int, output: list[str]) -> None:
    script = SCRIPT.format(folder=str(Path(__file__).parent), seconds=1, then=then, run=run)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    assert done.stdout.splitlines() == output


def test_a_process_ends_with_a_swallower_half_way() -> None:
    run = "world.sim.run(until=0.5)"
    then = """
        while True:
            try:
                ws.sleep(1)
            except BaseException:
                pass"""
    script = SCRIPT.format(folder=str(Path(__file__).parent), seconds=0, then=then, run=run)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "last line\n"), done.stderr
