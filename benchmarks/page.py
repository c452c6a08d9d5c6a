"""Write docs/background/performance.md, and its picture, from build/bench.json and from a sweep of its own.

Usage: page.py, after run.py. The sweep measures declared sleeps over nodes, functions and invocations.
"""

from __future__ import annotations

import json
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from run import ROOT, binary, median, once

PAGE = ROOT / "docs" / "background" / "performance.md"
PICTURE = ROOT / "docs" / "images" / "performance.png"

TEXT = """\
# How fast it is

This page is made by `make bench && make performance-page`. The figures are medians of {runs} runs (for the queue, of
five times as many), in seconds of the process itself, on one core of: {processor}; {compiler}; Python {python}; commit
{commit}. Machines differ: trust the ratios more than the numbers. What a line is compared with was run in turn with it,
and its ratio is the median of those of the turns.

| work | ns each | per second | compared with | asked for |
|---|---|---|---|---|
{rows}

- *Bare event heap*: the same arrivals, durations and slots in a C++ priority queue, without containers, records or
  anything else: the floor for a simulator driven by events.
- *Declared sleeps*: `Profile(Sleep())` and a replay: Poisson arrivals, exponential durations of 1 s, ten slots a node,
  a load of 80 %, ten functions, containers that stay warm for 600 s, all records.
- *Declared compute*: the same with `Compute()`. A computation that has a core to itself is an event of our own queue;
  more computations than cores share them by SimGrid's rule, or by SimGrid itself with `cpu_sharing="simgrid"`.
- *SimFaaS* and the *minimal SimPy model* get the same arrivals and durations (SimFaaS draws them itself, from the same
  distributions). The SimPy model is the least that one can write: a pool of slots, a list of warm containers, and
  records in a Python list. They run in Python; a ratio of 1/20 x says that we need a twentieth of the time.
- *SimGrid alone*: the transfers of the line's simulation, started at the same dates by one SimGrid actor.

{memory}

A decision of a placement policy, with ten slots a node of which 95 % are taken, in ns (`policy_decisions`, medians of
more runs; commit {decisions_commit}):

| policy | 10 nodes | 1,000 nodes | 100,000 nodes |
|---|---|---|---|
{decisions}

- While it is measured the cluster goes on changing: 32 times a container ends and one is placed, then there are 256
  decisions. A change itself, with 100,000 nodes, takes microseconds, as what it needs is in no cache.
- There are ten functions. With many nodes each has more containers than the 32 nodes hold that `HashAffinity` tries:
  a decision tries them all, and then draws one. With a function for each node it finds room near home.
- *Memory full*: all memory of all nodes is taken, half of it by busy containers and half by idle ones, so that nearly
  every node has room only once an idle container ends (R18's last degree); a step makes a busy container idle and
  claims for another one. *Of different sizes*: functions take from 0.5 to 5 times as much, and have images of a tenth
  of that. Then a node may have room for a function as it has the image, and have none otherwise.
- Decisions take as many steps as the logarithm of the nodes, or at most 80 draws; only where none of these has room,
  and any other may have, nodes with enough memory are listed. What grows faster with 100,000 nodes is the wait for
  memory: what a decision looks at is in no cache.
{in_python}

![Cost of an invocation against nodes, functions and invocations](../images/performance.png)

The picture: nanoseconds for each invocation, declared sleeps at a load of 80 %. Over nodes: ten functions. Over
functions: 1,000 nodes. Over invocations: 100 nodes, ten functions. What grows at the right is the memory's share: the
state of 100,000 slots fits neither the caches nor, where the system has only small pages for it (as under most virtual
machines), the table of pages that the processor keeps.

## Why

An invocation that shares nothing is two events in a queue of our own, which is the master of time: SimGrid is only
asked for dates while something is under way there that shares a disk or a link. Whatever an invocation needs is
in vectors reached by number; nothing is allocated for it. Waiting calls are looked at when a slot is given back, and
then only for that node.
"""


def table_row(row: dict[str, Any]) -> str:
    """One line of the table."""
    compared = f"{row['ratio']:.3g} x {row['reference']} ({row['reference_ns']:,.0f} ns)"
    if "other_ratio" in row:
        other, ns = row["other_reference"], row["other_reference_ns"]
        compared += f"; {row['other_ratio']:.3g} x *{other}* with as many ({ns:,.0f} ns)"
    return f"| {row['work']} | {row['ns']:,.0f} | {row['per_second']:,.0f} | {compared} | {row['target']} |"


def decision_rows(decisions: list[dict[str, Any]]) -> str:
    """A line for each built-in policy."""
    costs: dict[str, list[float]] = {}
    for row in decisions:
        if "ns" in row:
            costs.setdefault(row["policy"], []).append(row["ns"])
    return "\n".join(f"| {name} | {' | '.join(f'{ns:.0f}' for ns in values)} |" for name, values in costs.items())


def in_python(decisions: list[dict[str, Any]]) -> str:
    """A line for each policy written in Python."""
    rows = [row for row in decisions if "ns" not in row]
    text = "- In Python, `{policy}`: {per_second:,.0f} decisions a second, the replay that asks for them included."
    return "\n".join(text.format(**row) for row in rows)


def memory_line(row: dict[str, Any]) -> str:
    """A line of what has no reference."""
    size = f"{row['rss_mb']:,.0f} MB" if "rss_mb" in row else ""
    asked = f"; asked for: {row['target'].strip(' ()')}" if row["target"] else ""
    time = f"{row['seconds']:.2f} s"
    return f"- {row['work']}: {size + ', ' if size else ''}{time}{asked}"


def sweep(changing: int, values: list[int], base: list[int]) -> list[float]:
    """Ns for each invocation, with one argument of the replay changing."""
    costs = []
    for value in values:
        arguments = list(base)
        arguments[changing] = value
        row = median([once(binary("replay", *arguments)) for _ in range(3)])
        costs.append(row["ns"])
        print(arguments, f"{costs[-1]:.0f} ns", flush=True)
    return costs


def draw() -> None:
    """The picture."""
    # KIND NODES SLOTS CORES FUNCTIONS LOAD% INVOCATIONS
    panels = [
        ("nodes", 1, [10, 100, 1_000, 10_000], [1, 100, 10, 10, 10, 80, 2_000_000]),
        ("functions", 4, [1, 10, 100, 1_000, 10_000], [1, 1_000, 10, 10, 10, 80, 2_000_000]),
        ("invocations", 6, [10_000, 100_000, 1_000_000, 10_000_000], [1, 100, 10, 10, 10, 80, 1]),
    ]
    figure, axes = plt.subplots(1, 3, figsize=(10, 3), sharey=True, layout="constrained")
    for axis, (name, changing, values, base) in zip(axes, panels, strict=True):
        axis.plot(values, sweep(changing, values, base), marker="o")
        axis.set(xscale="log", xlabel=name, ylim=(0, None))
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("ns per invocation")
    figure.savefig(PICTURE, dpi=110)


def main() -> None:
    """Write both."""
    found = json.loads((ROOT / "build" / "bench.json").read_text())
    rows = found.pop("rows")
    decisions = found.pop("decisions")
    compared = "\n".join(table_row(row) for row in rows if "ratio" in row)
    memory = "\n".join(memory_line(row) for row in rows if "ratio" not in row)
    draw()
    facts = {**found, **{name: found[name][:10] for name in ("commit", "decisions_commit")}}
    placement = {"decisions": decision_rows(decisions), "in_python": in_python(decisions)}
    PAGE.write_text(TEXT.format(rows=compared, memory=memory, **placement, **facts))
    print(f"written: {PAGE.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
