"""The recorded mixes: how far from WRENCH's own times ours are. Used by test_oracle_mixes.py and docs/validate.py.

Three families (tests/oracle/mixes): `plain`, with room for everything; `kinds`, with bodies that sleep, compute, write,
fail or time out, and a head that takes time; `pressure`, with little memory or little disk.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import test_oracle as oracle

import wrench_serverless as ws

MIXES = sorted((Path(__file__).resolve().parents[1] / "oracle" / "mixes").glob("*.json"))
AS_WRENCH: dict[str, Any] = {"claims": "each_pass", "disk_sharing": "simgrid"}
RELATIVE, ABSOLUTE = 0.01, 1e-3


@dataclass(frozen=True)
class Comparison:
    """One mix, and one setting of ours."""

    name: str
    calls: int
    response: float  # s, the mean from submission to end, of the calls whose end was recorded: WRENCH's
    ours: float  # the same here
    same_starts: float  # share of all calls whose wait for the start differs by 1 % (or 1 ms) at most
    same_nodes: float
    same_outcomes: float

    @property
    def difference(self) -> float:
        """Of the mean responses: 0.01 is one percent more here."""
        return self.ours / self.response - 1


def compare(path: Path, **options: Any) -> Comparison:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    pairs = list(zip(oracle.simulate(recorded["scenario"], **options), recorded["expected"], strict=True))
    ended = [(call, expected) for call, expected in pairs if expected["end"] != oracle.NOT_RECORDED]

    def is_near(call: ws.Invocation, expected: dict[str, Any]) -> bool:
        wait = expected["start"] - expected["submit"]
        return bool(abs(call.started - call.admitted - wait) <= RELATIVE * wait + ABSOLUTE)

    def share(matches: list[bool]) -> float:
        return sum(matches) / len(matches)

    return Comparison(
        name=path.stem.replace("_", " "),
        calls=len(pairs),
        response=sum(expected["end"] - expected["submit"] for _, expected in ended) / len(ended),
        ours=sum(call.ended - call.admitted for call, _ in ended) / len(ended),
        same_starts=share([is_near(call, expected) for call, expected in pairs]),
        same_nodes=share([call.node == expected["node"] for call, expected in pairs]),
        same_outcomes=share(
            [(call.state == ws.InvocationState.COMPLETED) == expected["ok"] for call, expected in pairs]
        ),
    )
