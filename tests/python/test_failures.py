"""Why calls failed: in the rows, the summary, the statistics and the files."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from world import CONFIG, World, platform

import wrench_serverless as ws


class Outer:
    class OutOfLuck(Exception):
        pass


def troubled(what: Any, storage: ws.StorageService) -> None:
    if what == "divide":
        _ = 1 / 0
    elif what == "luck":
        raise Outer.OutOfLuck
    elif what == "full":
        storage.write("big", "1TB")
    elif what == "file":
        storage.read("nothing")
    elif what == "long":
        ws.sleep(100)


CAUSES = {
    "divide": "ZeroDivisionError", "luck": "OutOfLuck", "full": "StorageFull", "file": "FileNotFound",
    "long": "FunctionTimeout", "well": "",
}  # fmt: skip


def troubles(repeat: int = 1, **options: Any) -> tuple[ws.Results, list[ws.Invocation]]:
    """Calls that end for all kinds of reasons, and two that are refused."""
    sim = ws.Simulation(platform(), config=CONFIG, **options)
    registry = sim.create_storage_service("user", capacity="5GB")
    provider, other = (
        sim.create_serverless_compute_service(head, [node], image_store="1GB", max_concurrency=len(CAUSES) * repeat)
        for head, node in (("head", "node-0"), ("user", "node-1"))
    )
    manager = sim.create_function_manager("user")
    image = manager.create_image("i", registry.create_file("i", "1B"), memory="0B")
    function = manager.create_function("troubled", troubled, image)
    registered = manager.register_function(function, [provider], time_limit=5, ephemeral_storage="1MB")
    calls: list[ws.Invocation] = []

    @sim.controller("user")
    def main() -> None:
        calls.extend(manager.invoke(registered, what) for _ in range(repeat) for what in CAUSES)
        with pytest.raises(ws.InvocationRefused):
            manager.invoke(registered, "well")
        with pytest.raises(ws.FunctionNotRegistered):
            manager.invoke(registered, "well", provider=other)
        manager.wait_all(calls)

    return sim.run(), calls


COUNTS = {
    "FileNotFound": 1, "FunctionNotRegistered": 1, "FunctionTimeout": 1, "InvocationRefused": 1, "OutOfLuck": 1,
    "StorageFull": 1, "ZeroDivisionError": 1,
}  # fmt: skip


def test_the_reason_is_the_name_of_the_type() -> None:
    results, calls = troubles()
    names = results.invocations.names("failure").tolist()
    assert names == [*CAUSES.values(), "InvocationRefused", "FunctionNotRegistered"]
    assert names[: len(calls)] == ["" if c.failure is None else type(c.failure).__name__ for c in calls]
    assert results.invocations["failure"].dtype == np.uint16
    assert dict(results.summary().failures) == COUNTS
    assert list(results.summary().failures) == sorted(COUNTS)
    assert results.failure_names[0] == ""
    with pytest.raises(TypeError):
        results.summary().failures["OutOfLuck"] = 0  # type: ignore[index]


def test_frames_have_reasons_as_categories() -> None:
    results, _ = troubles()
    for frame in (results.invocations.to_pandas(), results.invocations.to_polars().to_pandas()):
        assert frame["failure"].astype(str).tolist() == results.invocations.names("failure").tolist()


@pytest.mark.parametrize("records", ["sampled", "summary", "parquet"])
def test_reasons_are_counted_whatever_is_recorded(records: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {"records_to": tmp_path} if records == "parquet" else {}
    results, _ = troubles(records=records, **options)
    assert dict(results.summary().failures) == COUNTS
    assert results.statistics is not None and results.statistics.failures == COUNTS
    if records == "parquet":
        assert sorted(filter(None, results.invocations.names("failure"))) == sorted(COUNTS)


def test_statistics_of_several_simulations_add_reasons_by_their_names() -> None:
    one = troubles(records="summary")[0].statistics
    world = World(image_store="10MB", records="summary")  # its first reason is another one
    world.call(world.function(), 1.0, 1.0)
    other = world.sim.results().statistics
    assert one is not None and other is not None and other.failures == {"StorageFull": 2}
    one.merge(other)
    assert one.failures == {**COUNTS, "StorageFull": 3}
    again: ws.Statistics = pickle.loads(pickle.dumps(one))
    assert again.failures == one.failures


@pytest.mark.parametrize("records", ["all", "summary"])
def test_reasons_are_kept_in_files_and_pickles(records: Any, tmp_path: Path) -> None:
    results, _ = troubles(records=records)
    results.save(tmp_path)
    for again in (ws.load_results(tmp_path), pickle.loads(pickle.dumps(results))):
        assert dict(again.summary().failures) == COUNTS
        assert again.failure_names == results.failure_names
        assert again.invocations.names("failure").tolist() == results.invocations.names("failure").tolist()
        assert again.invocations["failure"].dtype == np.uint16


def test_R35_only_the_last_attempt_counts() -> None:
    world = World(nodes=1)
    attempts = {"heals": 0, "changes": 0}

    def body(name: str, storage: ws.StorageService) -> None:
        attempts[name] += 1
        if attempts[name] == 1:
            raise OSError
        if name == "changes":
            raise LookupError

    world.call(world.function(body, retries=1), "heals", "changes")
    results = world.sim.results()
    assert results.invocations.names("failure").tolist() == ["", "LookupError"]
    assert dict(results.summary().failures) == {"LookupError": 1}


def test_R37_hosts_that_go_off() -> None:
    world = World(nodes=1)
    napper = world.function()

    def main() -> None:
        call = world.manager.invoke(napper, 100.0)
        ws.sleep(10)
        world.sim.host("node-0").turn_off()
        world.manager.wait_one(call)
        world.sim.host("head").turn_off()
        with pytest.raises(ws.HostFailure):
            world.manager.invoke(napper, 1.0)

    results = world.run(main)
    assert results.invocations.names("failure").tolist() == ["HostFailure"] * 2
    assert results.invocations.names("state").tolist() == ["FAILED", "REFUSED"]
    assert dict(results.summary().failures) == {"HostFailure": 2}


def test_R21_images_that_do_not_come() -> None:
    world = World(image_store="1GB")
    large = world.function(name="large", image=world.image("large", "2GB"))
    cut_off = world.function(name="cut off", image=world.image("far", "400MB"))

    def main() -> None:
        calls = [world.manager.invoke(function, 1.0) for function in (large, cut_off)]
        ws.sleep(1)
        world.sim.link("to-user").turn_off()
        world.manager.wait_all(calls)

    assert world.run(main).invocations.names("failure").tolist() == ["StorageFull", "TransferFailure"]


def test_declared_work_fails_for_the_same_reasons() -> None:
    world = World(nodes=1)
    writes = world.function(ws.Profile(ws.Write("1TB")), "writes")
    sleeps = world.function(ws.Profile(ws.Sleep(10)), "sleeps", time_limit=1)
    for work in (writes, sleeps):
        world.manager.replay(ws.Workload(work, [0.0]))
    assert sorted(world.sim.run().invocations.names("failure")) == ["FunctionTimeout", "StorageFull"]


def test_results_that_were_taken_stay_when_more_calls_fail() -> None:
    world = World(nodes=1)

    def body(kind: type[Exception], storage: ws.StorageService) -> None:
        ws.sleep(1)
        raise kind

    failing = world.function(body)
    world.sim.add_controller("user", lambda: [world.manager.invoke(failing, kind) for kind in (OSError, KeyError)])
    early = world.sim.run(until=4.5)
    late = world.sim.run()
    assert (len(early.failure_names), sorted(late.invocations.names("failure"))) == (3, ["KeyError", "OSError"])
