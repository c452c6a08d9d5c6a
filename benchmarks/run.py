"""Measure throughput and memory; print a table, and write build/bench.json.

Each figure is the median of several runs, each in a process of its own; the bare event heap is measured in the same
run, so that machines can be compared by the ratio. Usage: run.py [--runs 3] [--full] [--policies].
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BINARIES = ROOT / "build" / "release" / "benchmarks"


def measure(command: list[str], runs: int) -> dict[str, Any]:
    """The run with the median time."""
    outputs = []
    for _ in range(runs):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
        outputs.append(json.loads(done.stdout.splitlines()[-1]))
    middle = statistics.median_low(output["seconds"] for output in outputs)
    return next(output for output in outputs if output["seconds"] == middle)


def policies(runs: int) -> list[dict[str, Any]]:
    """Decisions of the placement policies: alone, and with the claim and the end that belong to each."""

    def lines(command: list[str]) -> list[dict[str, Any]]:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    rows: list[dict[str, Any]] = []
    print(f"{'placement':<18}{'nodes':>8}{'ns a decision':>15}{'with claim, end':>17}{'a second':>13}", flush=True)
    for nodes in (10, 1_000, 100_000):
        outputs = [lines([str(BINARIES / "policy_decisions"), str(nodes), "1000000"]) for _ in range(runs)]
        for same in zip(*outputs, strict=True):
            middle = statistics.median_low(row["seconds"] for row in same)
            row = next(row for row in same if row["seconds"] == middle)
            whole = 1e9 * row["seconds"] / row["decisions"]
            alone = whole - 1e9 * row["seconds_without"] / row["decisions"]
            rows.append({"work": f"placement {row['policy']}", "ns": alone, "ns_with_claim": whole, **row})
            print(f"{row['policy']:<18}{nodes:>8}{alone:>15.0f}{whole:>17.0f}{1e9 / whole:>13,.0f}", flush=True)
    for row in lines([sys.executable, str(ROOT / "benchmarks" / "python_policy.py"), "100", "100000"]):
        rows.append({"work": f"placement in Python: {row['policy']}", **row})
        print(f"in Python: {row['policy']:<18} 100 nodes, {row['per_second']:,.0f} decisions a second")
    return rows


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each; the median counts")
    parser.add_argument("--policies", action="store_true", help="only the placement policies")
    parser.add_argument("--full", action="store_true", help="ten times as many invocations")
    options = parser.parse_args()
    if options.policies:
        policies(options.runs)
        return
    count = 1_000_000 if options.full else 100_000

    def script(name: str, *arguments: int) -> list[str]:
        return [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *map(str, arguments)]

    def binary(name: str, *arguments: int) -> list[str]:
        return [str(BINARIES / name), *map(str, arguments)]

    rows: list[dict[str, Any]] = []
    print(
        f"{'work':<18}{'nodes':>6}{'live':>6}{'invocations':>13}{'per second':>13}{'x bare heap':>13}{'MB':>6}",
        flush=True,
    )
    # With 64 bodies at a time only the number of nodes differs; at a load of 0.8 the live bodies grow with it.
    for nodes, live in ((10, 64), (100, 64), (1000, 64), (10, 80), (100, 800), (1000, 8000)):
        floor = measure(binary("event_heap", nodes, 10 * count, live), options.runs)
        floor_cost = floor["seconds"] / floor["invocations"]
        for name, measured in (
            ("bare event heap", floor),
            ("C++ bodies", measure(binary("cpp_bodies", nodes, count, live), options.runs)),
            ("Python bodies", measure(script("python_bodies", nodes, count, live), options.runs)),
        ):
            row = {"work": name, "live": live, **measured}
            cost = row["seconds"] / row["invocations"]
            row.update(per_second=1 / cost, ratio=cost / floor_cost)
            rows.append(row)
            memory = f"{row['rss_mb']:.0f}" if "rss_mb" in row else ""
            figures = f"{row['invocations']:>13,}{1 / cost:>13,.0f}{row['ratio']:>13.1f}{memory:>6}"
            print(f"{name:<18}{nodes:>6}{live:>6}{figures}", flush=True)
    row = {"work": "Python controllers", **measure(script("python_controllers", 100_000), 1)}
    rows.append(row)
    print(f"100,000 live Python controllers: {row['seconds']:.1f} s, {row['rss_mb']:.0f} MB")

    rows += policies(options.runs)

    target = ROOT / "build" / "bench.json"
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    machine = {"machine": platform.machine(), "system": platform.platform(), "python": platform.python_version()}
    target.write_text(json.dumps({**machine, "commit": commit.stdout.strip(), "rows": rows}, indent=1))
    print(f"written to {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
