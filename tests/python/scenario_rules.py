"""What holds of every run, from what was recorded and observed alone."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from typing import Any

import numpy as np
from scenario_run import Outcome
from scenarios import Scenario

FINAL = ("COMPLETED", "FAILED", "TIMED_OUT", "REFUSED")
NEXT = {
    "": ("QUEUED", "REFUSED"),
    "QUEUED": ("STARTING", "FAILED"),
    "STARTING": ("RUNNING", "FAILED"),
    "RUNNING": ("COMPLETED", "FAILED", "TIMED_OUT"),
}
SLACK = 1e-9  # s, for sums of dates in another order

Row = dict[str, Any]


def rows(table: Any) -> list[Row]:
    columns = {name: table.names(name) if name in table.categories else table[name] for name in table}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*(c.tolist() for c in columns.values()), strict=True)
    ]


def check(scenario: Scenario, outcome: Outcome) -> None:
    calls = rows(outcome.results.invocations)
    containers = rows(outcome.results.containers)
    check_states(outcome, calls)
    for call in calls:
        check_dates(scenario, call, outcome.results.now)
    check_order(calls)
    check_head(scenario, calls)
    check_nodes(scenario, calls, containers)
    check_containers(scenario, outcome, calls, containers)
    check_transfers(scenario, outcome)
    check_deadlock(scenario, outcome, calls)


def check_states(outcome: Outcome, calls: list[Row]) -> None:
    """R26: each state at its date, in the order that is allowed, and one that is final at the end."""
    seen: dict[int, list[tuple[str, float]]] = defaultdict(list)
    dates = [date for _, _, date in outcome.states]
    assert dates == sorted(dates)
    for id, state, date in outcome.states:
        before = seen[id][-1][0] if seen[id] else ""
        assert state in NEXT[before], (id, before, state)
        seen[id].append((state, date))
    for call in calls:
        states = dict(seen[call["id"]])
        if call["state"] != "QUEUED" or states:
            assert call["state"] == (list(states) or ["QUEUED"])[-1]
        if outcome.deadlock is None:
            assert call["state"] in FINAL
        for state, date in states.items():
            column = {"QUEUED": "admitted", "STARTING": "assigned", "RUNNING": "started"}.get(state, "ended")
            assert call[column] == date
        for state, column in (("STARTING", "assigned"), ("RUNNING", "started")):
            assert math.isnan(call[column]) == (state not in states)


def check_dates(scenario: Scenario, call: Row, now: float) -> None:
    """The dates of a call in order, and those that follow from options: R13, R20, R22, R24."""
    dates = [call[name] for name in ("requested", "admitted", "assigned", "started", "ended")]
    there = [date for date in dates if not math.isnan(date)]
    assert there == sorted(there) and there[-1] <= now
    provider = provider_of(scenario, call)
    function = scenario.functions[int(call["function"][1:])]
    if call["state"] == "REFUSED":
        assert call["node"] is None and math.isnan(call["admitted"])
        return
    if math.isnan(call["started"]):
        assert call["state"] not in ("COMPLETED", "TIMED_OUT")
        return
    overhead = provider.cold if call["cold"] else provider.warm
    alone = (function.concurrency or provider.concurrency) == 1
    start = call["started"] - call["assigned"]
    if alone:
        assert start >= overhead - SLACK
        if function.ingress == 0:
            assert start <= overhead + SLACK
    assert call["billed_seconds"] <= function.time_limit + SLACK
    assert call["started"] + call["billed_seconds"] <= end_of(call) + SLACK
    if call["state"] == "TIMED_OUT":
        assert call["ended"] == call["started"] + function.time_limit


def provider_of(scenario: Scenario, call: Row) -> Any:
    return scenario.providers[int(call["provider"].removeprefix("provider-"))]


def check_order(calls: list[Row]) -> None:
    """R16: of one function, whoever is admitted first is assigned first."""
    lines: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for call in calls:
        if not math.isnan(call["assigned"]):
            lines[call["provider"], call["function"]].append(call)
    for line in lines.values():
        line.sort(key=lambda call: (call["admitted"], call["assigned"]))
        assigned = [call["assigned"] for call in line]
        assert assigned == sorted(assigned)


def check_head(scenario: Scenario, calls: list[Row]) -> None:
    """R13: one request at a time, first come first served where their way takes no time."""
    by_provider: dict[str, list[Row]] = defaultdict(list)
    for call in calls:
        if not math.isnan(call["admitted"]):
            by_provider[call["provider"]].append(call)
    for of_one in by_provider.values():
        provider = provider_of(scenario, of_one[0])
        admitted = sorted(call["admitted"] for call in of_one)
        assert all(later - date >= provider.dispatch - SLACK for date, later in itertools.pairwise(admitted))
        if provider.control_message_size == 0:
            assert admitted == [call["admitted"] for call in of_one]  # the table is in order of the calls


def most(intervals: list[tuple[float, float, int]]) -> int:
    """The highest sum of amounts at any date, of half-open intervals."""
    changes = [(begin, amount) for begin, end, amount in intervals if end > begin]
    changes += [(end, -amount) for begin, end, amount in intervals if end > begin]
    total = highest = 0
    for _, change in sorted(changes):  # at one date, what ends comes first
        total += change
        highest = max(highest, total)
    return highest


def check_nodes(scenario: Scenario, calls: list[Row], containers: list[Row]) -> None:
    """R28: at no date more slots, memory or storage than a node has."""
    for provider in scenario.providers:
        for index in provider.nodes:
            node = scenario.nodes[index]
            here = [call for call in calls if call["node"] == f"node-{index}"]
            slots = [
                (call["assigned"], end_of(call), 1)
                for call in here
                if (scenario.functions[int(call["function"][1:])].concurrency or provider.concurrency) == 1
            ]
            assert most(slots) <= (provider.slots or node.cores)
            living = [c for c in containers if c["node"] == f"node-{index}"]
            memory, storage = [], []
            by_image: dict[int, list[tuple[float, float]]] = defaultdict(list)
            for container in living:
                function = scenario.functions[int(container["function"][1:])]
                life = (container["claimed"], end_of(container))
                memory.append((*life, function.memory))
                storage.append((*life, function.storage))
                by_image[function.image].append(life)
            for image, lives in by_image.items():
                memory += [(*life, scenario.images[image].memory) for life in union(lives)]
            assert most(memory) <= node.ram
            assert most(storage) <= (node.disk if provider.node_store is None else provider.node_store)


def end_of(row: Row) -> float:
    return math.inf if math.isnan(row["ended"]) else float(row["ended"])


def union(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    result: list[tuple[float, float]] = []
    for begin, end in sorted(intervals):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((begin, end))
    return result


def check_containers(scenario: Scenario, outcome: Outcome, calls: list[Row], containers: list[Row]) -> None:
    """The container table agrees with the calls (R17, R20, R27), and with what was observed."""
    ended = [call for call in calls if call["state"] in FINAL and call["node"] is not None]
    if outcome.deadlock is None:
        assert sum(container["invocations"] for container in containers) == len(ended)
    lasts = {(call["function"], call["node"], call["ended"]) for call in ended}
    for container in containers:
        provider = provider_of(scenario, container)
        assert not container["ready"] < container["claimed"] + provider.cold - SLACK
        assert not container["ended"] < container["ready"]
        assert (container["reason"] == "ALIVE") == math.isnan(container["ended"])
        assert container["busy_seconds"] <= end_of(container) - container["claimed"] + SLACK
        if container["reason"] == "ALIVE" and outcome.deadlock is None:
            assert math.isinf(provider.keep_alive)
        if container["reason"] == "EXPIRED":
            assert container["invocations"] > 0
            key = (container["function"], container["node"])
            assert any(
                abs(last[2] + provider.keep_alive - container["ended"]) <= SLACK * 10
                for last in lasts
                if last[:2] == key
            )
    for call in ended:
        assert any(
            container["function"] == call["function"] and container["node"] == call["node"]
            and container["claimed"] <= call["assigned"] and end_of(call) <= end_of(container)
            for container in containers
        )  # fmt: skip
    starts = [event[1:3] for event in outcome.containers if event[0] == "start"]
    ends = [(event[1], event[2], event[0]) for event in outcome.containers if event[0] != "start"]
    numbered = list(enumerate(containers))
    assert sorted(starts) == [(i, c["ready"]) for i, c in numbered if not math.isnan(c["ready"])]
    known = [(i, c["ended"], c["reason"]) for i, c in numbered if c["reason"] != "ALIVE"]
    assert sorted(ends)[: len(known)] == known


def check_transfers(scenario: Scenario, outcome: Outcome) -> None:
    """R5: one stream for each file and place, never faster than what it goes over. R19: each step once at a time."""
    transfers = rows(outcome.results.transfers)
    events = outcome.transfers
    assert [("done" if t["completed"] else "lost", t["file"], t["destination"], t["ended"]) for t in transfers] == [
        event for event in events if event[0] != "start"
    ]
    streams: dict[tuple[str, str], list[tuple[float, float, int]]] = defaultdict(list)
    for transfer in transfers:
        assert transfer["started"] <= transfer["ended"] <= outcome.results.now
        fastest = scenario.user_bandwidth if "store" in transfer["source"] else math.inf
        if transfer["completed"]:
            rate = min(fastest, *(max(n.disk_bandwidth, scenario.user_bandwidth) for n in scenario.nodes))
            least = transfer["bytes"] / (rate if math.isfinite(fastest) else fast(scenario))
            assert transfer["ended"] - transfer["started"] >= least * (1 - 1e-6) - SLACK
        if "provider" in transfer["destination"] and transfer["destination"].count("/") == 1:
            streams[transfer["file"], transfer["destination"]].append((transfer["started"], transfer["ended"], 1))
    for intervals in streams.values():
        assert most(intervals) <= 1


def fast(scenario: Scenario) -> float:
    return max(scenario.user_bandwidth, *(node.disk_bandwidth for node in scenario.nodes))


def check_deadlock(scenario: Scenario, outcome: Outcome, calls: list[Row]) -> None:
    """R38: only where somebody waits for what can't happen, and it says for what."""
    if outcome.deadlock is None:
        return
    lost = any(math.isinf(fault.duration) for fault in scenario.faults)
    nested = any(step.kind == "invoke" and step.wait != "none" for f in scenario.functions for step in f.steps)
    assert lost or nested
    assert any(call["state"] not in FINAL for call in calls)
    assert "nothing can happen any more" in outcome.deadlock
    assert len(outcome.deadlock.splitlines()) > 1


