"""CPU in proportion to memory, against closed forms: cores of 1 Gflop/s, and 1000 MB give a core."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import IMAGE_THERE, World, ends, near

import wrench_serverless as ws


def work(flops: float, storage: ws.StorageService) -> None:
    ws.compute(flops)


def world(**options: object) -> World:
    return World(**{"nodes": 1, "cores": 4, "ram": "16GB", "cpu_per_memory": "1000MB", **options})


@pytest.mark.parametrize(("memory", "seconds"), [("250MB", 4), ("500MB", 2), ("1000MB", 1), ("1769MB", 1), ("8GB", 1)])
def test_a_body_alone_gets_its_share_of_a_core_and_one_at_most(memory: str, seconds: float) -> None:
    w = world()
    assert ends(w.call(w.function(work, memory=memory), 1e9)) == near(IMAGE_THERE + seconds)


def test_without_the_option_memory_does_not_matter() -> None:
    w = world(cpu_per_memory=None)
    assert ends(w.call(w.function(work, memory="250MB"), 1e9)) == near(IMAGE_THERE + 1)


def test_shares_that_fit_on_the_cores_do_not_disturb_each_other() -> None:
    w = world(cores=1, slots=4)
    assert ends(w.call(w.function(work, memory="250MB"), *[1e9] * 4)) == near(*[IMAGE_THERE + 4] * 4)


def test_shares_that_do_not_fit_are_divided_as_maxmin_fairness_says() -> None:
    w = world(cores=1, slots=3)
    small, big = w.function(work, "small", memory="200MB"), w.function(work, "big", memory="800MB")
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(w.manager.invoke(function, 0.4e9) for function in (small, big, big))
        w.manager.wait_all(calls)

    w.run(main)
    # 0.2 of a core for the small one, and 0.4 for each of the big ones: 2 s, and 1 s.
    assert ends(calls) == near(IMAGE_THERE + 2, IMAGE_THERE + 1, IMAGE_THERE + 1)


def test_R34_those_in_one_container_share_its_share() -> None:
    w = world(concurrency=2)
    assert ends(w.call(w.function(work, memory="500MB"), 1e9, 1e9)) == near(IMAGE_THERE + 4, IMAGE_THERE + 4)


def test_sleep_and_storage_take_the_time_they_take() -> None:
    def body(_: object, storage: ws.StorageService) -> None:
        ws.sleep(1)
        storage.write("file", "100MB")

    w = world()
    assert ends(w.call(w.function(body, memory="100MB"), None)) == near(IMAGE_THERE + 2)


def test_custom_actions_and_controllers_have_whole_cores() -> None:
    w = world()
    times: list[float] = []

    def main() -> None:
        ws.compute(1e9)
        times.append(ws.now())

    w.run(main)
    assert times == near(1)


@pytest.mark.parametrize("wrong", [0, -1, math.nan, math.inf, "fast", [1]])
def test_a_wrong_value_is_an_error_that_names_it(wrong: object) -> None:
    with pytest.raises((ValueError, TypeError), match="cpu_per_memory"):
        world(cpu_per_memory=wrong)


def maxmin(caps: list[float], capacity: float) -> list[float]:
    """The fair rates: each its cap, or an equal part of what is left."""
    rates = [0.0] * len(caps)
    for place, index in enumerate(sorted(range(len(caps)), key=caps.__getitem__)):
        rates[index] = min(caps[index], capacity / (len(caps) - place))
        capacity -= rates[index]
    return rates


@settings(max_examples=30)
@given(
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(1, 15), st.integers(1, 20)), min_size=1, max_size=6),
)
def test_any_mix_of_shares_and_works_ends_when_the_fluid_model_says(cores: int, bodies: list[tuple[int, int]]) -> None:
    w = world(cores=cores, slots=8)
    functions = [w.function(work, f"f{i}", memory=f"{tenth}00MB") for i, (tenth, _) in enumerate(bodies)]
    calls: list[ws.Invocation] = []

    def main() -> None:
        calls.extend(w.manager.invoke(f, amount * 1e8) for f, (_, amount) in zip(functions, bodies, strict=True))
        w.manager.wait_all(calls)

    w.run(main)
    left = {i: amount / 10 for i, (_, amount) in enumerate(bodies)}
    now, expected = IMAGE_THERE, [0.0] * len(bodies)
    while left:
        rates = dict(zip(left, maxmin([min(1.0, bodies[i][0] / 10) for i in left], cores), strict=True))
        step = min(left[i] / rates[i] for i in left)
        now += step
        left = {i: rest - rates[i] * step for i, rest in left.items()}
        for i in [i for i, rest in left.items() if rest < 1e-9]:
            expected[i] = now
            del left[i]
    assert ends(calls) == pytest.approx(expected, abs=1e-6)
