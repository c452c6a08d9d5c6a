"""Writes docs/background/validation.md: what theory, hand and WRENCH say, and what the simulator gives.

Run by `make validation`, with tests/python on the path. The experiments are those of the tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import oracle_mixes as mixes
import test_oracle as oracle
import theory
import theory_nodes

import wrench_serverless as ws

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "background" / "validation.md"

TOP = f"""# Validation

Written by `make validation`; the tests check the same figures on every run. The [model](model.md) says what the rules
are.

## Closed forms

Each figure is the mean over {theory.RUNS} independent runs, with its confidence interval at 99.9 % (Student's t). The
formulas are Erlang's of 1917 (B: calls that find all slots busy and are refused, `queue_capacity=0`; C: calls that
wait), and what follows from a Poisson process for containers that are kept for T seconds: a call is cold if none came
in the T seconds (and the duration) before. With one container for all calls (`concurrency=math.inf`) this is the
probability that M/G/∞ with services of S + T is empty, so that only the mean of S counts. It is the same for B.
Little's law holds exactly in each run, and is a test.

Erlang's B does not ask on which nodes the slots are. Where a node has a slot for everybody, its bodies share the cores:
M/G/1 with processor sharing (L. Kleinrock, Queueing Systems vol. 2, 1976), and M/G/c (J. W. Cohen, Acta Informatica 12,
1979), in which again only the mean of S counts.

"""

TRANSFERS = """
## Transfers by hand

A copy over one link that both directions share, with disks that are too fast to matter. SimGrid's default network
model, LV08, multiplies latency by 13.01 and bandwidth by 0.97, has acknowledgements take another 5 % of the stream's
rate, and sends at most a TCP window of 4 MiB for each round trip (P. Velho and A. Legrand, SIMUTools 2009).

"""

ORACLE = """
## WRENCH's serverless service

Twelve scenarios were recorded with WRENCH's own service (`tests/oracle`). The tests accept 1 %. Dates in seconds of
each scenario's last call to start, and the largest difference of all dates of all its calls.

"""

MIXES = """
### Mixes of calls

Twenty mixes of 60 or 80 calls, drawn at random: `plain` with room for everything; `kinds` with bodies that sleep,
compute, write, fail or time out, and a head that takes time for each request; `pressure` with little memory or little
disk. The mean response, in seconds from the answer of the head to the end, of all calls whose end was recorded. *As
WRENCH's schedulers have it*: `claims="each_pass"` and `disk_sharing="simgrid"` (R18b); the share of calls whose wait
for the start of the body is WRENCH's to 1 %. *The defaults*: `claims="at_head"` (R16, R18), which reserves a node's
slot and room for a call before its image is on the node; disks are shared by weight.

The first setting differs by more than 1 % in two mixes, `pressure 0` and `pressure 4`, and for one reason. Where an
image comes to a node that is full, idle containers go for it here (R9, R10); in WRENCH's service an image never
ends an idle container, so that its calls wait until one has expired: up to 20 s and 300 s in these two. The defaults
differ by more than 5 % in `pressure 0`, and in `kinds 1` and `kinds 4`, where the head takes 0.4 s for each request:
WRENCH's head handles ends of calls and arrivals of images in between, one after the other, and with the defaults these
take effect at once. With the first setting they wait for the head, as there.

In `pressure 5`, and for a few calls of `pressure 1`, `pressure 3` and `kinds 0`, the means agree though some starts do
not: some calls go to another node than in WRENCH. Why was not found out.

"""


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def closed_forms() -> Iterator[Sequence[str]]:
    for experiment in (*theory.experiments(), *theory_nodes.experiments()):
        estimate = experiment.estimate()
        yield (
            experiment.name,
            experiment.formula,
            f"{experiment.expected:.5f}",
            f"{estimate.mean:.5f}",
            f"± {estimate.half_width:.5f}",
        )


def transfers() -> Iterator[Sequence[str]]:
    for size, bandwidth, latency in theory.TRANSFERS:
        by_hand = theory.transfer_time(size, bandwidth, latency)
        simulated = theory.measured_transfer_time(size, bandwidth, latency)
        difference = abs(simulated / by_hand - 1)
        yield f"{size:g}", f"{bandwidth:g}", f"{latency:g}", f"{by_hand:.6f}", f"{simulated:.6f}", f"{difference:.1e}"


def scenarios() -> Iterator[Sequence[str]]:
    for path in oracle.SCENARIOS:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        pairs = list(zip(oracle.simulate(recorded["scenario"]), recorded["expected"], strict=True))
        differences = [
            abs(getattr(call, ours) - expected[theirs])
            for call, expected in pairs
            for theirs, ours in oracle.NAMES.items()
            if expected[theirs] != oracle.NOT_RECORDED
        ]
        call, expected = max(pairs, key=lambda pair: float(pair[1]["start"]))
        end = expected["end"]
        yield (
            path.stem.replace("_", " "),
            str(len(pairs)),
            f"{expected['start']:.4f}",
            f"{call.started:.4f}",
            "–" if end == oracle.NOT_RECORDED else f"{end:.4f}",
            f"{call.ended:.4f}",
            f"{max(differences):.4f}",
        )


def compared_mixes() -> Iterator[Sequence[str]]:
    for path in mixes.MIXES:
        exact, default = mixes.compare(path, **mixes.AS_WRENCH), mixes.compare(path)
        yield (
            exact.name,
            str(exact.calls),
            f"{exact.response:.3f}",
            f"{exact.ours:.3f}",
            f"{exact.difference:+.2%}",
            f"{exact.same_starts:.0%}",
            f"{default.ours:.3f}",
            f"{default.difference:+.2%}",
        )


def main() -> None:
    forms = ("quantity", "formula", "theory", "simulated", "99.9 %")
    by_hand = ("bytes", "bytes/s", "latency (s)", "by hand (s)", "simulated (s)", "relative difference")
    recorded = ("scenario", "calls", "start: WRENCH", "start: here", "end: WRENCH", "end: here", "largest difference")
    page = TOP + table(forms, closed_forms()) + TRANSFERS + table(by_hand, transfers())
    page += ORACLE + table(recorded, scenarios())
    differences = ("R18b", "difference", "same starts", "defaults", "difference")
    page += MIXES + table(("mix", "calls", "WRENCH", *differences), compared_mixes())
    PAGE.write_text(page, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: with wrench-serverless {ws.__version__}")


if __name__ == "__main__":
    main()
