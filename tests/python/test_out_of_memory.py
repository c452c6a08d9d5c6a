"""Memory that runs out during a run (RLIMIT_AS, in a child) ends it as MemoryError, which is nobody's failed call: no
call is FAILED, nobody is told of a deadlock, and the process goes on."""

from __future__ import annotations

import pytest
from children import output_of

PROGRAM = """
import resource
world = World(nodes=4, cores=1000, ram="1TB", disk="100TB", {options})
world.registry.create_file("f", "1kB")
function = world.function({body}, "work", memory="1MB", ephemeral_storage="1MB")
calls = {calls}
world.manager.replay(ws.Workload(function, [0.00001 * index for index in range(calls)]))
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
headroom = {headroom} << 20
resource.setrlimit(resource.RLIMIT_AS, (used + headroom, resource.getrlimit(resource.RLIMIT_AS)[1]))
ended = "ended"
try:
    world.sim.run()
except MemoryError:
    ended = "MemoryError"
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_AS)[1]))
results = world.sim.results()
summary = results.summary()
print(ended, summary["failed"], summary["completed"] == calls)
world.sim.close()
again = World()
print([call.state.name for call in again.call(again.function(), 1.0)])
"""
WORK = {
    "writes": ("ws.Profile(ws.Sleep(1), ws.Write(1000))", ""),
    "sleeps": ("ws.Profile(ws.Sleep(1))", ""),
    "computes": ("ws.Profile(ws.Compute(1e9), ws.Read(1000, 'f', storage=world.registry))", ""),
    "each pass": ("ws.Profile(ws.Sleep(1), ws.Write(1000))", "claims='each_pass'"),
    "scaled": ("ws.Profile(ws.Sleep(1), ws.Write(1000))", "scaling=ws.KnativeAutoscaler()"),
}


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("headroom", [1, 9, 20, 28, 44, 60])
def test_A8_memory_that_runs_out_is_nobody_s_failure(work: str, headroom: int) -> None:
    body, options = WORK[work]
    program = PROGRAM.format(body=body, options=options, calls=12_000, headroom=headroom)
    line, again = output_of(program)
    ended, failed, completed = line.split()
    assert float(failed) == 0
    assert (completed == "True") == (ended == "ended")
    assert again == "['COMPLETED']"
