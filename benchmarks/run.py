"""Measure throughput, memory and start-up; print a table, and write build/bench.json.

Each figure is the median of several runs, each in a process of its own, in seconds of that process alone. What it is
compared with is run in turn with it: the bare event heap (the same arrivals, durations and slots without anything
else), SimGrid alone, SimPy, SimFaaS, or another line of the table. A ratio is the median of those of the turns, so that
neither a slow minute of the machine nor another machine changes it much.

Usage: run.py [--runs 3] [--full] [--only WORDS] [--policies].
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies import policies

ROOT = Path(__file__).resolve().parent.parent
BINARIES = ROOT / "build" / "release" / "benchmarks"
Row = dict[str, Any]


@dataclass
class Work:
    """One line of the table: what is run, and what it is compared with."""

    name: str
    command: list[str]
    reference: tuple[str, list[str]]  # name and command
    target: str = ""  # what the project asks of itself
    other: tuple[str, list[str]] | None = None  # another line that it is compared with
    times_turns: int = 1  # more turns than others have: it is near its target, and quick


def script(name: str, *arguments: object) -> list[str]:
    """A benchmark in Python."""
    return [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *map(str, arguments)]


def binary(name: str, *arguments: object) -> list[str]:
    """A benchmark in C++."""
    return [str(BINARIES / name), *map(str, arguments)]


def heap(nodes: int, load: int, count: int) -> tuple[str, list[str]]:
    """The floor for so many nodes of ten slots, at a load in percent."""
    return "bare event heap", binary("event_heap", nodes, 10, load, count)


def works(scale: int) -> list[Work]:
    """Everything that is measured; `scale` makes the runs longer."""
    n = 1_000_000 * scale
    sleeps, computes, computes_by_simgrid = 1, 2, 3
    small = heap(100, 80, n)

    def hundred(count: int) -> tuple[str, list[str]]:
        return "declared sleeps, 100 nodes", binary("replay", sleeps, 100, 10, 10, 10, 80, count)

    return [
        Work(*hundred(n), small, "1,000,000/s, 4 x"),
        # As many calls as make cold starts the exception that they are with 100 nodes, and the first quarter of them.
        # Compared with as many on 100 nodes: memory that the system has to give out first costs both the same.
        *(
            Work(
                f"declared sleeps, 10,000 nodes, 10,000 functions{which}",
                binary("replay", sleeps, 10_000, 10, 10, 10_000, 80, times * n), heap(10_000, 80, times * n),
                "1.5 x of 100 nodes", hundred(times * n),
            )
            for times, which in ((16, ""), (4, ", the first quarter: a fifth cold"))
        ),
        Work(
            "declared sleeps, queue of 1,000,000", binary("replay", sleeps, 100, 10, 10, 10, 200, 2 * n),
            heap(100, 200, 2 * n), "1.5 x of 100 nodes", hundred(2 * n), times_turns=5,
        ),
        Work("declared compute, slots = cores", binary("replay", computes, 100, 10, 10, 10, 80, n), small, "500,000/s"),
        Work(
            "declared compute, slots = 2 x cores", binary("replay", computes, 100, 20, 10, 10, 40, n // 2), small,
            "200,000/s",
        ),
        Work(
            "the same, shared by SimGrid itself", binary("replay", computes_by_simgrid, 100, 20, 10, 10, 40, n // 2),
            small, "200,000/s",
        ),
        Work("C++ bodies", binary("cpp_bodies", 100, n // 4, 800), small, "250,000/s"),
        Work("Python bodies", script("python_bodies", 100, n // 10, 800), small, "120,000/s"),
        Work(
            "cold pulls, 1,000 nodes, 200 images", binary("cold_pulls", 1, 1000, 200),
            ("SimGrid alone", binary("cold_pulls", 2, 1000, 200)), "1.2 x",
        ),
        *(
            Work(
                f"{rate} calls/s", script("peers", "ours", rate, 100_000), (name, script("peers", who, rate, 100_000)),
                f"1/{times} x",
            )
            for who, name, rate, times in (
                ("simfaas", "SimFaaS", 10, 15), ("simfaas", "SimFaaS", 100, 60),
                ("simpy", "minimal SimPy model", 100, 20),
            )
        ),
    ]  # fmt: skip


def memory_works(full: bool) -> list[Work]:
    """What is measured in MB, and start-up."""
    count = 10_000_000 if full else 2_000_000
    limits = (" (1.2 GB)", " (200 MB)") if full else ("", "")
    none = ("", list[str]())
    return [
        Work(f"memory, {count:,} invocations, all records", script("memory", "all", count), none, limits[0]),
        Work(f"memory, {count:,} invocations, summary", script("memory", "summary", count), none, limits[1]),
        Work("start-up, 10,000 nodes", script("start_up", 10_000), none, "1 s"),
        Work("100,000 live Python controllers", script("python_controllers", 100_000), none),
    ]


def once(command: list[str]) -> Row:
    """What one run printed."""
    environment = {**os.environ, "WRENCH_SERVERLESS_CHECK": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    row: Row = json.loads(done.stdout.splitlines()[-1])
    if "invocations" in row:
        row["ns"] = 1e9 * row["seconds"] / row["invocations"]
        row["per_second"] = row["invocations"] / row["seconds"]
    return row


def median(rows: list[Row]) -> Row:
    """The one with the median time."""
    middle = statistics.median_low(row["seconds"] for row in rows)
    return next(row for row in rows if row["seconds"] == middle)


def compare(work: Work, runs: int) -> Row:
    """Its figures, and the ratio of its cost to that of what it is compared with."""
    references = [work.reference, work.other or ("", [])]
    turns = [[once(command) for command in (work.command, *(c for _, c in references)) if command] for _ in range(runs)]
    columns = list(zip(*turns, strict=True))
    row: Row = {"work": work.name, "target": work.target, **median(list(columns[0]))}
    for column, (name, _), prefix in zip(columns[1:], references, ("", "other_"), strict=False):
        ratios = [ours["ns"] / theirs["ns"] for ours, theirs in zip(columns[0], column, strict=True)]
        row |= {
            f"{prefix}reference": name,
            f"{prefix}reference_ns": median(list(column))["ns"],
            f"{prefix}ratio": statistics.median(ratios),
        }
    return row


def show(row: Row) -> None:
    """One line of the table."""
    figures = f"{row['ns']:>9,.0f}{row['per_second']:>13,.0f}" if "ns" in row else " " * 22
    ratio = f"{row['ratio']:>9.3g} x {row['reference']}" if "ratio" in row else f"{row['seconds']:>9.2f} s"
    other = f", {row['other_ratio']:.3g} x {row['other_reference']}" if "other_ratio" in row else ""
    memory = f", {row['rss_mb']:.0f} MB" if "rss_mb" in row else ""
    print(f"{row['work']:<49}{figures}{ratio}{other}{memory}", flush=True)


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median counts")
    parser.add_argument("--policies", action="store_true", help="only the placement policies; other figures stay")
    parser.add_argument("--full", action="store_true", help="ten times as many invocations")
    parser.add_argument("--only", default="", help="only the work with these words in its name")
    options = parser.parse_args()
    target = ROOT / "build" / "bench.json"
    if options.policies:
        again = policies(options.runs + 4)
        if target.exists():  # the other figures stay
            before = json.loads(target.read_text())
            target.write_text(json.dumps({**before, "decisions": again, "decisions_commit": commit()}, indent=1))
        return
    print(f"{'work':<49}{'ns each':>9}{'per second':>13}{'':>9}compared with", flush=True)
    rows = []
    decisions: list[Row] = []
    for work in [*works(10 if options.full else 1), *memory_works(options.full)]:
        if options.only in work.name:
            rows.append(compare(work, options.runs * work.times_turns))
            show(rows[-1])
    if not options.only:
        decisions = policies(options.runs + 4)  # a few ns each
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True, check=False)
    facts: dict[str, Any] = {
        "machine": platform.machine(),
        "processor": processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        "compiler": compiler.stdout.splitlines()[0] if compiler.stdout else "",
        "commit": commit(),
        "runs": options.runs,
    }
    facts |= {"rows": rows, "decisions": decisions, "decisions_commit": commit()}
    target.write_text(json.dumps(facts, indent=1))
    print(f"written to {target.relative_to(ROOT)}")


def commit() -> str:
    """What is measured."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def processor() -> str:
    """The processor's name, where Linux tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")


if __name__ == "__main__":
    main()
