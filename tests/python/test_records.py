"""What is kept of each invocation: all records, a sample, statistics alone, or files."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from world import CONFIG, platform

import wrench_serverless as ws

COUNT = 3000
TIMES = ("requested", "admitted", "assigned", "started", "ended")


def simulate(until: float | None = None, close: bool = False, **options: Any) -> ws.Results:
    """Calls of two functions on two nodes, of which some wait, some time out, and some are refused."""
    sim = ws.Simulation(platform(), seed=7, config=CONFIG, check=False, **options)
    registry = sim.create_storage_service("user", capacity="5GB")
    provider = sim.create_serverless_compute_service(
        "head",
        ["node-0", "node-1"],
        slots=3,
        image_store="1GB",
        queue_capacity=5,
        cold_start_overhead=0.1,
        keep_alive=1,
    )
    manager = sim.create_function_manager("user")
    functions = []
    for name, limit in (("f", None), ("g", 0.5)):
        image = manager.create_image(name, registry.create_file(name, "1MB"))
        function = manager.create_function(name, ws.Profile(ws.Sleep()), image)
        functions.append(manager.register_function(function, [provider], time_limit=limit))
    load = ws.Workload.poisson(functions, 10, lambda rng, n: rng.exponential(0.5, n), count=COUNT, seed=3)
    manager.replay(load)
    results = sim.run(until=until)
    if close:
        sim.close()
        return sim.results()
    return results


def rows_by_id(results: ws.Results, name: str) -> dict[int, Any]:
    table = results.invocations
    return dict(zip(table["id"].tolist(), table[name].tolist(), strict=True))


def test_statistics_say_what_all_records_say() -> None:
    everything, statistics = simulate(), simulate(records="summary")
    assert everything.statistics is None and statistics.statistics is not None
    assert statistics.invocations.row_count == 0
    exact, sketched = everything.summary(), statistics.summary()
    assert list(exact) == list(sketched)
    assert exact["refused"] > 10 and exact["timed_out"] > 10
    for name in exact:
        error = ws.Sketch.relative_error if name.startswith(("latency_p", "waiting_p")) else 1e-9
        assert sketched[name] == pytest.approx(exact[name], rel=error, abs=1e-9, nan_ok=True), name


@pytest.mark.parametrize("percent", [1, 50, 90, 99.9])
def test_percentiles_are_known_to_within_the_error(percent: float) -> None:
    table = simulate().invocations
    statistics = simulate(records="summary").statistics
    assert statistics is not None
    for name, begin, end in (
        ("latency", "requested", "ended"), ("waiting", "requested", "started"), ("queueing", "admitted", "assigned"),
        ("starting", "assigned", "started"), ("running", "started", "ended"),
    ):  # fmt: skip
        values = (table[end] - table[begin])[~np.isnan(table["started"])]
        sketch = getattr(statistics, name)
        exact = float(np.percentile(values, percent))
        assert sketch.percentile(percent) == pytest.approx(exact, rel=ws.Sketch.relative_error, abs=1e-9), name
        assert sketch.count == len(values)
        assert sketch.max == values.max()


def test_a_sample_is_part_of_all_records_and_drawn_by_the_seed() -> None:
    everything, sampled = simulate(), simulate(records="sampled", sample=0.1)
    assert 200 < sampled.invocations.row_count < 400
    for name in ("function", "state", *TIMES):
        whole, part = rows_by_id(everything, name), rows_by_id(sampled, name)
        assert all(part[id] == whole[id] or part[id] != part[id] for id in part), name
    again = simulate(records="sampled", sample=0.1)
    assert np.array_equal(again.invocations["id"], sampled.invocations["id"])
    assert simulate(records="sampled", sample=1).invocations.row_count == COUNT
    assert simulate(records="sampled", sample=0).invocations.row_count == 0
    assert sampled.statistics is not None and sampled.statistics.count == COUNT


def test_rows_stream_to_disk(tmp_path: Path) -> None:
    everything = simulate()
    streamed = simulate(records="parquet", records_to=tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out" / "invocations").iterdir()) == ["part-00000.parquet"]
    assert streamed.invocations.row_count == COUNT
    assert np.all(np.diff(streamed.invocations["ended"]) >= 0)  # in order of their ends
    for name in everything.invocations:
        assert rows_by_id(streamed, name) == pytest.approx(rows_by_id(everything, name), nan_ok=True), name
    assert set(streamed.invocations.names("function")) == {"f", "g"}
    streamed.save(tmp_path / "saved")
    assert ws.load_results(tmp_path / "saved").invocations.row_count == COUNT


def test_a_run_in_parts_streams_in_parts(tmp_path: Path) -> None:
    half = simulate(until=150, records="parquet", records_to=tmp_path)
    assert 0 < half.invocations.row_count < COUNT
    assert half.statistics is not None
    assert half.statistics.count > half.invocations.row_count  # those under way are not in the files yet
    with pytest.raises(FileExistsError, match="records_to"):
        simulate(records="parquet", records_to=tmp_path)


@pytest.mark.parametrize("mode", ["summary", "sampled"])
def test_a_simulation_that_stops_half_way_has_sound_statistics(mode: Any) -> None:
    for close in (False, True):
        summary = simulate(until=100, close=close, records=mode).summary()
        whole = simulate(until=100, close=close).summary()
        assert summary["invocations"] == whole["invocations"]
        assert summary["utilisation"] == pytest.approx(whole["utilisation"])


def test_statistics_of_several_simulations_can_be_merged() -> None:
    one, other = simulate(records="summary").statistics, simulate(until=100, records="summary").statistics
    assert one is not None and other is not None
    before = one.count
    one.merge(other)
    assert one.count == before + other.count
    assert sum(one.by_state) == one.count


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"records": "none"}, "records is 'none'"),
        ({"records": "sampled", "sample": 2}, "sample is 2"),
        ({"records": "parquet"}, "records_to is None"),
        ({"records_to": "x"}, "records_to is 'x'"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ws.Simulation(platform(), **options)


def test_a_disk_that_is_full_ends_the_run_cleanly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(OSError, match="no space"):
        simulate(records="parquet", records_to=tmp_path)


def test_statistics_can_be_kept_and_merged_later(tmp_path: Path) -> None:
    results = simulate(records="summary")
    assert results.statistics is not None
    results.save(tmp_path)
    for again in (ws.load_results(tmp_path), pickle.loads(pickle.dumps(results))):
        assert again.statistics is not None
        assert again.statistics.by_state == results.statistics.by_state
        assert again.statistics.cold == results.statistics.cold
        for name in ("latency", "waiting", "queueing", "starting", "running"):
            one, other = getattr(again.statistics, name), getattr(results.statistics, name)
            assert (one.count, one.mean, one.max) == (other.count, other.mean, other.max)
            assert [one.percentile(p) for p in (0, 50, 99.9)] == [other.percentile(p) for p in (0, 50, 99.9)]
        again.statistics.merge(results.statistics)
        assert again.statistics.count == 2 * COUNT


def test_what_is_no_state_of_statistics_is_refused() -> None:
    statistics = simulate(records="summary").statistics
    assert statistics is not None
    good = statistics.__getstate__()
    for state, says in (
        ({key: value for key, value in good.items() if key != "cold"}, "has no 'cold'"),
        ({**good, "cost": "much"}, "has a 'cost' that can't be one"),
        ({**good, "latency": {**good["latency"], "count": 1}}, "its buckets don't add up to its count"),
        ({**good, "latency": {**good["latency"], "first": 2**31}}, "beyond all numbers"),
    ):
        with pytest.raises(ValueError, match=says):
            ws.Statistics.__new__(ws.Statistics).__setstate__(state)


@pytest.mark.parametrize("records", ["all", "summary"])
def test_results_come_back_from_other_processes(records: str) -> None:
    results = simulate(records=records)
    again: ws.Results = pickle.loads(pickle.dumps(results))
    assert dict(again.summary()) == pytest.approx(dict(results.summary()), nan_ok=True)
    assert again.invocations.categories == results.invocations.categories
    for name in ("invocations", "containers", "transfers"):
        table, copy = getattr(results, name), getattr(again, name)
        assert list(table) == list(copy)
        for column in table:
            assert np.array_equal(table[column], copy[column], equal_nan=table[column].dtype.kind == "f")


def test_rows_that_could_not_be_written_are_still_there(tmp_path: Path) -> None:
    sim = ws.Simulation(platform(), config=CONFIG, records="parquet", records_to=tmp_path)
    registry = sim.create_storage_service("user", capacity="5GB")
    provider = sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB")
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "1MB"))
    function = manager.register_function(manager.create_function("f", ws.Profile(ws.Sleep()), image), [provider])
    manager.replay(ws.Workload(function, np.arange(10.0), np.ones(10)))
    (tmp_path / "invocations").rmdir()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            sim.run()
    (tmp_path / "invocations").mkdir()
    assert sim.run().invocations.row_count == 10
