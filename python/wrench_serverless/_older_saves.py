"""Results that an earlier version saved or pickled, in the form of this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wrench_serverless import _core
from wrench_serverless._lazy import AnyColumn, Column, LazyColumn

NOT_RECORDED = "(not recorded)"  # why an invocation failed
Facts = dict[str, Any]
Tables = list[dict[str, AnyColumn]]

_TIMED_OUT = _core.InvocationState.TIMED_OUT
_FAILED = (_core.InvocationState.FAILED, _core.InvocationState.REFUSED)


def upgrade(facts: Mapping[str, Any], tables: Sequence[Mapping[str, AnyColumn]]) -> tuple[Facts, Tables]:
    """From format 1: no `failure`, no slots in use over time, and names of figures with spaces.

    Why a call failed is known of those that timed out. Utilisation counted bodies, from date 0 on: it becomes
    `body_utilisation`, over the time from the first call to the last end where each call has a row. What slots were
    held beside is not known.
    """
    new, (invocations, *others) = dict(facts), [dict(table) for table in tables]
    columns = {
        name: column.read() if isinstance(column, LazyColumn) else column for name, column in invocations.items()
    }
    state = columns["state"]
    failure = np.where(np.isin(state, _FAILED), 2, np.where(state == _TIMED_OUT, 1, 0)).astype(np.uint16)
    failure.flags.writeable = False
    new["failure_names"] = ["", _core.FunctionTimeout.__name__, NOT_RECORDED]
    counts = np.bincount(state, minlength=len(_core.InvocationState.__members__)).tolist()
    if (statistics := facts.get("statistics")) is not None:
        counts = statistics["by_state"]
    by_reason = {_core.FunctionTimeout.__name__: counts[_TIMED_OUT], NOT_RECORDED: sum(counts[s] for s in _FAILED)}
    new["failures"] = {reason: count for reason, count in by_reason.items() if count > 0}
    if statistics is not None:
        new["statistics"] = {**statistics, "failures": new["failures"]}
    new["slot_use"] = None
    new["summary"] = _summary(facts, columns)
    return new, [_after("attempts", "failure", failure, invocations), *others]


def _summary(facts: Mapping[str, Any], columns: Mapping[str, Column]) -> list[tuple[str, float, str]]:
    figures = {name.replace(" ", "_"): (float(value), unit) for name, value, unit in facts["summary"]}
    bodies, window = figures["utilisation"][0], np.nan
    if facts.get("statistics") is None:  # each call has a row
        if columns["requested"].size:
            end = facts["now"] if np.isnan(columns["ended"]).any() else columns["ended"].max()
            window = end - columns["requested"].min()
        taken, cold = np.count_nonzero(~np.isnan(columns["assigned"])), np.count_nonzero(columns["cold"])
        figures["cold_starts"] = (float(cold), "")
        figures["cold_share"] = (cold / taken if taken else np.nan, "")
    figures["body_utilisation"] = (bodies * facts["now"] / window if window > 0 else np.nan, "")
    figures["utilisation"] = (np.nan, "")
    return [(name, *figures[name]) for name in ORDER]


def _after(place: str, name: str, column: Column, table: Mapping[str, AnyColumn]) -> dict[str, AnyColumn]:
    result: dict[str, AnyColumn] = {}
    for key, value in table.items():
        result[key] = value
        if key == place:
            result[name] = column
    return result


ORDER = (
    *("simulated_time", "invocations", "queued", "starting", "running", "completed", "failed", "timed_out", "refused"),
    *("cold_starts", "cold_share", "containers"),
    *(f"{time}_{figure}" for time in ("latency", "waiting") for figure in ("mean", "p50", "p95", "p99", "max")),
    *("utilisation", "body_utilisation", "billed", "idle", "transferred", "provisioned", "cost"),
)
