"""Columns of a workload: times and dates of any type and unit are taken exactly, what is none of them is refused."""

from __future__ import annotations

import datetime
import decimal
import math
import zoneinfo
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from world import World

import wrench_serverless as ws

UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
ZONES = [None, "UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "+05:30", "-09:15"]
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def function() -> ws.RegisteredFunction:
    world = World(nodes=1)
    return world.function(ws.Profile(ws.Sleep()), "f")


def times(function: ws.RegisteredFunction, column: Any, origin: Any = None) -> list[float]:
    return ws.Workload(function, column, np.zeros(len(column)), origin=origin).times.tolist()


def seconds(ticks: int, unit: str) -> float:
    """The float that is next to it: Python divides integers that way."""
    return ticks / UNITS[unit]


# Exactness

TICKS = st.integers(-(2**62), 2**62)


@st.composite
def ticks_of_a_year(draw: st.DrawFn) -> tuple[str, list[int]]:
    """A unit, and ticks that are at most 9.0e9 s apart, somewhere."""
    unit = draw(st.sampled_from(list(UNITS)))
    span = 10**9 * UNITS[unit]
    begin = draw(st.integers(-3 * span, 3 * span))
    return unit, [begin + tick for tick in draw(st.lists(st.integers(0, span), min_size=1, max_size=5))]


@given(ticks_of_a_year(), st.sampled_from(ZONES))
def test_dates_of_arrow_are_exact(function: ws.RegisteredFunction, dates: tuple[str, list[int]], zone: Any) -> None:
    unit, ticks = dates
    expected = [seconds(tick - min(ticks), unit) for tick in ticks]
    assert times(function, pa.array(ticks, pa.timestamp(unit, zone)), "first") == expected
    chunks = pa.chunked_array([pa.array([tick], pa.timestamp(unit, zone)) for tick in ticks])
    assert times(function, chunks, "first") == expected


@given(ticks_of_a_year())
def test_dates_of_numpy_and_polars_are_exact(function: ws.RegisteredFunction, dates: tuple[str, list[int]]) -> None:
    unit, ticks = dates
    expected = [seconds(tick - min(ticks), unit) for tick in ticks]
    column = np.array(ticks, dtype=f"datetime64[{unit}]")
    assert times(function, column, "first") == expected
    assert times(function, list(column), "first") == expected
    if unit != "s":
        assert times(function, pl.Series(ticks).cast(pl.Datetime(unit, "Europe/Berlin")), "first") == expected  # type: ignore[arg-type]


@given(ticks_of_a_year(), st.sampled_from(ZONES))
def test_dates_of_pandas_are_exact(function: ws.RegisteredFunction, dates: tuple[str, list[int]], zone: Any) -> None:
    unit, ticks = dates
    assume(all(abs(tick) * (10**9 // UNITS[unit]) < 2**62 for tick in ticks))
    index = pd.DatetimeIndex(np.array(ticks, dtype=f"datetime64[{unit}]"))
    zoned = index if zone is None else index.tz_localize("UTC").tz_convert(zone)
    expected = [seconds(tick - min(ticks), unit) for tick in ticks]
    for column in (zoned, pd.Series(zoned), pd.Series(list(zoned)), list(zoned), pd.Series(zoned).astype(object)):
        assert times(function, column, "first") == expected


@given(st.lists(st.datetimes(), min_size=1, max_size=5), st.sampled_from([None, UTC, BERLIN]))
def test_datetime_objects_are_exact(function: ws.RegisteredFunction, dates: list[datetime.datetime], zone: Any) -> None:
    dates = [
        date.replace(year=1990 + date.year % 40, tzinfo=zone) for date in dates if (date.month, date.day) != (2, 29)
    ]
    assume(dates)
    utc = [date.astimezone(UTC) if zone else date for date in dates]
    expected = [(date - min(utc)) / datetime.timedelta(microseconds=1) / 1e6 for date in utc]
    assert times(function, dates, "first") == expected


@given(st.sampled_from(["W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]), st.data())
def test_timedeltas_are_exact_and_need_no_origin(
    function: ws.RegisteredFunction, unit: str, data: st.DataObject
) -> None:
    size = {"W": 604800, "D": 86400, "h": 3600, "m": 60}.get(unit) or Fraction(
        1, 10 ** (3 * ["s", "ms", "us", "ns", "ps", "fs", "as"].index(unit))
    )
    most = min(2**63 - 1, int(9 * 10**9 / size))
    ticks = data.draw(st.lists(st.integers(0, most), max_size=5))
    expected = [float(tick * Fraction(size)) for tick in ticks]
    assert times(function, np.array(ticks, dtype=f"timedelta64[{unit}]")) == expected
    multiple = np.array(ticks, dtype=f"timedelta64[7{unit}]")[: len(ticks) if most < 2**63 // 7 else 0] // 7
    assert times(function, multiple) == [float(int(tick) * 7 * Fraction(size)) for tick in multiple.astype(np.int64)]
    if unit in UNITS:
        assert times(function, pa.array(ticks, pa.duration(unit))) == expected
        assert times(function, pd.Series(np.array(ticks, dtype=f"timedelta64[{unit}]"))) == expected


@given(st.lists(st.integers(0, 9 * 10**15), min_size=1, max_size=5), st.integers(0, 9 * 10**17))
def test_whole_numbers_are_subtracted_before_they_are_rounded(
    function: ws.RegisteredFunction, numbers: list[int], zero: int
) -> None:
    column = [number // 10**6 + zero for number in numbers]
    expected = [float(number - min(column)) for number in column]
    for given_column in (column, np.array(column), pa.array(column), np.array(column, dtype=np.uint64)):
        assert times(function, given_column, "first") == expected
        assert times(function, given_column, min(column)) == expected


def test_milliseconds_are_no_seconds(function: ws.RegisteredFunction) -> None:
    """As hostile users saw it: a thousandfold."""
    load = ws.Workload(function, np.array([0, 1500], "timedelta64[ms]"), np.array([250, 125], "timedelta64[ms]"))
    assert load.times.tolist() == [0, 1.5]
    assert load.values[0].tolist() == [0.25, 0.125]


# Origins

NOON = [datetime.datetime(2024, 5, 31, 12), datetime.datetime(2024, 5, 31, 13)]


@pytest.mark.parametrize(
    ("column", "origin", "first"),
    [
        (NOON, "first", 0),
        (NOON, "midnight", 43200),
        (NOON, datetime.date(2024, 5, 30), 129600),
        (NOON, datetime.datetime(2024, 5, 31, 11, 59, 59, 999999), 0.000001),
        (NOON, np.datetime64("2024-05-31T11:59:59.999999999"), 1e-9),
        (NOON, pd.Timestamp("2024-05-31T11:59:59.999999999"), 1e-9),
        (NOON, "2024-05-31 11:00", 3600),
        (NOON, 0, 1717156800),
        ([date.replace(tzinfo=BERLIN) for date in NOON], "midnight", 43200),
        ([date.replace(tzinfo=BERLIN) for date in NOON], "2024-05-31T08:00", 14400),
        ([date.replace(tzinfo=BERLIN) for date in NOON], "2024-05-31T08:00Z", 7200),
        ([date.replace(tzinfo=UTC) for date in NOON], datetime.datetime(2024, 5, 31, 13, tzinfo=BERLIN), 3600),
        (pa.array([1717156800], pa.timestamp("s", "+05:30")), "midnight", 63000),
        (pa.array([1717156800000], pa.date64()), "first", 0),
        (pa.array([19874], pa.date32()), "2024-05-31", 0),
        ([1717156800], "midnight", 43200),
        ([1717156800.5], "2024-05-31", 43200.5),
        ([1717156800.5], datetime.datetime(2024, 5, 31, 12, 0, 0, 100000), 0.4),
        (np.array([90000], "m8[s]"), "midnight", 3600),
        ([5.0, 3.0], 1, 4),
        ([], "first", None),
        (pa.array([], pa.timestamp("s")), None, None),
    ],
)
def test_origins(function: ws.RegisteredFunction, column: Any, origin: Any, first: float | None) -> None:
    result = times(function, column, origin)
    assert result[:1] == ([] if first is None else [pytest.approx(first, rel=1e-15)])


def test_a_day_of_summer_time_begins_at_its_midnight(function: ws.RegisteredFunction) -> None:
    at_six = datetime.datetime(2024, 3, 31, 6, tzinfo=BERLIN)  # five hours after midnight
    assert times(function, [at_six], "midnight") == [5 * 3600]


@pytest.mark.parametrize(
    ("column", "origin", "error", "words"),
    [
        (NOON, None, ValueError, ["times are dates", "2024-05-31T12:00:00", "origin='first'", "origin='midnight'"]),
        (NOON, "frist", ValueError, ["origin is 'frist'", "'first'", "'midnight'", "a date"]),
        (NOON, 5, ValueError, ["origin is 5", "dates", "'first'"]),
        (NOON, math.nan, ValueError, ["origin is nan"]),
        (NOON, [], TypeError, ["origin", "[]"]),
        (NOON, True, TypeError, ["origin", "True"]),
        (NOON, pd.NaT, TypeError, ["origin", "NaT"]),
        (NOON, np.datetime64("NaT"), TypeError, ["origin", "NaT"]),
        (NOON, "2024-02-30", ValueError, ["origin is '2024-02-30'"]),
        (NOON, "2024-05-31T00:00Z", ValueError, ["origin", "zone", "without one"]),
        (NOON, datetime.datetime(2024, 5, 31, tzinfo=UTC), ValueError, ["origin", "zone", "without one"]),
        (NOON, datetime.date(2024, 6, 1), ValueError, ["times[0] is 2024-05-31T12:00:00", "43200 s before the origin"]),
        ([5.0, 1.0], 2, ValueError, ["times[1] is -1"]),
        (pa.array([0], pa.timestamp("s", "Nowhere/At_All")), "midnight", ValueError, ["origin", "Nowhere/At_All"]),
    ],
)
def test_wrong_origins(
    function: ws.RegisteredFunction, column: Any, origin: Any, error: type[Exception], words: list[str]
) -> None:
    with pytest.raises(error) as caught:
        times(function, column, origin)
    for word in words:
        assert word in str(caught.value)


# What is refused

HOLES = [
    [1.0, None],
    [1.0, math.nan],
    np.array([1.0, math.nan]),
    [NOON[0], None],
    [NOON[0], pd.NaT],
    np.array(["2024-01-01", "NaT"], "M8[ms]"),
    np.array([1, "NaT"], "m8[ms]"),
    pa.array([1.0, None]),
    pa.array([1, None], pa.timestamp("ms", "UTC")),
    pd.Series([1, None], dtype="Int64"),
    pd.Series([NOON[0], None]),
    pd.Series([pd.Timestamp("2024-01-01", tz="UTC"), None]),
    pl.Series([1.0, None]),
    np.ma.array([1.0, 2.0], mask=[False, True]),
    np.ma.array(["2024-01-01", "2024-01-02"], mask=[False, True], dtype="M8[s]"),
]


@pytest.mark.parametrize("column", HOLES, ids=lambda column: type(column).__name__)
def test_missing_entries_are_named(function: ws.RegisteredFunction, column: Any) -> None:
    with pytest.raises(ValueError, match=r"^times\[1\] is (None|nan|NaT|null|masked)"):
        ws.Workload(function, column, [0.0, 0.0], origin="first")
    with pytest.raises((ValueError, TypeError), match=r"^durations\[[01]\] is "):
        ws.Workload(function, [0.0, 0.0], column)


KINDS = [
    ([1j], r"\[0\] is 1j, .*complex"),
    (np.array([1 + 2j]), r"\[0\] is \(1\+2j\), a complex number"),
    ([1.0, b"2"], r"\[1\] is b'2', .*bytes"),
    (np.array([b"2"]), r"\[0\] is .*b'2'.*, bytes"),
    ([1.0, "2"], r"\[1\] is '2', .*str"),
    (np.array(["2"]), r"\[0\] is .*'2'.*, a text"),
    (pa.array(["2"]), r"\[0\] is '2', of Arrow's type string"),
    (pd.Series(["2"]), r"\[0\] is '2'"),
    ([True], r"\[0\] is True, a truth value"),
    ([1, True], r"\[1\] is True, a truth value"),
    (np.array([True]), r"\[0\] is True, a truth value"),
    (pa.array([True]), r"\[0\] is True"),
    (np.array([1.0, 2.0], dtype=object), r"\[0\] is 1.0, an object of type float"),
    ([decimal.Decimal("1.9")], r"\[0\] is Decimal\('1.9'\)"),
    ([Fraction(1, 2)], r"\[0\] is Fraction\(1, 2\)"),
    ([1.0, object], r"\[1\] is <class 'object'>"),
    (np.zeros(1, dtype="i4,i4"), r"\[0\] is .*, a record"),
    (pa.array([1], pa.time64("us")), r"\[0\] is .*, of Arrow's type time64"),
    (pd.period_range("2024-01", periods=1, freq="M"), r" is a column of period"),
    (np.array([1], "m8[M]"), r" is timedelta64\[M\], .*a unit"),
    (np.array([1], "m8"), r" is timedelta64, .*a unit"),
    ("abc", r" is 'abc': give a list or an array"),
    (5, r" is 5: give a list or an array"),
    (None, r" is None: give a list or an array"),
    ({1: 2}, r" is {1: 2}: give a list or an array"),
    (iter([1.0]), r" is <.*iterator.*>: give a list or an array"),
    ([[1], [2, 3]], r" is \[\[1\], \[2, 3\]\]: give a list or an array"),
    ([NOON[0], 5], r"\[1\] is 5, an object of type int"),
    ([5, NOON[0]], r"\[1\] is datetime.*, a date without a zone, and .*\[0\] is 5, a number: give entries of one kind"),
    ([NOON[0], datetime.timedelta(1)], r"\[1\] is .*, a timedelta, and .*\[0\] is .*, a date"),
    ([NOON[0], NOON[1].replace(tzinfo=UTC)], r"\[1\] is .*, a date with a zone, and .*, a date without a zone"),
]


@pytest.mark.parametrize(("column", "says"), KINDS)
def test_other_kinds_are_refused(function: ws.RegisteredFunction, column: Any, says: str) -> None:
    with pytest.raises(TypeError, match="^times" + says):
        ws.Workload(function, column, [0.0], origin="first")
    with pytest.raises(TypeError, match=r"^durations"):
        ws.Workload(function, [0.0], column)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ([[1.0]], "times has 2 dimensions"),
        (pd.DataFrame({"a": [1.0]}), "times has 2 dimensions"),
        ([10**400], r"times\[0\] is a whole number of 1329 bits: it must be finite"),
        ([1.0, 1.7e12], r"times\[1\] is 1700000000000\.0: .*at most 9e\+09.*origin"),
        ([9.1e9], r"times\[0\] is 9100000000\.0: .*at most 9e\+09"),
        (np.array([2**63], dtype=np.uint64), r"times\[0\] is 9\.223372036854776e\+18: .*at most 9e\+09"),
        (np.array([10**10], "m8[s]"), r"times\[0\] is 10000000000\.0: .*at most 9e\+09"),
    ],
)
def test_values_that_are_no_times(function: ws.RegisteredFunction, column: Any, says: str) -> None:
    with pytest.raises(ValueError, match="^" + says):
        ws.Workload(function, column, np.zeros(len(column)))


def test_the_latest_time_can_be_replayed(function: ws.RegisteredFunction) -> None:
    assert times(function, [9.0e9]) == [9.0e9]


def test_values_are_no_dates_and_flops_no_timedeltas(function: ws.RegisteredFunction) -> None:
    with pytest.raises(TypeError, match=r"^durations\[0\] is 2024-05-31T12:00:00: .*not dates"):
        ws.Workload(function, [0.0, 1.0], NOON)
    world = World(nodes=1)
    flops = world.function(ws.Profile(ws.Compute()), "g")
    with pytest.raises(TypeError, match=r"^durations are timedeltas, but a step takes flops"):
        ws.Workload(flops, [0.0], np.array([1], "m8[s]"))
    body = world.function(name="h")
    assert ws.Workload(body, [0.0], [datetime.timedelta(minutes=1)]).values[0].tolist() == [60]


def test_plain_columns_are_not_copied(function: ws.RegisteredFunction) -> None:
    column, values = np.arange(3.0), pd.Series([1.0, 2.0, 3.0])
    load = ws.Workload(function, column, values)
    assert np.shares_memory(load.times, column) and np.shares_memory(load.values[0], values.to_numpy())


@pytest.mark.parametrize(
    "column",
              [pa.array([1.5, 2.5]), pl.Series([1.5, 2.5]), pd.Series([1.5, 2.5], dtype="Float64"), (1.5, 2.5),
               pa.array([decimal.Decimal("1.5"), decimal.Decimal("2.5")]), pd.Categorical([1.5, 2.5]),
               np.float32([1.5, 2.5]),
               np.array([1.5, 2.5], dtype=np.longdouble), np.array([0, 1.5, 0, 2.5])[1::2], np.ma.array([1.5, 2.5])]
)  # fmt: skip
def test_numbers_come_in_many_ways(function: ws.RegisteredFunction, column: Any) -> None:
    assert times(function, column) == [1.5, 2.5]
    assert ws.Workload(function, [0.0, 0.0], column).values[0].tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("which", "error", "says"),
    [
        ([True, False], TypeError, r"^which\[0\] is True"),
        (np.array([True, False]), TypeError, r"^which\[0\] is True"),
        ([0.0, 1.0], TypeError, "^which: give whole numbers, not float64"),
        ([0, None], ValueError, r"^which\[1\] is None"),
        (np.ma.array([0, 1], mask=[0, 1]), ValueError, r"^which\[1\] is masked"),
        ([0, 2], ValueError, r"^which\[1\] is 2: there are 2 functions"),
        ([0, -1], ValueError, r"^which\[1\] is -1"),
        ([0, 2**70], TypeError, "^which: give whole numbers"),
        ("01", TypeError, "^which is '01'"),
        (np.array([0, 1], "m8[s]"), TypeError, "^which: give whole numbers, not dates or timedeltas"),
    ],
)
def test_which_takes_whole_numbers(
    function: ws.RegisteredFunction, which: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        ws.Workload([function, function], [0.0, 1.0], [1.0, 1.0], which=which)
    assert ws.Workload([function] * 2, [0.0, 1.0], [1.0, 1.0], which=pa.array([0, 1])).which.tolist() == [0, 1]  # type: ignore[union-attr]


# Columns that are read while a replay runs


@pytest.mark.parametrize("view", [False, True])
@pytest.mark.parametrize("column", ["times", "values", "which"])
def test_NumPy_refuses_to_resize_columns_under_way(column: str, view: bool) -> None:
    world = World()
    function = world.function(ws.Profile(ws.Sleep()), "f")
    columns: dict[str, Any] = {"times": np.arange(1000.0), "values": np.ones(1000), "which": np.zeros(1000, np.uint32)}
    given_columns = {name: array[:500] if view else array for name, array in columns.items()}
    world.manager.replay(
        ws.Workload([function], given_columns["times"], given_columns["values"], which=given_columns["which"])
    )
    del given_columns
    world.sim.run(until=10)
    with pytest.raises(ValueError, match="resize"):
        columns[column].resize(10, refcheck=False)
    assert world.sim.run().summary()["completed"] == (500 if view else 1000)


def test_columns_are_free_again_after_a_replay() -> None:
    world = World()
    function = world.function(ws.Profile(ws.Sleep()), "f")
    column = np.arange(5.0)
    world.manager.replay(ws.Workload(function, column, np.ones(5)))
    world.sim.run()
    column.resize(10, refcheck=False)
    assert len(column) == 10
