"""What was recorded gets into files, however a run ends; and files are replaced whole or not at all."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from world import CONFIG, platform

import wrench_serverless as ws
from wrench_serverless._picture import draw_overview

Main = Callable[[], Any]


def streaming(folder: Path, main: Main | None = None, calls: int = 10) -> ws.Simulation:
    """Calls of one second each, a second apart, from the start on; and a controller."""
    sim = ws.Simulation(platform(), config=CONFIG, records="parquet", records_to=folder)
    registry = sim.create_storage_service("user", capacity="5GB")
    provider = sim.create_serverless_compute_service(
        "head", ["node-0"], image_store="1GB", name="cloud", billing=ws.Billing(per_request=2)
    )
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "0B"), memory="0B")
    function = manager.register_function(manager.create_function("f", ws.Profile(ws.Sleep()), image), [provider])
    manager.replay(ws.Workload(function, np.arange(float(calls)), np.ones(calls)))
    if main is not None:
        sim.add_controller("user", main)
    return sim


def fails() -> None:
    ws.sleep(4.5)
    raise LookupError("in the middle")


def is_interrupted() -> None:
    ws.sleep(4.5)
    raise KeyboardInterrupt


def check_rows(folder: Path, sim: ws.Simulation, states: list[str]) -> None:
    """What is in the files is what the simulation has, and complete."""
    loaded, results = ws.load_results(folder), sim.results()
    parts = sorted((folder / "invocations").iterdir())
    assert sum(pq.read_table(part).num_rows for part in parts) == len(states)
    assert [part.name for part in parts] == [f"part-{number:05}.parquet" for number in range(len(parts))]
    for name in results.invocations:
        assert np.array_equal(loaded.invocations[name], results.invocations[name], equal_nan=True), name
        assert loaded.invocations[name].dtype == results.invocations[name].dtype, name
    order = np.argsort(loaded.invocations["id"])
    assert [str(state) for state in loaded.invocations.names("state")[order]] == states
    assert set(loaded.invocations.names("function")) <= {"f"}
    assert dict(loaded.summary()) == pytest.approx(dict(results.summary()), nan_ok=True)
    assert loaded.containers.row_count == results.containers.row_count
    assert loaded.statistics is not None and loaded.statistics.count == len(results.invocations["id"])


@pytest.mark.parametrize(("main", "raised"), [(fails, LookupError), (is_interrupted, KeyboardInterrupt)])
def test_rows_of_a_run_that_raises_are_in_the_files(main: Main, raised: type[BaseException], tmp_path: Path) -> None:
    sim = streaming(tmp_path, main)
    with pytest.raises(raised):
        sim.run()
    check_rows(tmp_path, sim, ["COMPLETED"] * 4 + ["RUNNING"])
    assert list(ws.load_results(tmp_path).invocations["cost"]) == [2] * 5


def test_rows_of_a_deadlock_are_in_the_files(tmp_path: Path) -> None:
    sim = streaming(tmp_path)
    service = sim.create_bare_metal_service("user", slots=1)
    actions = [ws.CustomAction(name, lambda: actions[1].wait()) for name in "ab"]

    def main() -> None:
        for action in actions:
            service.submit(action)

    sim.add_controller("user", main)
    with pytest.raises(ws.Deadlock):
        sim.run()
    check_rows(tmp_path, sim, ["COMPLETED"] * 10)


def closed(sim: ws.Simulation) -> None:
    sim.close()


def replaced(sim: ws.Simulation) -> None:
    ws.Simulation(platform())


@pytest.mark.parametrize("end", [closed, replaced])
@pytest.mark.parametrize("until", [None, 4.5, 0])
def test_rows_of_a_simulation_that_is_closed_are_in_the_files(
    end: Callable[[ws.Simulation], None], until: float | None, tmp_path: Path
) -> None:
    sim = streaming(tmp_path)
    if until != 0:
        sim.run(until=until)
        assert ws.load_results(tmp_path).invocations.row_count == (4 if until else 10)
    end(sim)
    states = {None: ["COMPLETED"] * 10, 4.5: ["COMPLETED"] * 4 + ["RUNNING"], 0: []}[until]
    check_rows(tmp_path, sim, states)


def test_rows_of_a_simulation_that_nobody_has_are_in_the_files(tmp_path: Path) -> None:
    sim = streaming(tmp_path)
    sim.run(until=4.5)
    del sim
    gc.collect()
    ws.Simulation(platform())  # what it was given may have kept it until now
    assert list(ws.load_results(tmp_path).invocations["id"]) == [0, 1, 2, 3, 4]


def test_rows_are_in_the_files_when_the_interpreter_ends(tmp_path: Path) -> None:
    program = f"""
