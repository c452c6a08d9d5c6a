"""Results: columns, their types and memory, the summary, and files."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from world import World, nap

import wrench_serverless as ws

INVOCATIONS = {
    "id": "uint32", "function": "uint32", "provider": "uint16", "node": "int32", "state": "uint8", "cold": "bool",
    "attempts": "uint16", "failure": "uint16", "requested": "float64", "admitted": "float64", "assigned": "float64",
    "started": "float64", "ended": "float64", "memory": "float64", "billed_seconds": "float64", "cost": "float64",
}  # fmt: skip
CONTAINERS = {
    "function": "uint32", "provider": "uint16", "node": "int32", "claimed": "float64", "ready": "float64",
    "ended": "float64", "reason": "uint8", "invocations": "uint32", "busy_seconds": "float64", "memory": "float64",
    "provisioned": "bool",
}  # fmt: skip
TRANSFERS = {
    "file": "object", "source": "object", "destination": "object", "bytes": "float64", "started": "float64",
    "ended": "float64", "completed": "bool",
}  # fmt: skip
TABLES = {"invocations": INVOCATIONS, "containers": CONTAINERS, "transfers": TRANSFERS}


def ordinary() -> ws.Results:
    """Five calls on one slot: three complete, one fails, one times out; then one is refused, and one still queued."""
    world = World(nodes=1, cores=1, cold_start_overhead=0.5, node_store="5GB")
    other = world.sim.create_serverless_compute_service("head", ["head"], image_store="1GB", node_store="1GB")

    def body(seconds: float, storage: ws.StorageService) -> None:
        if seconds < 0:
            raise ValueError(seconds)
        ws.sleep(seconds)

    function = world.function(body, time_limit=2)

    def main() -> None:
        calls = [world.manager.invoke(function, seconds) for seconds in (1.0, 2.0, -1.0, 5.0, 1.0)]
        world.manager.wait_all(calls)
        with pytest.raises(ws.FunctionNotRegistered):
            world.manager.invoke(function, 1.0, provider=other)
        world.manager.invoke(function, 1.0)
        world.manager.invoke(function, 1.0)
        ws.sleep(0.5)

    world.sim.add_controller("user", main)
    return world.sim.run(until=10)


def empty() -> ws.Results:
    return World().sim.run()


def without_transfers() -> ws.Results:
    world = World(image_store="10MB")  # the image never gets anywhere
    world.call(world.function(), 1.0)
    return world.sim.results()


KINDS = [ordinary, empty, without_transfers]


@pytest.mark.parametrize("kind", KINDS)
def test_columns_and_their_types(kind: type) -> None:
    results = kind()
    for table, columns in TABLES.items():
        table = getattr(results, table)
        assert {name: str(column.dtype) for name, column in table.items()} == columns
        assert {len(column) for column in table.values()} == {table.row_count}


def test_a_row_takes_as_many_bytes_as_the_guide_on_replays_says() -> None:
    table = ordinary().invocations
    assert sum(column.itemsize for column in table.values()) == 84
    assert sum(column.itemsize for name, column in table.items() if name not in ("id", "cost")) == 72


def test_rows_are_the_invocations_in_order() -> None:
    results = ordinary()
    table = results.invocations
    names = ["COMPLETED", "COMPLETED", "FAILED", "TIMED_OUT", "COMPLETED", "REFUSED", "RUNNING", "QUEUED"]
    assert table["id"].tolist() == list(range(8))
    assert table.names("state").tolist() == names
    assert table.names("provider").tolist() == ["provider"] * 5 + ["provider-2"] + ["provider"] * 2
    assert table.names("node").tolist() == ["node-0"] * 5 + [None, "node-0", None]
    assert table["cold"].tolist() == [True] + [False] * 7
    assert table["started"][:5] == pytest.approx([3.5, 4.5, 6.5, 6.5, 8.5])
    assert table["ended"][:5] == pytest.approx([4.5, 6.5, 6.5, 8.5, 9.5])
    assert table["billed_seconds"][:5] == pytest.approx([1, 2, 0, 2, 1])
    assert table["memory"][:5].tolist() == [1e8] * 5
    assert math.isnan(table["ended"][7])
    assert results.function_names == ("body",)
    assert (results.now, results.seed, results.node_slots) == (10, 0, (1, 1))
    assert str(results) == "<Results of 8 invocations in 10 s>"


def test_containers_and_transfers() -> None:
    results = ordinary()
    containers, transfers = results.containers.to_pandas(), results.transfers.to_pandas()
    assert containers["invocations"].tolist() == [5]
    assert containers["busy_seconds"].tolist() == pytest.approx([6.0])
    assert containers["claimed"].tolist() == [1]  # R16: when the image has come to the head
    assert containers["ready"].tolist() == pytest.approx([3.5])
    assert transfers["source"].tolist() == ["user:/", "provider/images"]
    assert transfers["destination"].tolist() == ["provider/images", "provider/node-0"]
    assert transfers["ended"].tolist() == pytest.approx([1, 2])
    assert transfers["completed"].all()


def test_columns_share_the_memory_of_the_core_and_are_read_only() -> None:
    results = ordinary()
    again = ws.Results(results._core) if hasattr(results, "_core") else None
    for table in (results.invocations, results.containers, results.transfers):
        for name, column in table.items():
            assert not column.flags.writeable, name
            with pytest.raises(ValueError, match="read-only"):
                column[0] = 0
            if column.dtype != object and name not in ("id", "cost"):
                assert not column.flags.owndata, name
                assert np.shares_memory(column, table[name])
    assert again is None
    with pytest.raises(TypeError):
        results.invocations["ended"] = np.zeros(1)  # type: ignore[index]


def test_two_results_of_one_state_share_one_memory() -> None:
    world = World()
    world.call(world.function(), 1.0)
    first, second = world.sim.results(), world.sim.results()
    assert np.shares_memory(first.invocations["ended"], second.invocations["ended"])
    assert np.shares_memory(first.containers["ended"], second.containers["ended"])


def test_columns_outlive_everything() -> None:
    column: NDArray[np.float64] = ordinary().invocations["ended"]
    World()
    assert column[0] == pytest.approx(4.5)


def test_results_taken_during_a_run_stay_as_they_are() -> None:
    world = World()
    function = world.function()
    taken: list[ws.Results] = []

    def main() -> None:
        for _ in range(100):
            world.manager.wait_one(world.manager.invoke(function, 1.0))
            taken.append(world.sim.results())

    last = world.run(main)
    for count, results in enumerate(taken, start=1):
        assert results.invocations["ended"].tolist() == last.invocations["ended"][:count].tolist()
        assert results.summary()["completed"] == count


def test_to_pandas() -> None:
    results = ordinary()
    frame = results.invocations.to_pandas()
    assert list(frame.columns) == list(INVOCATIONS)
    assert frame["state"].tolist()[:4] == ["COMPLETED", "COMPLETED", "FAILED", "TIMED_OUT"]
    assert str(frame["state"].dtype) == "category"
    assert frame["node"].isna().tolist() == [False] * 5 + [True, False, True]
    assert frame.groupby("state", observed=True)["billed_seconds"].sum()["COMPLETED"] == pytest.approx(4)


def test_to_arrow() -> None:
    results = ordinary()
    table = results.invocations.to_arrow()
    assert table.column_names == list(INVOCATIONS)
    assert table["state"].to_pylist()[:3] == ["COMPLETED", "COMPLETED", "FAILED"]
    assert table["node"].to_pylist()[5] is None
    ended = table["ended"].chunk(0).to_numpy()
    assert np.shares_memory(ended, results.invocations["ended"])


@pytest.mark.parametrize("kind", KINDS)
def test_to_polars_and_back_to_numpy(kind: type) -> None:
    results = kind()
    for name in TABLES:
        table = getattr(results, name)
        frame = table.to_polars()
        assert frame.columns == list(table)
        assert len(frame) == len(table.to_pandas()) == table.row_count
        for column in table:
            if table[column].dtype == np.float64:
                assert np.array_equal(frame[column].to_numpy(), table[column], equal_nan=True)


def test_summary_is_a_mapping_that_prints_as_a_table() -> None:
    summary = ordinary().summary()
    assert summary["invocations"] == 8
    states = ("completed", "failed", "timed_out", "refused", "queued", "starting", "running")
    assert [summary[state] for state in states] == [3, 1, 1, 1, 1, 0, 1]
    assert summary["cold_starts"] == 1
    latencies = np.array([4.5, 6.5, 6.5, 8.5, 9.5])
    assert summary["latency_mean"] == pytest.approx(latencies.mean())
    for percent in (50, 95, 99):
        assert summary[f"latency_p{percent}"] == pytest.approx(np.percentile(latencies, percent))
    claimed = ordinary().containers["claimed"][0]
    assert summary["utilisation"] == pytest.approx((10 - claimed) / 2 / 10)
    assert summary["body_utilisation"] == pytest.approx(6.5 / 2 / 10)  # one is under way for 0.5 s
    assert summary["transferred"] == pytest.approx(0.2)
    assert len(dict(summary)) == len(summary)
    lines = str(summary).splitlines()
    assert lines[0].split() == ["simulated_time", "10", "s"]
    assert repr(summary).startswith("<Summary\n")
    with pytest.raises(KeyError):
        summary["nothing"]


def test_summary_of_nothing() -> None:
    summary = empty().summary()
    assert summary["invocations"] == 0
    assert math.isnan(summary["latency_mean"])
    assert ["latency_mean", "–"] in [line.split() for line in str(summary).splitlines()]


def same(one: ws.Results, other: ws.Results) -> None:
    for name in TABLES:
        ours, theirs = getattr(one, name), getattr(other, name)
        assert list(ours) == list(theirs)
        assert ours.categories == theirs.categories
        for column in ours:
            assert ours[column].dtype == theirs[column].dtype, column
            if ours[column].dtype == object:
                assert ours[column].tolist() == theirs[column].tolist()
            else:
                assert np.array_equal(ours[column], theirs[column], equal_nan=ours[column].dtype == np.float64)
    for fact in ("function_names", "provider_names", "node_names", "node_slots", "now", "seed"):
        assert getattr(one, fact) == getattr(other, fact), fact
    assert str(one.summary()) == str(other.summary())
    assert list(one.summary()) == list(other.summary())


@pytest.mark.parametrize("kind", KINDS)
def test_save_and_load_give_the_same(kind: type, tmp_path: Path) -> None:
    results = kind()
    folder = tmp_path / "deep" / "down"
    results.save(folder)
    loaded = ws.load_results(folder)
    same(results, loaded)
    assert not loaded.invocations["ended"].flags.writeable
    loaded.save(folder)  # over itself
    same(results, ws.load_results(str(folder)))


def test_files_are_readable_by_others(tmp_path: Path) -> None:
    import pyarrow.parquet as parquet

    ordinary().save(tmp_path)
    table = parquet.read_table(tmp_path / "invocations.parquet")
    assert table["state_name"].to_pylist()[2] == "FAILED"
    assert table["state"].to_pylist()[2] == ws.InvocationState.FAILED
    assert json.loads((tmp_path / "results.json").read_text())["function_names"] == ["body"]


def test_loading_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ws.load_results(tmp_path)
    (tmp_path / "results.json").write_text('{"format": 99}')
    with pytest.raises(ValueError, match="format 99; this version reads 1 and 2"):
        ws.load_results(tmp_path)


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    world = World()
    world.call(world.function(nap), 1)
    containers = world.sim.results().containers
    with pytest.raises(KeyError, match=r"'end' is no column: there are function, provider, node, .*ended"):
        containers["end"]
    assert "end" not in containers
    assert containers.get("end") is None


def test_R35_the_summary_counts_all_attempts() -> None:
    for records in ("all", "summary"):
        world = World(nodes=1, cores=1, records=records)

        def bad(seconds: float, storage: ws.StorageService) -> None:
            ws.sleep(seconds)
            raise OSError

        call = world.call(world.function(bad, retries=9), 1.0)[0]
        assert call.attempts == 10
        summary = world.sim.results().summary()
        assert summary["body_utilisation"] == pytest.approx(10 / call.ended)
        assert summary["billed"] == pytest.approx(10 * 0.1)


def test_R34_body_utilisation_is_the_share_of_slots_in_which_a_body_ran() -> None:
    world = World(nodes=1, cores=1, concurrency=80)
    calls = world.call(world.function(), *[10.0] * 80)
    assert world.sim.results().summary()["body_utilisation"] == pytest.approx(10 / calls[0].ended)
