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
