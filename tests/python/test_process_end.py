"""A process that ends while a simulation runs in a daemon thread: with its own exit code, and without a crash."""

from __future__ import annotations

import pytest
from children import run_child

RUNS = {
    "loop": "times = [i * .001 for i in range(10**6)]\n"
    "world.sim.add_controller('user', lambda: manager.replay(ws.Workload(declared, times)))",
    "fibres": "def main():\n    while True: ws.sleep(1)\nworld.sim.add_controller('user', main)",
    "code that sleeps": "def main():\n    while True:\n        time.sleep(.0001)\n        ws.sleep(1)\n"
    "world.sim.add_controller('user', main)",
    "code that spins": "def main():\n    began.set()\n    while True: pass\nworld.sim.add_controller('user', main)",
    "spins and catches": "def main():\n    began.set()\n    while True:\n        try:\n            while True: pass\n"
    "        except BaseException: ws.sleep(1)\nworld.sim.add_controller('user', main)",
    "many fibres": "def main():\n    while True: ws.sleep(1)\n"
    "for _ in range(500): world.sim.add_controller('user', main)",
    "an observer": "world.sim.on_invocation_state(lambda call: time.sleep(.0001))\n"
    "world.sim.add_controller('user', lambda: manager.replay(ws.Workload(declared, [float(i) for i in range(10**5)])))",
    "one after the other": "def again():\n    began.set()\n    while True: World().sim.run()\nworld.sim.run = again",
    "waits outside": "def main():\n    began.set()\n    time.sleep(1000)\nworld.sim.add_controller('user', main)",
    "many set-ups": "def again():\n    began.set()\n    while True: ws.Platform.cluster(nodes=20000)\n"
    "world.sim.run = again",
}
ENDS = {"falls off": (0, "pass"), "exits": (3, "sys.exit(3)"), "fails": (1, "raise LookupError")}
PROGRAM = """
import threading, time
world = World()
began = threading.Event()
manager = world.manager
declared = world.function(ws.Profile(ws.Sleep(1)), "declared")
{run}
thread = threading.Thread(target=lambda: world.sim.run(), daemon=True)
thread.start()
while not began.is_set() and world.sim.now < 2:
    time.sleep(0)
assert thread.is_alive()
print("last line", flush=True)
{end}
"""


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("end", ENDS)
def test_A2_the_process_ends_while_a_daemon_thread_runs(run: str, end: str) -> None:
    code, how = ENDS[end]
    done = run_child(PROGRAM.format(run=RUNS[run], end=how))
    assert done.returncode == code, done.stderr
    assert done.stdout == "last line\n"
    assert "Fatal" not in done.stderr
    assert ("LookupError" in done.stderr) == (end == "fails")


def test_A2_a_fork_ends_by_itself() -> None:
    program = """
import os, threading, time
world = World()
def main():
    while True: ws.sleep(1)
world.sim.add_controller("user", main)
threading.Thread(target=world.sim.run, daemon=True).start()
while world.sim.now < 2:
    time.sleep(0)
child = os.fork()
if child == 0:
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
    done = run_child("import warnings; warnings.simplefilter('ignore')\n" + program)
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr
