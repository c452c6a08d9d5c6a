"""Replays of workloads: the calls that they make, waiting for them, and what can be wrong with them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from world import World, near

import wrench_serverless as ws

NOT_NUMBERS = np.array([1, 2], "m8[s]")


def warm_world(**options: Any) -> tuple[World, ws.RegisteredFunction]:
    """A function that sleeps as its workload says, whose image takes no time."""
    world = World(nodes=1, cores=4, **options)
    image = world.image("small", size="0B", memory="0B")
    return world, world.function(ws.Profile(ws.Sleep()), "f", image)


def test_calls_are_made_at_their_times() -> None:
    world, function = warm_world()
    world.manager.replay(ws.Workload(function, [1.0, 2.5, 2.5], [1, 0.5, 0.25]))
    table = world.sim.run().invocations
    assert table["requested"].tolist() == near(1, 2.5, 2.5)
    assert (table["ended"] - table["started"]).tolist() == near(1, 0.5, 0.25)
    assert set(table["state"].tolist()) == {ws.InvocationState.COMPLETED}


def test_times_need_not_be_sorted_and_count_from_the_replay() -> None:
    world, function = warm_world()

    def main() -> None:
        ws.sleep(10)
        replay = world.manager.replay(ws.Workload(function, [3.0, 1.0, 2.0], [0.3, 0.1, 0.2]))
        assert replay.state == ws.InvocationState.RUNNING
        assert world.manager.wait_one(replay) == ws.InvocationState.COMPLETED
        assert [ws.now()] == near(13.3)
        assert (replay.requested, replay.ended, replay.is_done) == (3, 3, True)

    table = world.run(main).invocations
    assert table["requested"].tolist() == near(11, 12, 13)
    assert (table["ended"] - table["started"]).tolist() == near(0.1, 0.2, 0.3)


def test_several_functions_and_bodies() -> None:
    world, function = warm_world()
    seen: list[Any] = []

    def body(input: Any, storage: ws.StorageService) -> None:
        seen.append((input, ws.current_invocation().id))

    other = world.function(body, image=world.images["small"])
    world.manager.replay(ws.Workload([function, other], [0.0, 1.0, 2.0], [1, 7, 9], which=[0, 1, 1]))
    table = world.sim.run().invocations
    assert table.names("function").tolist() == ["f", "body", "body"]
    assert seen == [(7.0, 1), (9.0, 2)]


def test_R36_waits_for_replays_and_invocations_together() -> None:
    world, function = warm_world()

    def main() -> None:
        long = world.manager.replay(ws.Workload(function, [0.0], [5]))
        call = world.manager.invoke(function, 1)
        assert world.manager.wait_any([long, call]) == [call]
        with pytest.raises(ws.WaitTimeout, match="a replay"):
            world.manager.wait_one(long, timeout=1)
        assert world.manager.wait_all([long, call]) == [ws.InvocationState.COMPLETED] * 2
        assert ws.now() == pytest.approx(5, abs=1e-6)
        world.manager.wait_one(long)

    world.run(main)


def test_parts_are_fetched_one_after_the_other() -> None:
    world, function = warm_world()
    fetched: list[float] = []

    def parts() -> Iterator[ws.Workload]:
        for part in range(4):
            fetched.append(world.sim.now)
            yield ws.Workload(function, np.array([part, part + 0.5]), np.array([0.1, 0.1]))

    replay = world.manager.replay(parts())
    table = world.sim.run().invocations
    assert replay.ended == 8
    assert table["requested"].tolist() == near(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)
    assert fetched == near(0, 0.5, 1.5, 2.5)


def test_an_empty_workload_is_over_at_once() -> None:
    world, function = warm_world()
    replay = world.manager.replay(ws.Workload(function, [], []))
    assert replay.is_done
    assert world.sim.run().now == 0


def test_R14_refused_calls_of_a_replay_end_too() -> None:
    world, function = warm_world(slots=1, queue_capacity=0)
    replay = world.manager.replay(ws.Workload(function, [0.0, 0.5, 2.0], [1, 1, 1]))
    states = world.sim.run().invocations["state"].tolist()
    refused, completed = ws.InvocationState.REFUSED, ws.InvocationState.COMPLETED
    assert states == [completed, refused, completed]
    assert replay.is_done


def test_observers_see_replayed_calls() -> None:
    world, function = warm_world()
    states: list[tuple[int, str, str | None]] = []
    world.sim.on_invocation_state(lambda call: states.append((call.id, call.state.name, call.node)))
    world.manager.replay(ws.Workload(function, [0.0], [1]))
    world.sim.run()
    assert states == [
        (0, "QUEUED", None), (0, "STARTING", "node-0"), (0, "RUNNING", "node-0"), (0, "COMPLETED", "node-0")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("times", "values", "options", "words"),
    [
        ([1, math.nan], [[1, 1]], {}, ["times[1]", "nan"]),
        ([1, -2], [[1, 1]], {}, ["times[1]", "-2"]),
        ([1, 2], [[1, math.inf]], {}, ["durations[1]", "inf"]),
        ([1, 2], [[-1, 1]], {}, ["durations[0]", "-1"]),
        ([1, 2], [[1]], {}, ["durations", "1 entries", "2"]),
        ([[1, 2]], [[1]], {}, ["times", "2 dimensions"]),
        ([1, 2], [[1, 1], [1, -1]], {}, ["values[1][1]", "-1"]),
        ([1, 2], [[1, 1]], {"which": [0, 1]}, ["which[1]", "1", "1 functions"]),
        ([1, 2], [[1, 1]], {"which": [0]}, ["which"]),
    ],
)
def test_bad_workloads_name_column_index_and_value(
    times: Any, values: list[Any], options: dict[str, Any], words: list[str]
) -> None:
    _, function = warm_world()
    with pytest.raises(ValueError) as caught:
        ws.Workload(function, times, *values, **options)
    for word in words:
        assert word in str(caught.value)


def test_columns_have_to_fit_the_profile() -> None:
    world, function = warm_world()
    with pytest.raises(ValueError, match="0 columns, but the profile of 'f' has 1"):
        world.manager.replay(ws.Workload(function, [1.0]))
    with pytest.raises(ValueError, match="2 columns, but no profile has more than 1"):
        world.manager.replay(ws.Workload(function, [1.0], [1], [1]))
    with pytest.raises(ValueError, match="which is missing"):
        ws.Workload([function, function], [1.0], [1])
    with pytest.raises(TypeError, match=r"functions: .* not str"):
        ws.Workload(["f"], [1.0], [1])  # type: ignore[list-item]


def test_parts_that_are_wrong_end_the_run_cleanly() -> None:
    world, function = warm_world()
    early = [ws.Workload(function, [5.0], [1]), ws.Workload(function, [4.0], [1])]
    world.manager.replay(early)
    with pytest.raises(ValueError, match="begin at 4 s: that is before the part before ended, at 5 s"):
        world.sim.run()

    world, function = warm_world()

    def broken() -> Iterator[ws.Workload]:
        yield ws.Workload(function, [1.0], [1])
        raise KeyError("lost")

    world.manager.replay(broken())
    with pytest.raises(KeyError, match="lost"):
        world.sim.run()

    world, _ = warm_world()
    with pytest.raises(TypeError, match="part 0 is int"):
        world.manager.replay([3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="no part"):
        world.manager.replay([])


def test_poisson_is_one_and_the_same_for_a_seed() -> None:
    _, function = warm_world()
    make = lambda seed: ws.Workload.poisson(  # noqa: E731
        function, 10, lambda rng, n: rng.exponential(2, n), until=1000, seed=seed
    )
    load = make(1)
    assert np.array_equal(load.times, make(1).times) and np.array_equal(load.values[0], make(1).values[0])
    assert not np.array_equal(load.times[:10], make(2).times[:10])
    assert abs(len(load) - 10_000) < 5 * math.sqrt(10_000)
    assert np.all(np.diff(load.times) >= 0) and load.times[-1] < 1000
    assert len(ws.Workload.poisson(function, 10, 0.5, count=7)) == 7
    for arguments, words in [
        ({"rate": 0, "count": 1}, "rate is 0"),
        ({"rate": 1}, "count, until"),
        ({"rate": 1, "count": 1, "until": 1}, "count, until"),
    ]:
        with pytest.raises(ValueError, match=words):
            ws.Workload.poisson(function, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"rate": "fast", "count": 1}, TypeError, "rate: give calls per second, finite and > 0, not 'fast'"),
        ({"rate": True, "count": 1}, TypeError, "rate: .*True"),
        ({"rate": math.nan, "count": 1}, ValueError, "rate is nan"),
        ({"rate": 10**400, "count": 1}, ValueError, "rate is a whole number of 1329 bits"),
        ({"rate": 1, "count": -1}, ValueError, "count is -1: give a whole number, from 0 to 4294967295"),
        ({"rate": 1, "count": 2.0}, TypeError, "count: give a whole number, not 2.0"),
        ({"rate": 1, "count": True}, TypeError, "count: .*True"),
        ({"rate": 1, "count": 10**18}, ValueError, "count is 1000000000000000000"),
        ({"rate": 1, "until": -1}, ValueError, "until: '-1' is negative"),
        ({"rate": 1, "until": math.nan}, ValueError, "until: 'nan' is not finite"),
        ({"rate": 1, "until": []}, TypeError, "until: give a number or a text"),
        ({"rate": 1e12, "until": 1e6}, ValueError, r"until is 1000000.0: at 1e\+12 calls a second"),
        ({"rate": 1e-12, "count": 3}, ValueError, r"times\[\d\] is .*at most 9e\+09"),
        ({"rate": 1, "count": 1, "seed": -1}, ValueError, "seed is -1"),
        ({"rate": 1, "count": 1, "seed": 1.9}, TypeError, "seed: give a whole number, not 1.9"),
        ({"rate": 1, "count": 1, "seed": None}, TypeError, "seed: .*None"),
        ({"rate": 1, "count": 1, "weights": [1]}, ValueError, r"weights is \[1\]: there is only one function"),
    ],
)
def test_arguments_of_poisson_are_named(arguments: dict[str, Any], error: type[Exception], says: str) -> None:
    _, function = warm_world()
    with pytest.raises(error, match="^" + says):
        ws.Workload.poisson(function, arguments.pop("rate"), 1.0, **arguments)


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [
        ("fast", ValueError, "durations: 'fast' is not a number with a unit"),
        (math.nan, ValueError, "durations is nan"),
        (-1, ValueError, r"durations\[0\] is -1"),
        (True, TypeError, "durations is True"),
        (None, TypeError, "durations is None"),
        (lambda rng, n: np.ones(n + 1), ValueError, "durations has 4 entries, and times has 3"),
        (lambda rng, n: 1.0, TypeError, "durations is 1.0"),
    ],
)
def test_values_of_poisson_are_named(value: Any, error: type[Exception], says: str) -> None:
    _, function = warm_world()
    with pytest.raises(error, match="^" + says):
        ws.Workload.poisson(function, 1, value, count=3)


def test_poisson_takes_texts_with_units() -> None:
    world, function = warm_world()
    image = world.images["small"]
    load = ws.Workload.poisson(function, 100, "250ms", until="2min", seed=1)
    assert set(load.values[0].tolist()) == {0.25} and 115 < load.times[-1] < 120
    mixed = world.function(ws.Profile(ws.Compute(), ws.Write()), "g", image)
    load = ws.Workload.poisson(mixed, 1, "2Gf", "3MB", count=2)
    assert [column.tolist() for column in load.values] == [[2e9] * 2, [3e6] * 2]
    with pytest.raises(ValueError, match="unknown unit 'min'"):
        ws.Workload.poisson(mixed, 1, "5min", "3MB", count=2)
    with pytest.raises(TypeError, match="durations is '5': "):  # seconds, or flops?
        both = [function, world.function(ws.Profile(ws.Compute()), "h", image)]
        ws.Workload.poisson(both, 1, "5", count=2)


def test_dates_that_come_late_are_refused_everywhere() -> None:
    world, function = warm_world()
    for late in (9.1e9, "1e7d"):
        with pytest.raises(ValueError, match=r"^time: .* is too late: beyond 9e9 s"):
            world.sim.at(late, lambda: None)
        with pytest.raises(ValueError, match=r"^until: .* is too late: beyond 9e9 s"):
            world.sim.run(until=late)
    with pytest.raises(ValueError, match=r"^times\[0\] is 9100000000"):
        ws.Workload(function, [9.1e9], [1.0])


def test_poisson_draws_functions_by_weight() -> None:
    world, function = warm_world()
    other = world.function(ws.Profile(ws.Sleep()), "g", world.images["small"])
    load = ws.Workload.poisson([function, other], 10, 1.0, count=1000, weights=[3, 1], seed=1)
    assert load.which is not None
    assert abs(float(np.mean(load.which)) - 0.25) < 0.06
    for weights in ([1], [1, -1], [0, 0], [1, math.inf], [1, math.nan], NOT_NUMBERS):
        with pytest.raises(ValueError, match="weights: give 2 numbers"):
            ws.Workload.poisson([function, other], 10, 1.0, count=10, weights=weights)
    with pytest.raises(TypeError, match=r"^weights\[0\] is 'a'"):
        ws.Workload.poisson([function, other], 10, 1.0, count=10, weights=["a", "b"])


def test_workloads_from_csv(tmp_path: Path) -> None:
    world, function = warm_world()
    other = world.function(ws.Profile(ws.Sleep()), "g", world.images["small"])
    path = tmp_path / "load.csv"
    path.write_text("time,function,duration\n0.5,g,1\n0,f,2\n")
    load = ws.Workload.from_csv(path, {"f": function, "g": other})
    assert load.times.tolist() == [0.5, 0] and load.values[0].tolist() == [1, 2]
    assert load.which is not None and load.which.tolist() == [1, 0]
    assert len(ws.Workload.from_csv(path, function)) == 2
    with pytest.raises(ValueError, match="no column 'start': it has time, function, duration"):
        ws.Workload.from_csv(path, function, time="start")
    with pytest.raises(ValueError, match="calls of 'g', which is not among functions: f"):
        ws.Workload.from_csv(path, {"f": function})


def test_a_replay_outlives_its_simulation() -> None:
    world, function = warm_world()
    replay = world.manager.replay(ws.Workload(function, [0.0, 100.0], [1, 1]))
    world.sim.run(until=50)
    World(nodes=1)
    assert (replay.requested, replay.ended, replay.is_done) == (1, 1, False)
    assert "1 of 1" in repr(replay)


@pytest.mark.parametrize("records", ["all", "summary"])
def test_calls_in_a_queue_are_in_the_results_at_any_date(records: str) -> None:
    """A replayed call that waits is kept apart from those that run; nobody must be able to tell."""

    def replayed() -> tuple[World, ws.Results]:
        world, function = warm_world(slots=1, records=records)
        world.manager.replay(ws.Workload(function, np.arange(6.0) / 4, np.full(6, 2.0)))
        return world, world.sim.run(until=5)

    world, half_way = replayed()
    assert half_way.summary()["invocations"] == 6
    assert half_way.summary()["completed"] == 2
    if records == "all":
        table = half_way.invocations
        running, queued = ws.InvocationState.RUNNING, ws.InvocationState.QUEUED
        assert table["state"].tolist()[2:] == [running, queued, queued, queued]
        assert table["admitted"].tolist() == near(0, 0.25, 0.5, 0.75, 1, 1.25)
        assert table["memory"].tolist() == [table["memory"][0]] * 6
        assert table.names("function").tolist() == ["f"] * 6
        assert np.isnan(table["started"][3:]).all()
    whole = world.sim.run()
    assert whole.summary()["completed"] == 6
    assert half_way.summary()["completed"] == 2
    if records == "all":
        assert whole.invocations["ended"].tolist() == pytest.approx([2, 4, 6, 8, 10, 12], abs=1e-6)
    _, abandoned = replayed()
    assert abandoned.summary()["invocations"] == 6


def test_R38_a_deadlock_names_replayed_calls_that_wait() -> None:
    world, function = warm_world(slots=1)
    world.sim.at(0.5, world.sim.host("node-0").turn_off)
    world.manager.replay(ws.Workload(function, [1.0, 2.0], [1, 1]))
    with pytest.raises(ws.Deadlock, match="invocation 0 and 1 more of function 'f'"):
        world.sim.run()


@pytest.mark.parametrize(
    ("column", "number", "says"),
    [
        ("which", 12345678, r"which\[1\] is 12345678"),
        ("times", math.nan, r"times\[1\] is nan"),
        ("values", math.nan, r"values\[1\] is nan"),
        ("values", math.inf, r"values\[1\] is inf"),
        ("values", -1, r"values\[1\] is -1"),
    ],
)
def test_columns_that_change_under_way_are_found(column: str, number: float, says: str) -> None:
    world = World()
    columns: dict[str, Any] = {
        "times": np.arange(1000.0), "values": np.ones(1000), "which": np.zeros(1000, np.uint32)
    }  # fmt: skip
    function = world.function(ws.Profile(ws.Sleep()), "f")
    world.manager.replay(ws.Workload([function], columns["times"], columns["values"], which=columns["which"]))
    columns[column][1:] = number
    with pytest.raises(ValueError, match=says + " now: the columns of a workload must not change"):
        world.sim.run()
