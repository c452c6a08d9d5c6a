"""What Simulation() refuses, by name; a simulation that is alive stays so."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wrench_serverless as ws

PLATFORM = ws.Platform.cluster(nodes=1)
ODD: list[Any] = [
    None, "x", "", "1%", b"x", 1.5, -1, float("nan"), float("inf"), 2**64, 10**30, True,
    np.float32(3.5), Decimal("1.9"),
    "\ud800", "a\0b", [1], {"a": object()}, {1: 2}, {"": 1}, {"\ud800": 1}, (), object(), print, int, np.arange(3),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"seed": -1}, ValueError, "seed is -1: give a whole number, from 0 to 18446744073709551615"),
        ({"seed": "x"}, TypeError, "seed: give a whole number, not 'x'"),
        ({"seed": True}, TypeError, "seed: give a whole number, not True"),
        ({"seed": Decimal("1.9")}, TypeError, "seed: give a whole number, not Decimal('1.9')"),
        ({"config": [1]}, TypeError, "config: give a dict of SimGrid's options, such as"),
        ({"config": {1: 2}}, TypeError, "config: give names of SimGrid's options, such as"),
        (
            {"config": {"network/model": None}},
            TypeError,
            "config['network/model']: give a text, a number, True or False",
        ),
        ({"config": {"network/model": "a\nb"}}, ValueError, "config['network/model'] is 'a\\nb': give printable text"),
        ({"sample": "1%"}, TypeError, "sample: give a share from 0 to 1, not '1%'"),
        ({"sample": -0.5}, ValueError, "sample is -0.5: it must be a share from 0 to 1"),
        ({"records": None}, TypeError, "records: give 'all', 'sampled', 'summary' or 'parquet', not None"),
        ({"records": "parquet", "records_to": 3}, TypeError, "records_to: give the path of a folder, not 3"),
        ({"records": "parquet", "records_to": ""}, ValueError, "records_to is '': give the path of a folder"),
        ({"cpu_sharing": np.arange(3)}, TypeError, "cpu_sharing: give 'fast' or 'simgrid', not array([0, 1, 2])"),
        ({"platform": None}, TypeError, "platform: give a Platform, or the path of a platform file, not None"),
        ({"platform": b"x"}, TypeError, "platform: give a Platform, or the path of a platform file, not b'x'"),
        ({"platform": "a\0b"}, ValueError, "platform is 'a\\x00b': give a Platform, or the path of a platform file"),
    ],
)
def test_each_is_named(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as raised:
        ws.Simulation(**{"platform": PLATFORM, **arguments})
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "argument",
    ["platform", "seed", "config", "records", "sample", "records_to", "check", "cpu_sharing", "disk_sharing"],
)
def test_odd_values_are_taken_or_refused_by_name(argument: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    live = ws.Simulation(PLATFORM)
    refused = 0
    for value in ODD:
        more = {"records": "parquet"} if argument == "records_to" else {}
        try:
            live = ws.Simulation(**{"platform": PLATFORM, **more, argument: value})
        except (ValueError, TypeError, ws.PlatformError) as error:
            assert argument in str(error) or "option" in str(error) or "platform file" in str(error), (value, error)
            refused += 1
        assert live.now == 0  # the one before, where nothing came of it
    assert refused >= len(ODD) - 6
