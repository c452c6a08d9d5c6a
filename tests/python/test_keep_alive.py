"""Keep-alive policies (R27): the built-in ones by name, and the hybrid histogram against a second implementation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from world import World

import wrench_serverless as ws

FREE: dict[str, Any] = {"memory": "1MB", "ephemeral_storage": "1MB"}


class Paper:
    """The hybrid histogram as the paper tells it, for one function: lists and sums, and nothing kept in between."""

    def __init__(self, bins: int = 240, width: float = 60.0, fallback: float = 14_400.0) -> None:
        self.bins, self.width, self.fallback = bins, width, fallback
        self.counts = np.zeros(bins)
        self.outside = 0

    def saw(self, idle: float) -> None:
        if idle >= self.bins * self.width:
            self.outside += 1
        else:
            self.counts[int(idle / self.width)] += 1

    def windows(self) -> tuple[float, float]:
        """From when on after the end of an invocation, and until when, a container is there."""
        total = self.counts.sum()
        if total == 0 or self.outside / (total + self.outside) > 0.5:
            return 0, self.fallback
        if self.counts.std() / self.counts.mean() < 2:
            return 0, self.fallback
        reached = np.cumsum(self.counts)
        head = int(np.argmax(reached >= 0.05 * total)) * self.width
        tail = (int(np.argmax(reached >= 0.99 * total)) + 1) * self.width
        return 0.9 * head, 1.1 * tail


def replay(policy: ws.KeepAlivePolicy, calls: list[np.ndarray], duration: float) -> np.ndarray:
    """Which calls were cold: images take no time, and neither do starts."""
    world = World(nodes=1, cores=100, ram="10GB", keep_alive=policy)
    image = world.image("nothing", "0B", "0B")
    body = ws.Profile(ws.Sleep(duration))
    functions = [
        world.manager.register_function(
            world.manager.create_function(f"f{index}", body, image), [world.provider], **FREE
        )
        for index in range(len(calls))
    ]
    which = np.repeat(np.arange(len(calls)), [times.size for times in calls])
    order = np.argsort(np.concatenate(calls), kind="stable")
    load = ws.Workload(functions, np.concatenate(calls)[order], which=which[order])
    results = world.run(lambda: world.manager.wait_all([world.manager.replay(load)]))
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    return np.asarray(results.invocations["cold"])[back].astype(bool)


def test_hybrid_histogram_has_the_cold_starts_of_a_plain_second_implementation() -> None:
    rng = np.random.default_rng(5)
    duration = 1.5
    calls = []
    for index in range(40):
        scale = 60 * 300 ** rng.random()
        if index % 3 == 0:  # a timer that is a little late
            gaps = np.full(120, scale) + rng.uniform(0, 0.05 * scale, 120)
        elif index % 3 == 1:
            gaps = rng.exponential(scale, 120)
        else:  # from one regime to another one
            gaps = np.concatenate([rng.exponential(scale, 60), rng.uniform(scale, 3 * scale, 60)])
        calls.append(np.cumsum(gaps + duration + 1e-3))
    cold = replay(ws.HybridHistogram(), calls, duration)
    expected = []
    for times in calls:
        paper = Paper()
        end, windows = -math.inf, (0.0, 0.0)
        for time in times:
            idle = time - end
            expected.append(not windows[0] <= idle < windows[1])
            if math.isfinite(end):
                paper.saw(idle)
            end, windows = time + duration, paper.windows()
    assert cold.tolist() == expected
    assert 0.02 < cold.mean() < 0.9  # both happen


@pytest.mark.parametrize(
    ("policy", "cold"),
    [
        (ws.Fixed("10s"), [True, False, True]),
        (ws.Never(), [True, True, True]),
        (ws.Always(), [True, False, False]),
        (ws.AdaptiveTTL(target=0.5, initial=10, step=4), [True, False, True]),
        (ws.HybridHistogram(fallback=10), [True, False, True]),
    ],
    ids=lambda value: value.name if isinstance(value, ws.KeepAlivePolicy) else "",
)
def test_R27_built_in_policies(policy: ws.KeepAlivePolicy, cold: list[bool]) -> None:
    # Idle for 5 s and for 25 s. The histogram has one idle time of 5 s then, in a bin of a minute: it is kept for 66 s.
    expected = [True, False, False] if isinstance(policy, ws.HybridHistogram) else cold
    assert replay(policy, [np.array([0.0, 6.0, 32.0])], 1.0).tolist() == expected


def test_R27_a_policy_in_python_keeps_ends_and_starts_in_advance() -> None:
    class Script(ws.KeepAlivePolicy):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[tuple[str, str, float, float]] = []
            self.answers: list[float | ws.KeepAlive] = [20, ws.KeepAlive(prewarm_after=100, prewarm_keep=50), 0]

        def invoked(self, function: str, now: float, idle: float) -> None:
            self.seen.append(("invoked", function, now, idle))

        def keep_alive(self, function: str, now: float) -> float | ws.KeepAlive:
            self.seen.append(("idle", function, now, 0))
            return self.answers.pop(0)

    policy = Script()
    cold = replay(policy, [np.array([10.0, 21.0, 160.0, 200.0])[:3]], 1.0)
    assert cold.tolist() == [True, False, False]  # kept for 20 s; started at 122 s
    assert [what for what, *_ in policy.seen] == ["invoked", "idle"] * 3
    # The transfers of an empty image take a moment.
    assert [at for _, _, at, _ in policy.seen] == pytest.approx([10, 11, 21, 22, 160, 161], abs=1e-6)
    assert math.isnan(policy.seen[0][3])
    assert policy.seen[2][3] == pytest.approx(10)
    assert policy.seen[4][3] == pytest.approx(138)


@pytest.mark.parametrize("answer", [-1, math.nan, "10 parsecs", None])
def test_R27_an_answer_that_is_none_is_a_policy_error(answer: Any) -> None:
    class Bad(ws.KeepAlivePolicy):
        def keep_alive(self, function: str, now: float) -> Any:
            return answer

    with pytest.raises(ws.PolicyError, match=r"keep-alive policy Bad answered .* for function 'f0'"):
        replay(Bad(), [np.array([1.0])], 1.0)


def test_R27_an_exception_in_a_policy_is_the_cause_of_a_policy_error() -> None:
    class Broken(ws.KeepAlivePolicy):
        def keep_alive(self, function: str, now: float) -> float:
            return 1 / 0

    with pytest.raises(ws.PolicyError, match="policy Broken raised for function 'f0': ZeroDivisionError") as caught:
        replay(Broken(), [np.array([1.0])], 1.0)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    traceback = caught.value.__cause__.__traceback__
    assert traceback is not None
    assert traceback.tb_frame.f_code.co_name == "keep_alive"


def test_R27_a_policy_must_not_block() -> None:
    class Sleeper(ws.KeepAlivePolicy):
        def keep_alive(self, function: str, now: float) -> float:
            ws.sleep(1)
            return 1

    with pytest.raises(ws.PolicyError) as caught:
        replay(Sleeper(), [np.array([1.0])], 1.0)
    assert isinstance(caught.value.__cause__, ws.NotInSimulation)


def test_R27_what_is_no_policy_is_refused() -> None:
    with pytest.raises(TypeError, match="keep_alive: KeepAlivePolicy has no method keep_alive"):
        World(keep_alive=ws.KeepAlivePolicy())
    with pytest.raises(TypeError, match="keep_alive"):
        World(keep_alive=[1])
    with pytest.raises(ValueError, match="target is 2"):
        ws.AdaptiveTTL(target=2)
    with pytest.raises(ValueError, match="range is 100"):
        ws.HybridHistogram(bin=7, range=100)
    with pytest.raises(TypeError):
        type("Mine", (ws.Fixed,), {})  # the built-in ones are as they are


def test_a_time_to_keep_what_is_never_prewarmed_is_an_error() -> None:
    with pytest.raises(ValueError, match="prewarm_keep is 5, but prewarm_after is missing"):
        ws.KeepAlive(10, prewarm_keep=5)
    assert ws.KeepAlive(10, prewarm_after=60, prewarm_keep=5).prewarm_keep == 5
