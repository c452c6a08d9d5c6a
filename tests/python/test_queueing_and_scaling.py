"""Queueing (R16) and scaling policies from Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from world import World

import wrench_serverless as ws


def make(world: World, names: str, **limits: Any) -> dict[str, ws.RegisteredFunction]:
    image = world.image("nothing", "0B", "0B")
    body = ws.Profile(ws.Sleep())
    made = {}
    for name in names:
        function = world.manager.create_function(name, body, image)
        made[name] = world.manager.register_function(
            function, [world.provider], memory="1MB", ephemeral_storage="1MB", **limits
        )
    return made


def order(world: World, calls: list[tuple[str, float]]) -> str:
    """Calls all at once, one slot: in which order they start."""
    functions = make(world, "abc")

    def main() -> None:
        world.manager.wait_all([world.manager.invoke(functions[name], seconds) for name, seconds in calls])

    results = world.run(main)
    names = [results.function_names[index] for index in results.invocations["function"]]
    return "".join(name for _, name in sorted(zip(results.invocations["started"], names, strict=True)))


CALLS = [("a", 5.0), ("a", 1.0), ("b", 2.0), ("b", 2.0), ("a", 1.0), ("c", 9.0), ("c", 9.0)]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, "aabbacc"),
        (ws.FirstComeFirstServed(), "aabbacc"),
        # b and c are not known yet: b came first, then c; then b has 2 s, a 5 s and c 9 s; the second a makes it 3 s.
        (ws.ShortestExpectedFirst(), "abcbaac"),
        (ws.FairShare(), "aabbacc"),  # with one slot nobody holds any when it is given away
    ],
)
def test_R16_order(policy: ws.QueueingPolicy | None, expected: str) -> None:
    assert order(World(nodes=1, cores=1, queueing=policy, images_at_head=True), CALLS) == expected


def test_R16_a_policy_in_python() -> None:
    class LastNameFirst(ws.QueueingPolicy):
        def rank(self, function: ws.WaitingFunction) -> float:
            assert function.waiting > 0
            return -ord(function.name)

    assert order(World(nodes=1, cores=1, queueing=LastNameFirst(), images_at_head=True), CALLS) == "accbbaa"


def test_R16_errors_of_a_policy() -> None:
    class Bad(ws.QueueingPolicy):
        def rank(self, function: ws.WaitingFunction) -> float:
            return math.nan if function.name == "b" else {}[function.name]

    with pytest.raises(ws.PolicyError, match="queueing policy Bad raised for function 'a': KeyError") as caught:
        order(World(nodes=1, cores=1, queueing=Bad(), images_at_head=True), CALLS)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(ws.PolicyError, match="queueing policy Bad answered nan for function 'b'"):
        order(World(nodes=1, cores=1, queueing=Bad(), images_at_head=True), [CALLS[0], CALLS[2]])
    with pytest.raises(ValueError, match="weight of 'f' is -1"):
        ws.FairShare({"f": -1})
    with pytest.raises(TypeError, match="queueing: give a QueueingPolicy, not str"):
        World(queueing="fifo")


class Plain:
    """Knative's documented formulas, on a load of steps [(date, invocations under way)]; targets of 70."""

    def __init__(self) -> None:
        self.panic_since, self.most, self.zero_since = -math.inf, 0, math.nan

    def desired(self, steps: list[tuple[float, int]], now: float, ready: int) -> int:
        def mean(window: float) -> float:
            start = max(now - window, steps[0][0])
            ends = [date for date, _ in steps[1:]] + [now]
            parts = zip(steps, ends, strict=True)
            area = sum(n * max(0.0, min(end, now) - max(date, start)) for (date, n), end in parts)
            return round(area / (now - start), 6)

        count = max(1, ready)
        least, top = math.floor(count / 2), math.ceil(1000 * count)
        stable = min(max(math.ceil(mean(60) / 70), least), top)
        burst = math.ceil(mean(6) / 70)
        if burst / count >= 2:
            self.panic_since = now
        elif now - self.panic_since > 60:
            self.panic_since, self.most = -math.inf, 0
        wanted = stable
        if math.isfinite(self.panic_since):
            self.most = wanted = max(self.most, stable, min(max(burst, least), top))
        if wanted:
            self.zero_since = math.nan
            return wanted
        if math.isnan(self.zero_since):
            self.zero_since = now
        return 1 if now - self.zero_since < 30 else 0


