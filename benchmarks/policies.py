"""Decisions of placement policies, at 10, 1,000 and 100,000 nodes: part of run.py."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BINARIES = ROOT / "build" / "release" / "benchmarks"


def policies(runs: int) -> list[dict[str, Any]]:
    """Decisions of the placement policies, and steps of an end, a decision and a claim that change the cluster."""

    def lines(command: list[str]) -> list[dict[str, Any]]:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    rows: list[dict[str, Any]] = []
    print(f"{'placement':<38}{'nodes':>8}{'ns a decision':>15}{'a second':>13}{'ns a step':>11}", flush=True)
    sizes = (10, 1_000, 100_000)
    turns = [
        [lines([str(BINARIES / "policy_decisions"), str(nodes), "1000000"]) for nodes in sizes] for _ in range(runs)
    ]
    for nodes, outputs in zip(sizes, zip(*turns, strict=True), strict=True):
        for same in zip(*outputs, strict=True):
            middle = statistics.median_low(row["seconds"] for row in same)
            row = next(row for row in same if row["seconds"] == middle)
            decision = 1e9 * row["seconds"] / row["decisions"]
            step = 1e9 * statistics.median(row["seconds_of_steps"] / row["steps"] for row in same)
            rows.append({"work": f"placement {row['policy']}", "ns": decision, "ns_of_step": step, **row})
            print(f"{row['policy']:<38}{nodes:>8}{decision:>15.0f}{1e9 / decision:>13,.0f}{step:>11.0f}", flush=True)
    for row in lines([sys.executable, str(ROOT / "benchmarks" / "python_policy.py"), "100", "100000"]):
        rows.append({"work": f"placement in Python: {row['policy']}", **row})
        print(f"in Python: {row['policy']:<18} 100 nodes, {row['per_second']:,.0f} decisions a second")
    return rows
