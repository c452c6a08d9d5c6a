"""Tries cases of hostile_cases.py in child processes, many in each: a typed error, or a run that ends; and the next
simulation in that process is as it was before.

    python tests/python/hostile_run.py platforms|options [--share 0.1] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hostile_cases import GOOD, Case, option_cases, platform_cases

BATCH = 250
PATIENCE = 300  # s for one batch: it takes a few
# Words of the C++ library, of Python's bindings, and of sources.
RAW = re.compile(r"\bstoi|\bstod|std::|basic_string|vector::|_M_|bad_alloc|bad_function|Assertion|backtrace|[.][ch]pp|"
                 r"incompatible|Unable to cast|0x[0-9a-f]{6}|Traceback", re.IGNORECASE)  # fmt: skip


def all_cases(kind: str) -> list[Case]:
    if kind == "platforms":
        return platform_cases()
    from wrench_serverless import _core

    return option_cases([*_core.simgrid_options(), "surf/precision", "maxmin/precision", "smpi/lat-factor", "no/such"])


def work(kind: str, indices: list[int], folder: Path) -> None:
    """In the child: a line before each case, and one with its outcome."""
    import wrench_serverless as ws

    def run(platform: ws.Platform, config: dict[str, str] | None) -> tuple[float, ...]:
        names = platform.host_names
        ends = names[0], names[-1]
        for name in dict.fromkeys(ends):
            platform.add_disk(
                name, "hostile", size="1TB", read_bandwidth="1GBps", write_bandwidth="1GBps", mount="/hostile"
            )
        sim = ws.Simulation(platform, config=config)
        times: list[float] = []
        first = sim.create_storage_service(ends[0], "1GB", "/hostile")
        second = sim.create_storage_service(ends[1], "1GB", "/hostile")
        first.create_file("f", "5MB")

        def main() -> None:
            ws.compute(1e9)
            times.append(ws.now())
            first.copy("f", second)
            times.append(ws.now())
            second.write("g", "1MB")
            times.append(ws.now())

        sim.add_controller(ends[0], main)
        return (*times, sim.run(until=1e9).now)

    def plain() -> list[tuple[float, ...]]:
        return [run(ws.Platform.cluster(nodes=2), None), run(ws.Platform.from_file(folder / "good.xml"), None)]

    cases = all_cases(kind)
    (folder / "good.xml").write_bytes(GOOD.as_bytes())
    before = plain()
    for index in indices:
        case = cases[index]
        print(json.dumps({"start": index}), flush=True)
        path = folder / "case.xml"
        try:
            if case.text is not None:
                path.write_bytes(case.as_bytes())
                run(ws.Platform.from_file(path), case.config or None)
            else:
                run(ws.Platform.cluster(nodes=2), case.config)
            outcome = "ran"
        except (ws.Error, ValueError, TypeError) as error:
            outcome = f"{type(error).__name__}: {error}"
        except BaseException as error:
            outcome = f"raw {type(error).__name__}: {error}"
        print(json.dumps({"end": index, "outcome": outcome, "same": plain() == before}), flush=True)


def batch(kind: str, indices: list[int]) -> dict[int, str]:
    """What is wrong, by case; and what came out of the others."""
    outcomes: dict[int, str] = {}
    todo = list(indices)
    while todo:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, kind, "--worker", folder, json.dumps(todo)]
            hung = False
            try:
                done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=PATIENCE)
                output, words, code = done.stdout, done.stderr, done.returncode
            except subprocess.TimeoutExpired as late:
                hung, code = True, 0
                output = (late.stdout or b"").decode(errors="replace")
                words = ""
        started = -1
        for line in output.splitlines():
            if not line.startswith("{"):
                continue
            entry = json.loads(line)
            if "start" in entry:
                started = entry["start"]
                continue
            outcomes[started] = entry["outcome"] if entry["same"] else "poisons the next: " + entry["outcome"]
        rest = [index for index in todo if index not in outcomes]
        if rest and started in rest:
            outcomes[started] = "hangs" if hung else f"ends the process ({code}): {words[-300:]}"
            rest.remove(started)
        elif rest:
            raise RuntimeError(f"the worker did not start: {words}")
        todo = rest
    return outcomes


def is_wrong(case: Case, outcome: str) -> bool:
    if outcome == "ran":
        return False
    if outcome.startswith(("hangs", "ends", "raw", "poisons")) or RAW.search(outcome) is not None:
        return True
    return re.match(case.words, outcome) is None


def try_all(kind: str, share: float = 1.0, seed: int = 0) -> tuple[Counter[str], dict[str, str]]:
    """How many came out how, and the faults by the name of the case."""
    cases = all_cases(kind)
    indices = list(range(len(cases)))
    if share < 1:
        indices = sorted(random.Random(seed).sample(indices, round(share * len(cases))))
    counts: Counter[str] = Counter(cases=len(indices))
    faults: dict[str, str] = {}
    for start in range(0, len(indices), BATCH):
        for index, outcome in batch(kind, indices[start : start + BATCH]).items():
            if is_wrong(cases[index], outcome):
                faults[f"{index} {cases[index].name}"] = outcome
                counts["faults"] += 1
            else:
                counts[outcome.split(":")[0]] += 1
        if sys.stderr.isatty():
            print(f"{start + BATCH} of {len(indices)}: {dict(counts)}", file=sys.stderr)
    return counts, faults


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["platforms", "options"])
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worker", nargs=2)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.kind, json.loads(arguments.worker[1]), Path(arguments.worker[0]))
        return
    counts, faults = try_all(arguments.kind, arguments.share, arguments.seed)
    for name, outcome in faults.items():
        print(f"{name}\n    {outcome}")
    print(f"{arguments.kind}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