def test_knative_follows_a_step_of_load_as_a_plain_second_implementation_does() -> None:
    # 20 calls under way from 1 s on, 400 from 41 s on, and none from 91 s on, whenever they started.
    world = World(nodes=4, cores=8, scaling=ws.KnativeAutoscaler(), concurrency=100, images_at_head=True)
    image = world.image("nothing", "0B", "0B")
    function = world.function(lambda until, storage: ws.sleep(until - ws.now()), "f", image, memory="1MB")

    def main() -> None:
        ws.sleep(1)
        calls = [world.manager.invoke(function, 91.0) for _ in range(20)]
        ws.sleep(40)
        calls += [world.manager.invoke(function, 91.0) for _ in range(380)]
        world.manager.wait_all(calls)
        ws.sleep(300)

    table = world.run(main).containers
    claimed, ended = np.asarray(table["claimed"]), np.asarray(table["ended"])
    plain, steps, containers = Plain(), [(1.0, 20), (41.0, 400), (91.0, 0)], 1
    assert claimed[0] == 1.0  # woken up by its first call
    for now in np.arange(2.0, 300.0, 2.0):
        containers = plain.desired([step for step in steps if step[0] <= now], now, containers)
        there = int(np.sum((claimed <= now) & ~(ended <= now)))
        assert there == containers, now
    assert containers == 0
    assert claimed.size > 5
    assert set(table["reason"]) == {ws.ContainerEnd.SCALED_DOWN}


def test_scaling_in_python_and_its_errors() -> None:
    class Always3(ws.ScalingPolicy):
        period = 10.0
        answer: Any = 3

        def desired(self, function: ws.FunctionLoad) -> int:
            seen.append((function.name, function.now, function.containers, function.under_way))
            return self.answer  # type: ignore[no-any-return]

    seen: list[tuple[str, float, int, int]] = []
    world = World(nodes=1, cores=4, scaling=Always3(), images_at_head=True)
    function = make(world, "f")["f"]
    results = world.run(lambda: world.manager.wait_one(world.manager.invoke(function, 25.0)))
    assert seen == [("f", 0.0, 0, 1), ("f", 10.0, 3, 1), ("f", 20.0, 3, 1)]
    assert results.containers["claimed"].tolist() == [0, 0, 0]
    for answer in (-1, 2.5, True, None):
        Always3.answer = answer
        world = World(scaling=Always3())
        function = make(world, "f")["f"]
        with pytest.raises(ws.PolicyError, match=r"scaling policy Always3 answered .* for function 'f'"):
            world.run(lambda: world.manager.invoke(function, 1.0))  # noqa: B023
    with pytest.raises(ValueError, match="max_scale_up_rate is 1"):
        ws.KnativeAutoscaler(max_scale_up_rate=1)
    with pytest.raises(TypeError, match="scaling: give a ScalingPolicy"):
        World(scaling=1)


def test_R38_a_deadlock_is_told_though_there_is_an_autoscaler() -> None:
    world = World(nodes=1, cores=1, scaling=ws.KnativeAutoscaler())
    inner = make(world, "i")["i"]
    outer = world.function(lambda seconds, storage: world.manager.wait_one(world.manager.invoke(inner, 1.0)), "outer")
    with pytest.raises(ws.Deadlock):
        world.run(lambda: world.manager.wait_one(world.manager.invoke(outer)))


def test_R30_a_queue_without_places_and_a_scaling_policy_are_refused() -> None:
    with pytest.raises(ValueError, match="queue_capacity is 0: with a scaling policy it must be at least 1"):
        World(queue_capacity=0, scaling=ws.KnativeAutoscaler())
    World(queue_capacity=1, scaling=ws.KnativeAutoscaler())
    World(queue_capacity=0)
