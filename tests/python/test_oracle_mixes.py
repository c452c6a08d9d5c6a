"""Mixes of calls that were recorded with WRENCH's own serverless service, against both ways to make claims."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from oracle_mixes import AS_WRENCH, MIXES, Comparison, compare

FAMILIES = {"plain": 8, "kinds": 6, "pressure": 6}
EXACT = [path for path in MIXES if not path.stem.startswith("pressure")]
PRESSURE = [path for path in MIXES if path.stem.startswith("pressure")]


@functools.cache
def each_pass(path: Path) -> Comparison:
    return compare(path, **AS_WRENCH)


@functools.cache
def at_head(path: Path) -> Comparison:
    return compare(path)


def test_all_mixes_are_here() -> None:
    for family, count in FAMILIES.items():
        assert sum(path.stem.startswith(f"{family}_") for path in MIXES) == count
    assert len(MIXES) == sum(FAMILIES.values())


@pytest.mark.parametrize("path", EXACT, ids=lambda path: path.stem)
def test_R18b_each_pass_gives_what_wrench_gives(path: Path) -> None:
    comparison = each_pass(path)
    assert abs(comparison.difference) < 0.01
    assert comparison.same_starts >= 0.95
    assert comparison.same_outcomes == 1


def test_R18b_each_pass_under_pressure_is_near() -> None:
    """As near as the others, but for two mixes: there images end idle containers here, and wait for them in WRENCH."""
    far = {path.stem for path in PRESSURE if not abs(each_pass(path).difference) <= 0.01}
    assert far == {"pressure_0", "pressure_4"}
    assert all(each_pass(path).same_outcomes == 1 for path in PRESSURE)
    assert sum(abs(each_pass(path).difference) for path in PRESSURE) / len(PRESSURE) < 0.05


def test_R16_the_defaults_are_near_on_average() -> None:
    assert sum(abs(at_head(path).difference) for path in MIXES) / len(MIXES) < 0.05
