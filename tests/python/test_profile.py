"""Declared work means what a body means that does the same: record by record, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import World, near

import wrench_serverless as ws

Steps = list[tuple[str, float | None]]  # kind and value; None: from the workload


def declared(steps: Steps, registry: ws.StorageService) -> ws.Profile:
    make = {
        "sleep": ws.Sleep,
        "compute": lambda value: ws.Compute(None if value is None else value * 1e9),
        "write": lambda value: ws.Write(None if value is None else int(value * 1e8)),
        "read": lambda _: ws.Read("all"),
        "fetch": lambda _: ws.Transfer("image", source=registry),
    }
    return ws.Profile(*(make[kind](value) for kind, value in steps))


def body_of(steps: Steps, registry: ws.StorageService) -> Any:
    """The same as code: `input` has the values that the steps lack."""

    def body(input: Any, storage: ws.StorageService) -> None:
        values = iter(input if isinstance(input, tuple) else (input,))
        for kind, constant in steps:
            needs = kind in ("sleep", "compute", "write")
            value = next(values) if needs and constant is None else constant
            if kind == "sleep":
                ws.sleep(value)
            elif kind == "compute":
                ws.compute(value * 1e9 if constant is not None else value)
            elif kind == "write":
                storage.write("file", int(value * 1e8) if constant is not None else round(value))
            elif kind == "read":
                storage.read("file")
            else:
                registry.copy("image", storage)

    return body


def open_values(steps: Steps) -> int:
    return sum(value is None for kind, value in steps if kind in ("sleep", "compute", "write"))


step = st.tuples(
    st.sampled_from(["sleep", "compute", "write", "read", "fetch"]),
    st.one_of(st.none(), st.sampled_from([0, 0.1, 0.5])),
)


def simulate(functions: list[Steps], as_code: bool, seed: int, options: dict[str, Any], faults: bool) -> ws.Results:
    world = World(nodes=2, cores=2, ram="600MB", disk="12GB", node_store="600MB", seed=1, **options)
    random = np.random.default_rng(seed)
    replays = []
    for number, steps in enumerate(functions):
        what = body_of(steps, world.registry) if as_code else declared(steps, world.registry)
        function = world.function(what, f"f{number}", memory="150MB", ephemeral_storage="110MB", time_limit=2)
        times = random.integers(0, 40, 12) / 4.0 if number % 2 else random.uniform(0, 10, 12)
        columns = [random.integers(0, 10, 12) * 1e7 for _ in range(open_values(steps))]
        kinds = [kind for kind, value in steps if value is None and kind in ("sleep", "compute", "write")]
        for kind, column in zip(kinds, columns, strict=True):
            if kind == "sleep":
                column /= 1e8
            elif kind == "compute":
                column *= 10
        replays.append(world.manager.replay(ws.Workload(function, times, *columns)))
    if faults:
        node = world.sim.host("node-0")
        world.sim.at(4.25, node.turn_off)
        world.sim.at(6, node.turn_on)
    results = world.sim.run()
    assert all(replay.is_done and replay.ended == 12 for replay in replays)
    return results


@settings(max_examples=60)
@given(
    functions=st.lists(st.lists(step, max_size=4), min_size=1, max_size=3),
    seed=st.integers(0, 1000),
    slots=st.sampled_from([1, 2, 4]),
    concurrency=st.sampled_from([1, 3]),
    cold=st.sampled_from([0, 0.25]),
    keep_alive=st.sampled_from([0, 1, 600]),
    faults=st.booleans(),
)
def test_R23_declared_work_is_a_body_that_does_the_same(
    functions: list[Steps], seed: int, slots: int, concurrency: int, cold: float, keep_alive: float, faults: bool
) -> None:
    options = {"slots": slots, "concurrency": concurrency, "cold_start_overhead": cold, "keep_alive": keep_alive}
    work = simulate(functions, False, seed, options, faults)
    code = simulate(functions, True, seed, options, faults)
    for mine, other in ((work.invocations, code.invocations), (work.containers, code.containers)):
        for name in mine:
            np.testing.assert_array_equal(mine[name], other[name], err_msg=name)


def call(profile: ws.Profile, *inputs: Any, **limits: Any) -> list[ws.Invocation]:
    world = World(nodes=1)
    return world.call(world.function(profile, "f", **limits), *inputs)


def test_steps_run_one_after_the_other() -> None:
    (done,) = call(ws.Profile(ws.Sleep(1), ws.Compute("2Gf"), ws.Write("50MB"), ws.Read("10MB")), None)
    assert [done.ended - done.started] == near(1 + 2 + 0.5 + 0.1)
    assert done.output is None
    assert done.state == ws.InvocationState.COMPLETED


def test_values_come_from_the_input() -> None:
    one, two = call(ws.Profile(ws.Sleep(), ws.Compute()), (1, 2e9), [0.5, 1e9])
    assert [one.ended - one.started, two.ended - two.started] == near(3, 1.5)
    (single,) = call(ws.Profile(ws.Sleep()), 2)
    assert [single.ended - single.started] == near(2)


def test_R24_the_time_limit_stops_a_step() -> None:
    (late,) = call(ws.Profile(ws.Write("10MB"), ws.Compute("5Gf")), None, time_limit=1)
    assert late.state == ws.InvocationState.TIMED_OUT
    assert isinstance(late.failure, ws.FunctionTimeout)
    assert [late.ended - late.started] == near(1)


def test_R4_a_step_without_room_fails_at_once() -> None:
    (full,) = call(ws.Profile(ws.Sleep(1), ws.Write("101MB"), ws.Sleep(1)), None)
    assert full.state == ws.InvocationState.FAILED
    assert isinstance(full.failure, ws.StorageFull)
    assert [full.ended - full.started] == near(1)


def test_a_file_that_is_not_there_fails_the_invocation() -> None:
    (lost,) = call(ws.Profile(ws.Read("all", "nothing")), None)
    assert isinstance(lost.failure, ws.FileNotFound)


def test_R37_a_node_that_goes_off_fails_declared_work() -> None:
    world = World(nodes=1)
    function = world.function(ws.Profile(ws.Sleep(10)), "f")
    replay = world.manager.replay(ws.Workload(function, [0.0]))
    world.sim.at(5, world.sim.host("node-0").turn_off)
    table = world.sim.run().invocations
    assert replay.is_done
    assert table["state"].tolist() == [ws.InvocationState.FAILED]
    assert table["ended"].tolist() == near(5)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: ws.Sleep(-1), ValueError, ["seconds", "-1"]),
        (lambda: ws.Sleep("fast"), ValueError, ["seconds", "fast"]),
        (lambda: ws.Compute(float("nan")), ValueError, ["flops", "nan"]),
        (lambda: ws.Write("big"), ValueError, ["size", "big"]),
        (lambda: ws.Write(1, ""), None, []),
        (lambda: ws.Profile(ws.Write(1, "")), ValueError, ["step 0", "empty"]),
        (lambda: ws.Profile(ws.Sleep(1), 3), TypeError, ["steps", "int"]),
        (lambda: ws.Profile(ws.Transfer()), ValueError, ["step 0", "copies"]),
    ],
)
def test_bad_steps_say_what_is_wrong(make: Any, error: type[Exception] | None, words: list[str]) -> None:
    if error is None:
        make()
        return
    with pytest.raises(error) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("input", "error", "words"),
    [
        (None, ValueError, ["input", "0 values", "2 steps"]),
        (1.0, ValueError, ["1 values"]),
        ((1, -2), ValueError, ["input[1]", "-2", "flops"]),
        ((float("nan"), 1), ValueError, ["input[0]", "nan", "seconds"]),
        ("text", ValueError, ["input", "'text'", "10s"]),
        ({"a": 1}, TypeError, ["input", "dict"]),
    ],
)
def test_bad_inputs_are_refused_before_the_call(input: Any, error: type[Exception], words: list[str]) -> None:
    world = World(nodes=1)
    function = world.function(ws.Profile(ws.Sleep(), ws.Compute()), "f")

    def main() -> None:
        with pytest.raises(error) as caught:
            world.manager.invoke(function, input)
        for word in words:
            assert word in str(caught.value)

    assert world.run(main).invocations.row_count == 0


def test_a_profile_says_what_it_is() -> None:
    profile = ws.Profile(ws.Sleep(), ws.Compute("1Gf"), ws.Write())
    assert profile.open_values == 2
    assert [type(step) for step in profile.steps] == [ws.Sleep, ws.Compute, ws.Write]
    assert profile.steps[1].flops == 1e9


def test_a_profile_without_steps_is_over_at_once() -> None:
    world = World(nodes=1)
    function = world.function(ws.Profile(), "f", world.image("small", size="0B", memory="0B"))
    world.manager.replay(ws.Workload(function, [1.0, 2.0]))
    table = world.sim.run().invocations
    assert table["ended"].tolist() == table["started"].tolist()
    assert set(table["state"].tolist()) == {ws.InvocationState.COMPLETED}
