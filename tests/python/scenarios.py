"""Scenarios at random: plain data, so that one prints, shrinks and runs again.

Many dates and sizes are round numbers on purpose: then much happens at the same date, and capacities are met exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

MB = 10**6


@dataclass(frozen=True)
class Node:
    cores: int
    speed: float  # flop/s
    ram: int
    disk: int
    disk_bandwidth: float
    link_bandwidth: float
    latency: float


@dataclass(frozen=True)
class Image:
    size: int
    memory: int


@dataclass(frozen=True)
class Step:
    """What a body or a controller does next. `swallow`: what it raises is caught there."""

    kind: str  # sleep compute write read copy remove raise invoke
    amount: float = 0.0  # s, flops or bytes; of an invocation: how long to wait for it
    target: int = 0  # file, or function
    wait: str = "one"  # one, any, all, none
    swallow: bool = False


@dataclass(frozen=True)
class Function:
    image: int
    memory: int
    storage: int
    time_limit: float
    ingress: int
    egress: int
    concurrency: int | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Provider:
    nodes: tuple[int, ...]
    image_store: int
    slots: int | None
    node_store: int | None
    cold: float
    warm: float
    dispatch: float
    keep_alive: float
    concurrency: int
    queue_capacity: int | None
    control_message_size: int
    evicting: bool
    claims: str
    placement: str  # the names of policies; "": none is given
    eviction: str
    queueing: str


@dataclass(frozen=True)
class Controller:
    host: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Fault:
    """`thing` is "host …" or "link …"; it goes off, and comes back after `duration` if that is finite."""

    time: float
    thing: str
    duration: float


@dataclass(frozen=True)
class Scenario:
    seed: int
    model: str
    nodes: tuple[Node, ...]
    user_bandwidth: float
    latency: float
    images: tuple[Image, ...]
    functions: tuple[Function, ...]
    providers: tuple[Provider, ...]
    controllers: tuple[Controller, ...]
    faults: tuple[Fault, ...]


def stretched(scenario: Scenario, k: float) -> Scenario:
    """The same in a world that is slower by k: times × k, rates ÷ k; bytes and flops stay."""

    def steps(given: tuple[Step, ...]) -> tuple[Step, ...]:
        timed = ("sleep", "invoke")  # the amounts of the others are bytes and flops
        return tuple(replace(step, amount=step.amount * k) if step.kind in timed else step for step in given)

    return replace(
        scenario,
        nodes=tuple(
            replace(
                node, speed=node.speed / k, disk_bandwidth=node.disk_bandwidth / k,
                link_bandwidth=node.link_bandwidth / k, latency=node.latency * k,
            )
            for node in scenario.nodes
        ),
        user_bandwidth=scenario.user_bandwidth / k,
        latency=scenario.latency * k,
        functions=tuple(replace(f, time_limit=f.time_limit * k, steps=steps(f.steps)) for f in scenario.functions),
        providers=tuple(
            replace(p, cold=p.cold * k, warm=p.warm * k, dispatch=p.dispatch * k, keep_alive=p.keep_alive * k)
            for p in scenario.providers
        ),
        controllers=tuple(replace(c, steps=steps(c.steps)) for c in scenario.controllers),
        faults=tuple(replace(f, time=f.time * k, duration=f.duration * k) for f in scenario.faults),
    )  # fmt: skip


# Strategies. The first of each list is what an example shrinks to.

seconds = st.sampled_from([0.0, 1.0, 0.5, 2.0, 0.25, 5.0, 0.1, 0.7, 1.3, 0.001])
overheads = st.sampled_from([0.0, 0.25, 1.0, 0.013])
rates = st.sampled_from([100e6, 50e6, 200e6, 73e6])
sizes = st.sampled_from([100 * MB, 0, 50 * MB, 1, 200 * MB, 300 * MB, 37 * MB])
small_sizes = st.sampled_from([0, 10 * MB, 1, 33 * MB, 100 * MB])

nodes = st.builds(
    Node,
    cores=st.integers(1, 4),
    speed=st.sampled_from([1e9, 2e9, 0.7e9]),
    ram=st.sampled_from([1000 * MB, 400 * MB, 700 * MB, 200 * MB]),
    disk=st.sampled_from([1000 * MB, 400 * MB, 700 * MB]),
    disk_bandwidth=rates,
    link_bandwidth=rates,
    latency=st.sampled_from([0.001, 50e-6, 0.03]),
)

images = st.builds(Image, size=sizes, memory=sizes)


def steps(functions: int, kinds: list[str], most: int) -> st.SearchStrategy[tuple[Step, ...]]:
    amounts: dict[str, st.SearchStrategy[Any]] = {
        "sleep": seconds,
        "compute": st.sampled_from([1e9, 0.0, 5e8, 3e9, 1.7e8]),
        "invoke": st.sampled_from([math.inf, 1.0, 0.0, 4.0, 0.3]),
        "raise": st.just(0.0),
        "remove": st.just(0.0),
        "copy": st.just(0.0),
        "read": st.just(0.0),
        "write": small_sizes,
    }
    targets = st.integers(0, functions - 1)

    def step(kind: str) -> st.SearchStrategy[Step]:
        wait = st.sampled_from(["one", "none", "any", "all"]) if kind == "invoke" else st.just("one")
        target = targets if kind == "invoke" else st.integers(0, 1)
        return st.builds(
            Step, kind=st.just(kind), amount=amounts[kind], target=target, wait=wait,
            swallow=st.sampled_from([False, False, True]),
        )  # fmt: skip

    each = st.one_of(*(step(kind) for kind in kinds))
    return st.lists(each, max_size=most).map(tuple)


BODY_STEPS = ["sleep", "compute", "write", "read", "copy", "sleep", "remove", "invoke", "raise"]


def functions(count: int, image_count: int) -> st.SearchStrategy[Function]:
    return st.builds(
        Function,
        image=st.integers(0, image_count - 1),
        memory=st.sampled_from([100 * MB, 50 * MB, 200 * MB, 1, 400 * MB]),
        storage=st.sampled_from([100 * MB, 50 * MB, 1, 200 * MB]),
        time_limit=st.sampled_from([math.inf, math.inf, 2.0, 0.5, 1.0]),
        ingress=st.sampled_from([0, 0, 1, 20 * MB]),
        egress=st.sampled_from([0, 0, 1, 20 * MB]),
        concurrency=st.sampled_from([None, None, None, 2, 4]),
        steps=steps(count, BODY_STEPS, 4),
    )


PLACEMENTS = [
    "WarmestFirst", "LeastLoaded", "MostPacked", "RoundRobin", "Random", "HashAffinity", "PowerOfTwoChoices", "Last",
]  # fmt: skip
EVICTIONS = ["LeastRecentlyUsed", "GreedyDual", "SmallestFirst", "LeastFrequentlyUsed", "Newest"]
QUEUEINGS = ["FirstComeFirstServed", "ShortestExpectedFirst", "FairShare", "Alphabet"]


def providers(own: tuple[int, ...]) -> st.SearchStrategy[Provider]:
    return st.builds(
        Provider,
        nodes=st.just(own),
        image_store=st.sampled_from([1000 * MB, 400 * MB, 200 * MB]),
        slots=st.sampled_from([None, 1, 2, 6]),
        node_store=st.sampled_from([None, 300 * MB, 400 * MB]),
        cold=overheads,
        warm=overheads,
        dispatch=st.sampled_from([0.0, 0.0, 0.01, 0.3]),
        keep_alive=st.sampled_from([5.0, 0.0, 0.5, math.inf, 1.0]),
        concurrency=st.sampled_from([1, 1, 1, 3]),
        queue_capacity=st.sampled_from([None, None, 0, 2]),
        control_message_size=st.sampled_from([0, 0, 1, 1000]),
        evicting=st.booleans(),
        claims=st.sampled_from(["at_head", "at_head", "before_image"]),
        placement=st.sampled_from(["", *PLACEMENTS]),
        eviction=st.sampled_from(["", *EVICTIONS]),
        queueing=st.sampled_from(["", "", *QUEUEINGS]),
    )


def controllers(function_count: int, node_count: int) -> st.SearchStrategy[Controller]:
    hosts = ["user", "user", "head-0", *(f"node-{index}" for index in range(node_count))]
    return st.builds(
        Controller,
        host=st.sampled_from(hosts),
        steps=steps(function_count, ["invoke", "sleep", "invoke"], 12),
    )


def faults(node_count: int, provider_count: int) -> st.SearchStrategy[Fault]:
    ends = [*(f"node-{index}" for index in range(node_count)), "store", *(f"head-{i}" for i in range(provider_count))]
    return st.builds(
        Fault,
        time=st.sampled_from([1.0, 0.5, 2.0, 3.0, 0.2, 4.0, 6.5]),
        thing=st.sampled_from([f"{kind} {end}" for end in ends for kind in ("host", "link")]),
        duration=st.sampled_from([1.0, 0.0, 0.5, 3.0, math.inf]),
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    node_list = draw(st.lists(nodes, min_size=1, max_size=5))
    # Everywhere or nowhere: SimGrid gives a stream without latency a weight that has no unit, and stretches with none.
    latency = draw(st.sampled_from([0.0, 0.002]))
    if latency == 0:
        node_list = [replace(node, latency=0.0) for node in node_list]
    image_list = draw(st.lists(images, min_size=1, max_size=3))
    function_count = draw(st.integers(1, 4))
    indices = tuple(range(len(node_list)))
    split = draw(st.integers(0, len(node_list) - 1))  # 0: one provider has them all
    owned = [part for part in (indices[:split], indices[split:]) if part]
    return Scenario(
        seed=draw(st.integers(0, 3)),
        model=draw(st.sampled_from(["CM02", "LV08"])),
        nodes=tuple(node_list),
        user_bandwidth=draw(rates),
        latency=latency,
        images=tuple(image_list),
        functions=tuple(draw(functions(function_count, len(image_list))) for _ in range(function_count)),
        providers=tuple(draw(providers(part)) for part in owned),
        controllers=tuple(
            draw(st.lists(controllers(function_count, len(node_list)), min_size=1, max_size=3)),
        ),
        faults=tuple(draw(st.lists(faults(len(node_list), len(owned)), max_size=3))) if draw(st.booleans()) else (),
    )