import pathlib, test_keeping
sim = test_keeping.streaming(pathlib.Path({str(tmp_path)!r}))
sim.run(until=4.5)
"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent, check=True)
    assert list(ws.load_results(tmp_path).invocations["id"]) == [0, 1, 2, 3, 4]


def test_a_process_that_was_killed_leaves_rows_and_the_error_says_where(tmp_path: Path) -> None:
    program = f"""
import os, pathlib, signal, test_keeping
sim = test_keeping.streaming(pathlib.Path({str(tmp_path)!r}))
sim.run(until=2.5)
keep, sim._stream.keep = sim._stream.keep, lambda results: os.kill(os.getpid(), signal.SIGKILL)
FIRST = {{first}}
if FIRST:
    (pathlib.Path({str(tmp_path)!r}) / "results.json").unlink()
sim.run()
"""
    for first, error, words in (
        (False, ValueError, r"results\.json was written when there were 1 files of rows, and there are 2"),
        (True, FileNotFoundError, r"results\.json is missing.* in 2 Parquet files in .*invocations"),
    ):
        for path in sorted(tmp_path.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        done = subprocess.run(
            [sys.executable, "-c", program.replace("{first}", str(first))], cwd=Path(__file__).parent, check=False
        )
        assert done.returncode == -signal.SIGKILL
        with pytest.raises(error, match=words):
            ws.load_results(tmp_path)
        rows = pq.read_table(tmp_path / "invocations")
        assert sorted(rows["id"].to_pylist()) == list(range(10))


def test_a_file_of_rows_that_is_missing_is_named(tmp_path: Path) -> None:
    sim = streaming(tmp_path)
    sim.run(until=2.5)
    sim.run()
    (tmp_path / "invocations" / "part-00000.parquet").unlink()
    with pytest.raises(FileNotFoundError, match=r"part-00000\.parquet is missing, of 2 files"):
        ws.load_results(tmp_path)


def test_a_folder_with_records_is_refused(tmp_path: Path) -> None:
    results = streaming(tmp_path / "rows").run()
    results.save(tmp_path / "saved")
    for name in ("rows", "saved"):
        with pytest.raises(FileExistsError, match=f"records_to: .*{name} has records already"):
            streaming(tmp_path / name)
    # Also where the one before writes them on its way out.
    streaming(tmp_path / "late").run(until=0.5)
    with pytest.raises(FileExistsError, match="records_to"):
        streaming(tmp_path / "late")
    assert ws.load_results(tmp_path / "late").invocations.row_count == 1


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Writes beyond fail, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_part_that_could_not_be_written_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    sim = streaming(tmp_path, fails)
    with (
        files_of_at_most(500),
        pytest.warns(RuntimeWarning, match=r"records .* only in its results\(\)"),
        pytest.raises(LookupError),
    ):
        sim.run()
    assert list((tmp_path / "invocations").iterdir()) == []
    assert sim.results().invocations.row_count == 5
    sim.close()  # now there is room
    check_rows(tmp_path, sim, ["COMPLETED"] * 4 + ["RUNNING"])


def test_rows_are_counted_once_though_the_disk_was_full_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    count = 1_000_100  # more than are kept before they are written
    sim = ws.Simulation(platform(), config=CONFIG, records="parquet", records_to=tmp_path, check=False)
    registry = sim.create_storage_service("user", capacity="5GB")
    provider = sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB", queue_capacity=0)
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "0B"), memory="0B")
    function = manager.register_function(manager.create_function("f", ws.Profile(ws.Sleep(0)), image), [provider])
    manager.replay(ws.Workload(function, np.arange(count) * 1e-3))
    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.write_table", full)
        with pytest.warns(RuntimeWarning, match="no space"), pytest.raises(OSError, match="no space"):
            sim.run()
    sim.close()
    ids = ws.load_results(tmp_path).invocations["id"]
    assert len(ids) == len(np.unique(ids)) == sim.results().summary()["invocations"]


def results_of(calls: int, seed: int = 0) -> ws.Results:
    sim = ws.Simulation(platform(), seed=seed, config=CONFIG)
    registry = sim.create_storage_service("user", capacity="5GB")
    provider = sim.create_serverless_compute_service("head", ["node-0"], image_store="1GB")
    manager = sim.create_function_manager("user")
    image = manager.create_image("image", registry.create_file("image", "0B"), memory="0B")
    function = manager.register_function(manager.create_function("f", ws.Profile(ws.Sleep()), image), [provider])
    manager.replay(ws.Workload(function, np.arange(float(calls)), np.ones(calls)))
    return sim.run()


