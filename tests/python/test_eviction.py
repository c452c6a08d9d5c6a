"""R9, R10: which idle containers go first: the built-in policies, classes in Python, and GreedyDual told again."""

from __future__ import annotations

import gc
import math
import random
import weakref
from typing import Any

import pytest
from world import World

import wrench_serverless as ws

MB = 1_000_000


def cold_calls(eviction: ws.EvictionPolicy | None, calls: list[tuple[str, int]], memory: str = "400MB") -> list[bool]:
    """Calls one after the other, by function and memory (MB), on one node: was each a cold start?"""
    world = World(nodes=1, ram=memory, cold_start_overhead=2.0, keep_alive=math.inf, eviction=eviction)
    image = world.image("empty", "0B", "0B")
    functions = {
        name: world.function(name=name, image=image, memory=f"{size}MB", ephemeral_storage="1MB")
        for name, size in dict(calls).items()
    }
    done: list[ws.Invocation] = []

    def main() -> None:
        for name, _ in calls:
            done.append(world.manager.invoke(functions[name], 1.0))
            world.manager.wait_one(done[-1])

    world.run(main)
    return [call.cold for call in done]


def sizes(names: str) -> list[tuple[str, int]]:
    return [(name, {"a": 100, "b": 200, "c": 100, "d": 200}[name]) for name in names]


def test_R9_the_oldest_idle_goes_first_by_default() -> None:
    for policy in (None, ws.LeastRecentlyUsed()):
        assert cold_calls(policy, sizes("abc" + "d" + "abc")) == [True] * 7  # a b go for d; c, d for a b; …


def test_R9_the_smallest_goes_first() -> None:
    # d needs 200 MB: a and c go, b stays.
    assert cold_calls(ws.SmallestFirst(), sizes("abc" + "d" + "b")) == [True, True, True, True, False]


def test_R9_the_least_frequently_used_goes_first() -> None:
    # b goes for d, though it was used last.
    assert cold_calls(ws.LeastFrequentlyUsed(), sizes("aaccb" + "d" + "ac")) == [
        *(True, False, True, False, True),
        *(True, False, False),
    ]


class Told:
    """FaasCache's algorithm (ASPLOS 2021, section 4), told once more: one server, a call at a time."""

    def __init__(self, capacity: float, cost: float) -> None:
        self.capacity, self.cost, self.clock = capacity, cost, 0.0
        self.warm: dict[str, tuple[float, int]] = {}  # function: priority, and when it was used
        self.size: dict[str, float] = {}
        self.frequency: dict[str, int] = {}

    def call(self, name: str, size: float, time: int) -> bool:
        cold = name not in self.warm
        if cold:
            while sum(self.size[other] for other in self.warm) + size > self.capacity:
                victim = min(self.warm, key=lambda other: self.warm[other])
                self.clock = max(self.clock, self.warm.pop(victim)[0])
                self.frequency[victim] = 0
        self.size[name] = size
        self.frequency[name] = self.frequency.get(name, 0) + 1
        self.warm[name] = (self.clock + self.frequency[name] * self.cost / size, time)
        return cold


@pytest.mark.parametrize("seed", range(6))
def test_greedy_dual_has_the_cold_starts_of_a_second_implementation(seed: int) -> None:
    """One for one, on a synthetic trace of a few popular functions and many rare ones, of different sizes."""
    draw = random.Random(seed)
    # Primes: no two functions ever have the same priority, which rounding would decide.
    primes = [n for n in range(64, 400) if all(n % d for d in range(2, 20))]
    memory = draw.sample(primes, 25)
    popularity = [1 / (rank + 1) ** 1.1 for rank in range(25)]
    order = draw.choices(range(25), popularity, k=500)
    calls = [(f"f{number}", memory[number]) for number in order]
    told = Told(1000, 2.0)
    expected = [told.call(name, size, time) for time, (name, size) in enumerate(calls)]
    got = cold_calls(ws.GreedyDual(), calls, "1000MB")
    assert got == expected
    assert 25 < sum(got) < 400
    assert got != cold_calls(ws.LeastRecentlyUsed(), calls, "1000MB")


def test_a_policy_in_python() -> None:
    events: list[Any] = []

    class Largest(ws.EvictionPolicy):
        def priority(self, container: ws.ContainerView) -> float:
            assert (container.node.name, container.cold_start > 0) == ("node-0", True)
            return -container.memory

        def evicted(self, container: ws.ContainerView, priority: float) -> None:
            events.append((container.function.name, priority))

    assert cold_calls(Largest(), sizes("abc" + "d" + "ac")) == [True, True, True, True, False, False]
    assert events == [("b", -200 * MB)]


def test_a_class_that_derives_from_a_built_in_one_decides_like_it() -> None:
    class Same(ws.GreedyDual):
        def priority(self, container: ws.ContainerView) -> float:
            return super().priority(container)

    calls = sizes("aabbcdadcbadbbacd")
    assert cold_calls(Same(), calls) == cold_calls(ws.GreedyDual(), calls)


@pytest.mark.parametrize("answer", [math.nan, math.inf, "x", None], ids=repr)
def test_an_answer_that_is_no_number(answer: Any) -> None:
    class Odd(ws.EvictionPolicy):
        def priority(self, container: ws.ContainerView) -> float:
            return answer  # type: ignore[no-any-return]

    with pytest.raises(ws.PolicyError, match=r"eviction policy Odd answered .* for .*function 'a'"):
        cold_calls(Odd(), sizes("a"))


@pytest.mark.parametrize("method", ["used", "priority", "evicted", "ended"])
def test_an_exception_ends_the_simulation(method: str) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("here")

    policy = type("Broken", (ws.SmallestFirst,), {method: fail})()
    with pytest.raises(ws.PolicyError, match="eviction policy Broken raised for function") as caught:
        cold_calls(policy, sizes("abcd"))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert cold_calls(ws.SmallestFirst(), sizes("a")) == [True]


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(TypeError, match="eviction: give an EvictionPolicy, not str"):
        World(eviction="lru")
    with pytest.raises(TypeError, match=r"EvictionPolicy has no method priority\(self, container\)"):
        World(eviction=ws.EvictionPolicy())


def test_a_policy_lives_as_long_as_its_provider() -> None:
    policy = type("Mine", (ws.SmallestFirst,), {})()
    alive = weakref.ref(policy)
    world = World(eviction=policy)
    policy.sim = world.sim
    del policy
    gc.collect()
    assert alive() is not None
    world.sim.close()
    gc.collect()
    assert alive() is None
