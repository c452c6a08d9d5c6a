"""Results that a version before this one saved: format 1."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
from world import World

import wrench_serverless as ws


def body(seconds: float, storage: ws.StorageService) -> None:
    ws.sleep(seconds)
    if seconds == 1:
        raise OSError


def some(records: str) -> ws.Results:
    """The first call at 5 s, and its body at 8 s; one fails, and one times out; the last one ends at 12 s."""
    world = World(nodes=1, cores=1, records=records)
    function = world.function(body, time_limit=2)

    def main() -> None:
        ws.sleep(5)
        world.manager.wait_all([world.manager.invoke(function, seconds) for seconds in (0.5, 1.0, 9.0, 0.5)])
        ws.sleep(8)

    return world.run(main)


def to_format_1(folder: Path) -> None:
    """Rewrite it as it was: no column `failure`, no slots in use, keys with spaces, bodies over all the time."""
    rows = parquet.read_table(folder / "invocations.parquet")
    parquet.write_table(rows.drop_columns(["failure", "failure_name"]), folder / "invocations.parquet")
    facts = json.loads((folder / "results.json").read_text())
    figures = {name: (value, unit) for name, value, unit in facts["summary"]}
    use = facts.pop("slot_use")
    del facts["failures"], facts["failure_names"], figures["body_utilisation"]
    figures["utilisation"] = (sum(use["body"]) / (facts["now"] * sum(facts["node_slots"])), "")
    short = ("cold_starts", "cold_share", "simulated_time", "timed_out")
    facts["summary"] = [
        (name.replace("_", " ") if name in short or name.startswith(("latency", "waiting")) else name, value, unit)
        for name, (value, unit) in figures.items()
    ]
    if facts["statistics"] is not None:
        del facts["statistics"]["failures"], facts["statistics"]["assigned"]
        facts["statistics"]["running_seconds"] = 0.0
    facts["format"] = 1
    (folder / "results.json").write_text(json.dumps(facts))


@pytest.mark.parametrize("records", ["all", "summary"])
def test_what_is_known_is_there(records: str, tmp_path: Path) -> None:
    results = some(records)
    results.save(tmp_path)
    to_format_1(tmp_path)
    old = ws.load_results(tmp_path)
    counts = {"FunctionTimeout": 1, "(not recorded)": 1}
    assert dict(old.summary().failures) == counts
    summary = results.summary()
    assert list(old.summary()) == list(summary)
    unknown = {"utilisation"} if records == "all" else {"utilisation", "body_utilisation"}
    for name, value in old.summary().items():
        assert value == pytest.approx(math.nan if name in unknown else summary[name], nan_ok=True), name
    assert list(old.invocations) == list(results.invocations)
    assert old.invocations["failure"].dtype == np.uint16
    if records == "all":
        assert old.invocations.names("failure").tolist() == ["", "(not recorded)", "FunctionTimeout", ""]
        assert old.summary()["body_utilisation"] == pytest.approx(4 / 7)
    else:
        assert old.statistics is not None and old.statistics.failures == counts


def test_it_can_be_saved_again_and_pickled_and_printed(tmp_path: Path) -> None:
    some("all").save(tmp_path)
    to_format_1(tmp_path)
    old = ws.load_results(tmp_path)
    old.save(tmp_path / "new")
    again: Any
    for again in (ws.load_results(tmp_path / "new"), pickle.loads(pickle.dumps(old))):
        assert repr(again) == repr(old)
    ws.draw_overview(again, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 10_000