def check_stretched(scenario: Scenario, outcome: Outcome, other: Outcome, k: float) -> bool:
    """Times × k, and all else the same; False where that can't be told.

    Not to the last bit: SimGrid compares amounts with constants of its own, so that activities end up to 1e-9 s sooner
    or later. Where two dates nearly meet, this decides which comes first, and with it what happens next. Nothing in
    this project has such constants: where SimGrid has nothing to do, times are exact. Policies that compare times of
    whole bodies and starts see that difference where two of them would be equal.
    """
    by_time = any(p.queueing == "ShortestExpectedFirst" or p.eviction == "GreedyDual" for p in scenario.providers)
    if by_time or nearly_meet(scenario, outcome):
        return False
    assert (outcome.deadlock is None) == (other.deadlock is None)
    for name in ("invocations", "containers", "transfers"):
        table, stretched = getattr(outcome.results, name), getattr(other.results, name)
        for column in table:
            if column in TIMES:
                np.testing.assert_allclose(stretched[column] / k, table[column], rtol=0, atol=NEAR, err_msg=column)
            else:
                np.testing.assert_array_equal(stretched[column], table[column], err_msg=column)
    return True


NEAR = 1e-7


def nearly_meet(scenario: Scenario, outcome: Outcome) -> bool:
    dates = [*outcome.dates, *(date for *_, date in outcome.states), *(date for *_, date in outcome.transfers)]
    for call in rows(outcome.results.invocations):
        dates += [call["requested"], call["started"] + call["billed_seconds"]]
        dates.append(call["started"] + scenario.functions[int(call["function"][1:])].time_limit)
    for container in rows(outcome.results.containers):
        dates += [container["claimed"], container["ready"], container["ended"]]
    for fault in scenario.faults:
        dates += [fault.time, fault.time + fault.duration]
    known = np.unique([date for date in dates if math.isfinite(date)])
    return bool(np.any(np.diff(known) < NEAR))


def figures(outcome: Outcome) -> Counter[str]:
    """What happened, to see that the generator reaches everything."""
    counts = Counter(f"invocations {call['state']}" for call in rows(outcome.results.invocations))
    counts.update(f"containers {container['reason']}" for container in rows(outcome.results.containers))
    counts.update(f"transfers {kind}" for kind, *_ in outcome.transfers if kind != "start")
    counts["scenarios"] += 1
    counts["scenarios that deadlock"] += outcome.deadlock is not None
    return counts


TIMES = {
    "requested", "admitted", "assigned", "started", "ended", "billed_seconds", "claimed", "ready", "busy_seconds",
}  # fmt: skip
