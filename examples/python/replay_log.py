"""Replays an hour of a provider's invocation log: 50 functions on 20 nodes of 16 slots, from platform file to picture.

The log has the columns of the Azure Functions Invocation Trace 2021 (`app,func,end_timestamp,duration`); the one given
here is made by `examples/data/generate_invocations.py`. The real trace works too: it comes without a `functions.csv`,
so every function gets the defaults below.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import wrench_serverless as ws
from wrench_serverless._picture import draw_overview

EXAMPLES = Path(__file__).resolve().parent.parent
NODES, SLOTS = 20, 16
SPEED = 2e9  # flop/s of a core; the log is taken to come from machines like these
CPU_SHARE = 0.4  # of a call's duration is computing, the rest is waiting for something outside
TIME_LIMIT = 300.0  # s
RUNTIMES = {
    "python": ("160MB", "90MB"),
    "node": ("140MB", "80MB"),
    "dotnet": ("220MB", "130MB"),
    "java": ("340MB", "200MB"),
}
DEFAULT_RUNTIME, DEFAULT_MEMORY = "python", "256MB"


class Call(NamedTuple):
    start: float  # s since the log's first start
    function: str
    duration: float


def read_log(path: Path, limit: int | None) -> list[Call]:
    """The first `limit` calls by start. Logs are in the order of the ends, and their clock may start anywhere."""
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        calls = [
            Call(
                float(row["end_timestamp"]) - float(row["duration"]),
                f"{row['app']}/{row['func']}",
                float(row["duration"]),
            )
            for row in rows
        ]
    calls.sort()
    begin = calls[0].start if calls else 0.0
    return [call._replace(start=call.start - begin) for call in calls[:limit]]


def read_functions(path: Path) -> dict[str, tuple[str, str]]:
    """Runtime and memory by function, where the log comes with such a file."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {
            f"{row['app']}/{row['func']}": (row["runtime"], f"{row['memory_mb']}MB") for row in csv.DictReader(file)
        }


def body(duration: float, storage: ws.StorageService) -> None:
    ws.sleep((1 - CPU_SHARE) * duration)
    ws.compute(CPU_SHARE * duration * SPEED)


def register(
    manager: ws.FunctionManager,
    provider: ws.ServerlessComputeService,
    registry: ws.StorageService,
    names: Iterable[str],
    known: Mapping[str, tuple[str, str]],
) -> dict[str, ws.RegisteredFunction]:
    """One image per runtime, shared by all functions that are written for it."""
    images = {
        runtime: manager.create_image(runtime, registry.create_file(f"{runtime}.sqsh", size), memory=footprint)
        for runtime, (size, footprint) in RUNTIMES.items()
    }
    registered = {}
    for name in names:
        runtime, memory = known.get(name, (DEFAULT_RUNTIME, DEFAULT_MEMORY))
        function = manager.create_function(name, body, images[runtime])
        registered[name] = manager.register_function(function, [provider], time_limit=TIME_LIMIT, memory=memory)
    return registered


def simulate(platform: Path, calls: list[Call], known: Mapping[str, tuple[str, str]]) -> ws.Results:
    sim = ws.Simulation(platform, seed=1)
    registry = sim.create_storage_service("user", capacity="1TB")
    provider = sim.create_serverless_compute_service(
        "head",
        nodes=[f"node-{i}" for i in range(NODES)],
        image_store="200GB",
        slots=SLOTS,
        cold_start_overhead=0.5,
        warm_start_overhead=0.001,
        dispatch_overhead=0.0005,
        keep_alive=600,
    )
    manager = sim.create_function_manager("user")
    registered = register(manager, provider, registry, sorted({call.function for call in calls}), known)

    @sim.controller("user")
    def client() -> None:
        invocations = []
        for call in calls:  # open loop: a call comes when the log says, whether or not earlier ones are done
            wait = call.start - ws.now()
            if wait > 0:
                ws.sleep(wait)
            invocations.append(manager.invoke(registered[call.function], call.duration))
        manager.wait_all(invocations)

    return sim.run(progress=True)


def print_functions(results: ws.Results, count: int = 10) -> None:
    """The functions that were called most."""
    table: Mapping[str, np.ndarray[Any, Any]] = results.invocations
    function = table["function"]
    latency, wait = table["ended"] - table["requested"], table["started"] - table["requested"]
    calls = np.bincount(function, minlength=len(results.function_names))
    print(f"{'function':<14}{'calls':>8}{'cold %':>9}{'wait p99 s':>12}{'median s':>10}{'p99 s':>10}")
    for code in np.argsort(-calls, kind="stable")[:count]:
        mine = function == code
        if not mine.any():
            continue
        cold = 100 * float(np.mean(table["cold"][mine]))
        wait_p99 = np.nanpercentile(wait[mine], 99)
        median, p99 = np.nanpercentile(latency[mine], [50, 99])
        name = results.function_names[code]
        print(f"{name:<14.14}{calls[code]:>8,}{cold:>9.2f}{wait_p99:>12.4f}{median:>10.4f}{p99:>10.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Replay an invocation log on a simulated serverless provider.")
    parser.add_argument(
        "--platform", type=Path, default=EXAMPLES / "platforms" / "one_site.xml", help="SimGrid platform file"
    )
    parser.add_argument("--log", type=Path, default=EXAMPLES / "data" / "invocations.csv", help="invocation log (CSV)")
    parser.add_argument("--out", type=Path, default=Path("out") / "replay_log", help="folder for tables and picture")
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="replay only the first N calls")
    arguments = parser.parse_args()

    calls = read_log(arguments.log, arguments.limit)
    if not calls:
        parser.error(f"no calls in {arguments.log}")
    functions = len({call.function for call in calls})
    print(f"replaying {len(calls):,} calls of {functions} functions on {NODES} nodes of {SLOTS} slots", flush=True)
    begin = time.perf_counter()
    results = simulate(arguments.platform, calls, read_functions(arguments.log.with_name("functions.csv")))
    took = time.perf_counter() - begin

    print(results.summary())
    print()
    print_functions(results)
    arguments.out.mkdir(parents=True, exist_ok=True)
    results.save(arguments.out)
    picture = arguments.out / "replay.png"
    draw_overview(results, picture)
    print(f"\nsimulated in {took:.1f} s of real time; tables and picture in {arguments.out}")


if __name__ == "__main__":
    main()
