"""Examples print what the file beside them says, data are what their generator makes, the main job gives its files."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import wrench_serverless as ws
from wrench_serverless._picture import draw_overview

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DATA = EXAMPLES / "data"
MAIN_JOB = EXAMPLES / "python" / "replay_log.py"
FEATURES = sorted(path for path in (EXAMPLES / "python").glob("*.py") if path != MAIN_JOB)


def run(script: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Matplotlib keeps its font cache in MPLCONFIGDIR: not in the home of whoever runs the tests.
    environment = {**os.environ, "MPLCONFIGDIR": str(folder / "matplotlib")}
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("script", FEATURES, ids=lambda path: path.stem)
def test_example_prints_what_is_expected(script: Path, tmp_path: Path) -> None:
    expected = script.with_suffix(".out")
    assert expected.exists(), f"no expected output: python {script.name} > {expected.name}"
    done = run(script, tmp_path)
    assert done.stdout == expected.read_text()
    assert done.stderr == ""


@pytest.mark.parametrize("script", [*FEATURES, MAIN_JOB], ids=lambda path: path.stem)
def test_example_says_what_it_covers(script: Path) -> None:
    first, second = script.read_text().splitlines()[:2]
    assert first.startswith('"""')
    assert second == ""  # one line says it; more may follow


def test_main_job(tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = run(MAIN_JOB, tmp_path, "--limit", "2000", "--out", str(out))
    lines = done.stdout.splitlines()
    assert lines[0].startswith("replaying 2,000 calls of ")
    assert lines[0].endswith(" functions on 20 nodes of 16 slots")
    header = next(index for index, line in enumerate(lines) if line.startswith("function "))
    assert lines[header].split()[:2] == ["function", "calls"]
    assert lines[header + 1].split()[0] == "a01/f01"  # the most popular one
    assert lines[-1].startswith("simulated in ")
    assert (out / "replay.png").read_bytes().startswith(b"\x89PNG")

    saved = ws.load_results(out)
    assert len(saved.invocations["id"]) == 2000
    assert np.all(saved.invocations["state"] == ws.InvocationState.COMPLETED.value)


def test_data_are_what_the_generator_makes(tmp_path: Path) -> None:
    run(DATA / "generate_invocations.py", tmp_path, "--out", str(tmp_path))
    for name in ("invocations.csv", "functions.csv"):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name


def test_data_follow_the_published_fits() -> None:
    with (DATA / "invocations.csv").open(newline="") as file:
        rows = [(row["func"], float(row["end_timestamp"]), float(row["duration"])) for row in csv.DictReader(file)]
    durations = np.array([duration for _, _, duration in rows])
    starts = np.array([end - duration for _, end, duration in rows])
    assert len(rows) >= 20_000
    assert len({function for function, _, _ in rows}) == 50
    assert starts.min() >= -1e-9  # a difference of decimals
    assert starts.max() < 3600
    assert durations.max() < 300
    # Half a percent is cut off at 300 s; it lowers both by little.
    assert np.log(durations).mean() == pytest.approx(-0.38, abs=0.03)
    assert np.log(durations).std() == pytest.approx(2.36, abs=0.05)
    with (DATA / "functions.csv").open(newline="") as file:
        memory = {row["app"]: int(row["memory_mb"]) for row in csv.DictReader(file)}
    median = 107.083 * (2 ** (1 / 0.221) - 1) ** (1 / 11.652)
    assert np.median(list(memory.values())) == pytest.approx(median, rel=0.15)  # of two dozen apps


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_picture_of_little(count: int, tmp_path: Path) -> None:
    columns = {
        "requested": np.arange(count, dtype=np.float64),
        "assigned": np.arange(count) + 0.5,
        "started": np.arange(count) + 0.5,
        "ended": np.arange(count) + 2.0,
        "cold": np.arange(count) == 0,
    }
    if count > 1:  # one that was never placed
        for name in ("assigned", "started"):
            columns[name][1] = math.nan
    with pytest.warns(DeprecationWarning, match=r"draw_overview\(results, path\)"):
        draw_overview(columns, 2, tmp_path / "little.png")
    assert (tmp_path / "little.png").stat().st_size > 10_000


def test_a_picture_needs_slots(tmp_path: Path) -> None:
    with (
        pytest.warns(DeprecationWarning),
        pytest.raises(ValueError, match="slots must be at least 1, not 0"),
    ):
        draw_overview({}, 0, tmp_path / "none.png")