def row_count(folder: Path) -> int:
    """Of results that are all of one save."""
    results = ws.load_results(folder)
    assert results.invocations.row_count == results.summary()["invocations"] == results.seed
    return results.invocations.row_count


def test_a_full_disk_keeps_the_older_save(tmp_path: Path) -> None:
    results_of(100, seed=100).save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    large = results_of(3000, seed=3000)
    for size in (10, 1000, 5000, 10_000, 20_000, 50_000):
        with files_of_at_most(size), pytest.raises(OSError):
            large.save(tmp_path)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert row_count(tmp_path) == 100
    large.save(tmp_path)
    assert row_count(tmp_path) == 3000


def test_an_interrupt_leaves_the_older_save_or_the_newer(tmp_path: Path) -> None:
    results = {count: results_of(count, seed=count) for count in (5, 7)}
    results[5].save(tmp_path)
    seen = set()
    lines = 0
    finished = False
    while not finished:

        def trace(frame: Any, event: str, _: Any) -> Any:
            nonlocal left
            if frame.f_code.co_filename.endswith("_files.py") and event == "line":
                left -= 1
                if left == 0:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return trace

        lines += 1
        left = lines
        sys.settrace(trace)
        try:
            results[7].save(tmp_path)
            finished = True
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
        seen.add(row_count(tmp_path))
        assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".parquet", ".parquet", ".parquet"]
        if not finished:
            results[5].save(tmp_path)
    assert seen == {5, 7}
    assert lines > 20


def test_a_mixture_of_two_saves_is_refused(tmp_path: Path) -> None:
    names = ["invocations.parquet", "containers.parquet", "transfers.parquet", "results.json"]
    for folder, count in (("old", 5), ("new", 6)):
        results_of(count, seed=count).save(tmp_path / folder)
    for cut in range(1, len(names)):
        mixed = tmp_path / f"mixed-{cut}"
        mixed.mkdir()
        for place, name in enumerate(names):
            (mixed / name).write_bytes((tmp_path / ("new" if place < cut else "old") / name).read_bytes())
        with pytest.raises(ValueError, match=r"\.parquet and .*results\.json are not of one save"):
            ws.load_results(mixed)


def test_the_same_results_are_saved_as_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        results_of(5).save(tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_what_an_earlier_version_saved_is_read(tmp_path: Path) -> None:
    """It has no digest."""
    results_of(5).save(tmp_path)
    for path in tmp_path.glob("*.parquet"):
        pq.write_table(pq.read_table(path).replace_schema_metadata(), path)
    facts = json.loads((tmp_path / "results.json").read_text())
    del facts["save"]
    (tmp_path / "results.json").write_text(json.dumps(facts))
    assert ws.load_results(tmp_path).invocations.row_count == 5


def draw(path: Path) -> None:
    draw_overview(results_of(5), path)


def write_platform(path: Path) -> None:
    platform().to_xml(path)


@pytest.mark.parametrize(("write", "name"), [(draw, "picture.png"), (draw, "picture.svg"), (write_platform, "p.xml")])
def test_pictures_and_platforms_are_replaced_whole(write: Callable[[Path], None], name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("what was there")
    path.chmod(0o640)
    with files_of_at_most(300), pytest.raises((OSError, ws.PlatformError)):
        write(path)
    assert (path.read_text(), os.listdir(tmp_path)) == ("what was there", [name])
    write(path)
    assert len(path.read_bytes()) > 300
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("write", [draw, write_platform])
def test_a_link_stays_a_link_and_a_pipe_a_pipe(write: Callable[[Path], None], tmp_path: Path) -> None:
    real, link = tmp_path / "real.svg", tmp_path / "link.svg"
    real.write_text("old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert "<" in real.read_text()
    null = tmp_path / "null.svg"
    null.symlink_to("/dev/null")
    write(null)
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("write", [draw, write_platform])
def test_an_error_names_the_path_that_was_given(write: Callable[[Path], None], tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "file.svg", tmp_path / "folder.svg"):
        (tmp_path / "folder.svg").mkdir(exist_ok=True)
        with pytest.raises((OSError, ws.PlatformError), match=str(path)):
            write(path)
