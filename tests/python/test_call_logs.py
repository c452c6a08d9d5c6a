"""`Workload.from_csv`: logs of calls are read exactly, and refused with the file, the row, the column and the text."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import os
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world import World, nap

import wrench_serverless as ws

UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
HEADER = "time,function,duration\n"


class Functions:
    """Functions that need no simulation any more: a workload only looks at what they take."""

    def __init__(self) -> None:
        world = World(nodes=1)
        image = world.image()
        self.sleep = world.function(ws.Profile(ws.Sleep()), "sleep", image)
        self.compute = world.function(ws.Profile(ws.Compute()), "compute", image)
        self.both = world.function(ws.Profile(ws.Compute(), ws.Sleep()), "both", image)
        self.body = world.function(nap, "body", image)


@pytest.fixture(scope="module")
def functions() -> Functions:
    return Functions()


Read = Callable[..., ws.Workload]


@pytest.fixture
def read(functions: Functions, tmp_path: Path) -> Read:
    """Writes a file, and reads it: all calls are of "f" unless functions are given."""

    def write_and_read(text: str | bytes, names: Any = None, **options: Any) -> ws.Workload:
        path = tmp_path / "log.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return ws.Workload.from_csv(path, {"f": functions.sleep} if names is None else names, **options)

    return write_and_read


def in_memory(functions: Any, text: str, path: Path, **options: Any) -> ws.Workload:
    path.write_text(text, encoding="utf-8", newline="")
    return ws.Workload.from_csv(path, functions, **options)


# Numbers and dates


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9 - 1)), min_size=1, max_size=6),
    st.integers(0, 9),
    st.sampled_from(list(UNITS)),
    st.integers(0, 4 * 10**9),
)
def test_numbers_of_any_unit_are_exact(
    functions: Functions,
    tmp_path_factory: pytest.TempPathFactory,
    parts: list[tuple[int, int]],
    digits: int,
    unit: str,
    epoch: int,
) -> None:
    values = [epoch * UNITS[unit] + whole + Fraction(part % 10**digits, 10**digits) for whole, part in parts]
    texts = [f"{int(value)}.{int(value % 1 * 10**digits):0{digits}}" if digits else str(value) for value in values]
    rows = "".join(f"{text},f,{whole}\n" for text, (whole, _) in zip(texts, parts, strict=True))
    path = tmp_path_factory.getbasetemp() / "numbers.csv"
    load = in_memory({"f": functions.sleep}, HEADER + rows, path, unit=unit, origin="first")
    assert load.times.tolist() == [float((value - min(values)) / UNITS[unit]) for value in values]
    assert load.values[0].tolist() == [whole / UNITS[unit] for whole, _ in parts]


@given(
    st.lists(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)), min_size=1, max_size=6),
    st.integers(0, 12),
    st.lists(st.sampled_from(["Z", "+00:00", "+02", "-0930", " UTC", "+05:45", "-11:59"]), min_size=6, max_size=6)
    | st.none(),
    st.sampled_from("T "),
)
def test_ISO_dates_with_fractions_and_zones_are_exact(
    functions: Functions,
    tmp_path_factory: pytest.TempPathFactory,
    dates: list[datetime.datetime],
    digits: int,
    zones: list[str] | None,
    separator: str,
) -> None:
    texts, expected = [], []
    for row, date in enumerate(dates):
        fraction = f"{date.microsecond:06}012345"[:digits]
        zone = zones[row] if zones else ""
        texts.append(date.replace(microsecond=0).isoformat(separator) + (f".{fraction}" if fraction else "") + zone)
        sign, hours, minutes = re.fullmatch(r"([+-]?)(\d\d)?:?(\d\d)?", zone.strip(" ZUTC")).groups()  # type: ignore[union-attr]
        offset = (int(hours or 0) * 3600 + int(minutes or 0) * 60) * (-1 if sign == "-" else 1)
        since = date.replace(microsecond=0) - datetime.datetime(1970, 1, 1)
        expected.append(since.days * 86400 + since.seconds - offset + Fraction(int(fraction or 0), 10**digits))
    path = tmp_path_factory.getbasetemp() / "dates.csv"
    rows = "".join(f"{text},f,1\n" for text in texts)
    load = in_memory({"f": functions.sleep}, HEADER + rows, path, origin="first")
    assert load.times.tolist() == [float(each - min(expected)) for each in expected]


NAMES = st.lists(
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
    | st.sampled_from(["007", "7", "01", "true", "NA", "1e5", "null", "", " f", "f ", "1.0", '"', "a,b", "x\ny"]),
    min_size=1, max_size=8, unique=True,
)  # fmt: skip


@settings(max_examples=60)
@given(NAMES, st.data(), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_names_are_texts_whatever_they_look_like(
    functions: Functions,
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    data: st.DataObject,
    mark: bool,
    end: str,
) -> None:
    called = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=10))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["time", "function", "duration"])
    writer.writerows([row, name, 1] for row, name in enumerate(called))
    path = tmp_path_factory.getbasetemp() / "names.csv"
    known = dict.fromkeys(names, functions.sleep)
    load = in_memory(known, ("\ufeff" if mark else "") + text.getvalue(), path)
    assert load.which is not None and [names[index] for index in load.which] == called


def test_W7_names_are_not_guessed(functions: Functions, read: Read) -> None:
    """ "007" and "7" were one function, and "1e5" was looked up as "100000.0"."""
    names = ["007", "7", "01", "1", "true", "NA", "1e5", "100000.0"]
    known = dict.fromkeys(names, functions.sleep)
    load = read(HEADER + "".join(f"{row},{name},1\n" for row, name in enumerate(names)), known)
    assert load.which is not None and load.which.tolist() == list(range(len(names)))
    with pytest.raises(ValueError, match=r"row 1 has calls of '1e5', which is not among functions: 100000.0$"):
        read(HEADER + "0,1e5,1\n", {"100000.0": functions.sleep})
    with pytest.raises(TypeError, match="functions has the name 7: names are texts"):
        read(HEADER + "0,7,1\n", {7: functions.sleep})


# Units, origins, ends


def test_units_of_columns(functions: Functions, read: Read) -> None:
    rows = "time,function,a,b\n1500,sleep,250,7\n2500,both,3,500\n3500,body,40,50\n"
    known = {"sleep": functions.sleep, "both": functions.both, "body": functions.body}
    scaled = read(rows, known, values=["a", "b"], unit="ms")
    assert scaled.times.tolist() == [1.5, 2.5, 3.5]
    assert scaled.values[0].tolist() == [0.25, 3, 0.04]  # flops are no time
    assert scaled.values[1].tolist() == [7, 0.5, 0.05]
    other = read(rows, known, values=["a", "b"], unit="ms", units={"time": "s", "a": "us", "b": None})
    assert other.times.tolist() == [1500, 2500, 3500]
    assert other.values[0].tolist() == [0.00025, 3e-6, 0.00004]
    assert other.values[1].tolist() == [7, 500, 50]


def test_a_log_of_milliseconds_is_not_one_of_centuries(read: Read) -> None:
    rows = HEADER + "1767657599772,f,100\n1767664799772,f,250\n"
    load = read(rows, unit="ms", origin="first")
    assert (load.times.tolist(), load.values[0].tolist()) == ([0, 7200], [0.1, 0.25])
    for unit, first in [("s", "1767657599772 s"), ("ms", "1767657599.772 s")]:
        with pytest.raises(
            ValueError, match=f"the first call is at {first}, more than a day from 0 .*{unit}.*origin='first'.*origin=0"
        ):
            read(rows, unit=unit)
    assert read(rows, unit="ms", origin=0).times[0] == 1767657599.772
    assert read(rows, unit="ms", origin=1767657599000).times[0] == 0.772
    assert read(rows, unit="ms", origin="midnight").times[0] == 86399.772
    assert read(rows, unit="ms", origin="2026-01-05").times[0] == 86399.772
    with pytest.raises(
        ValueError, match=r"row 1, column time: '1767657599772' is 1767657599772 s after 0: beyond 9e9 s"
    ):
        read(rows, origin=0)


def test_times_near_0_need_no_origin(read: Read) -> None:
    assert read(HEADER + "86400,f,1\n9e9,f,1\n").times.tolist() == [86400, 9e9]
    with pytest.raises(ValueError, match="more than a day from 0"):
        read(HEADER + "86400.001,f,1\n")


def test_dates_with_fractions_are_not_nanoseconds(read: Read) -> None:
    rows = HEADER + "2026-01-05T10:00:00.5,f,1\n2026-01-05T10:00:03,f,2\n"
    assert read(rows, origin="first").times.tolist() == [0, 2.5]
    assert read(rows, origin="midnight").times.tolist() == [36000.5, 36003]
    assert read(rows, origin=datetime.date(2026, 1, 5), unit="ms").times.tolist() == [36000.5, 36003]
    assert read(rows, origin=0).times[0] == 1767607200.5
    with pytest.raises(ValueError, match=r"the first call is at 2026-01-05T10:00:00\.5: say what counts as 0 s"):
        read(rows)
    with pytest.raises(ValueError, match=r"units has 'time', but .* has dates there"):
        read(rows, origin="first", units={"time": "ms"})


def test_midnight_is_that_of_the_first_call(read: Read) -> None:
    rows = HEADER + "2026-01-05T01:00:00+02:00,f,1\n2026-01-04T23:30:00Z,f,2\n"
    assert read(rows, origin="midnight").times.tolist() == [3600, 5400]


def test_ends_of_calls(functions: Functions, read: Read) -> None:
    """A log has the ends, in their order: the call that ended last may have been the first."""
    rows = "end,function,duration\n10,f,2.5\n11.1,f,10\n"
    assert read(rows, end_time="end").times.tolist() == [7.5, 1.1]
    assert read(rows, end_time="end", origin="first").times.tolist() == [6.4, 0]
    assert read(rows, end_time="end", unit="ms", units={"end": "s"}).times.tolist() == [9.9975, 11.09]
    dates = "end,function,duration\n2026-01-05T00:00:01,f,1500\n2026-01-05T00:00:02,f,1\n"
    load = read(dates, end_time="end", unit="ms", origin="midnight")
    assert load.times.tolist() == [86399.5, 86401.999]
    known = {"f": functions.sleep, "both": functions.both}
    load = read("end,function,a,b\n10,f,1,0\n20,both,5,3\n", known, values=["a", "b"], end_time="end")
    assert load.times.tolist() == [9, 17]
    for names, says in [
        ({"f": functions.compute}, "of 'f' is a duration"),
        (functions.compute, "is a duration"),
    ]:
        with pytest.raises(ValueError, match=f"end_time: none of the values {says}"):
            read(rows, names, end_time="end")
    with pytest.raises(ValueError, match="end_time: without values"):
        read(rows, end_time="end", values=[])
    with pytest.raises(ValueError, match=r"row 1, column end: '1' \(the end; the call began earlier\) is 1 s before 0"):
        read("end,function,duration\n1,f,2\n", end_time="end")


# Files


def test_a_byte_order_mark_quotes_and_line_ends(read: Read) -> None:
    text = '\ufefftime,"function",duration\r\n"0","f",1\r\n\r\n1,f,"2"\r\n'
    load = read(text)
    assert (load.times.tolist(), load.values[0].tolist()) == ([0, 1], [1, 2])


@pytest.mark.parametrize("text", [HEADER, HEADER.rstrip(), HEADER + "\n"])
@pytest.mark.parametrize("origin", [None, "first", "midnight"])
def test_a_file_with_a_header_alone_has_no_calls(read: Read, text: str, origin: Any) -> None:
    assert len(read(text, origin=origin)) == 0


def test_compressed_files(functions: Functions, tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "0,f,1\n").encode()))
    assert len(ws.Workload.from_csv(path, functions.sleep)) == 1
    path.write_bytes(b"not compressed")
    with pytest.raises(ValueError, match=r"log.csv.gz can't be read"):
        ws.Workload.from_csv(path, functions.sleep)


WRONG = [
    ("", "is empty: give a CSV file with a header"),
    ("\n\n", "is empty"),
    ("0,f,1\n", "has no column 'time': it has 0, f, 1"),
    ("time,function\n0,f\n", "has no column 'duration': it has time, function"),
    ("time,function,duration,duration\n0,f,1,2\n", "has 2 columns 'duration', .*: it has time, function, duration, d"),
    (HEADER + "0,f,1\n" + HEADER + "1,f,1\n", "row 2, column function: 'function' is the header once more"),
    (HEADER + "0,f,1\n1,f,2\n2,f,1s\n", "row 3, column duration: '1s' is no number: give a number such as 12.5"),
    (HEADER + "0,f,1\n1,f\n", r"row 2 has 2 entries, and the header has 3: '1,f'"),
    (HEADER + "0,f,1\n\n1,f,1,1\n", r"row 2 has 4 entries, and the header has 3"),
    (HEADER + "0,f,\n", "row 1, column duration: '' is empty"),
    (HEADER + " ,f,1\n", "row 1, column time: ' ' is empty"),
    (HEADER + "0,,1\n", "row 1 has calls of '', which is not among functions: f"),
    (HEADER + "0,f,nan\n", "row 1, column duration: 'nan' is no number"),
    (HEADER + "0,f,inf\n", "row 1, column duration: 'inf' is no number"),
    (HEADER + "0,f,1e999\n", "row 1, column duration: '1e999' is too large"),
    (HEADER + "0,f,1_0\n", "row 1, column duration: '1_0' is no number"),
    (HEADER + "0,f,0x10\n", "row 1, column duration: '0x10' is no number"),
    (HEADER + '0,f,"1,5"\n', "row 1, column duration: '1,5' is no number"),
    (HEADER + "0,f,-1\n", "row 1, column duration: '-1' is negative"),
    (HEADER + "0,f,1\n-1,f,1\n", "row 2, column time: '-1' is 1 s before 0"),
    (HEADER + "0,f,1\n2026-01-05,f,1\n", "row 2, column time: '2026-01-05' is no number"),
    (HEADER + "yesterday,f,1\n", "row 1, column time: 'yesterday' is no date: give a date such as"),
    (HEADER + "2026-01-05,f,1\n5,f,1\n", "row 2, column time: '5' is no date"),
    (HEADER + "2026-01-05,f,1\n2026-02-30T01:00,f,1\n", "row 2, column time: '2026-02-30T01:00' is no date"),
    (HEADER + "2026-01-05T25:00,f,1\n", "row 1, column time: '2026-01-05T25:00' is no date"),
    (HEADER + "2026-01-05T01:00,f,1\n2026-01-05T01:00Z,f,1\n", "row 2, column time: .* has a zone, and those before"),
    (HEADER + "2026-01-05T01:00Z,f,1\n2026-01-05T01:00,f,1\n", "row 2, column time: .* has no zone, and those before"),
    (HEADER + "2026-01-05T01:00+99:00,f,1\n", r"row 1, column time: .* is no date: the zone is \+99:00"),
    (HEADER.encode() + b"0,\xff,1\n", r"row 1, column function: b'\\xff' is not UTF-8"),
    (HEADER.encode("utf-16"), "is not UTF-8"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_can_not_be_read_is_named(read: Read, text: str | bytes, says: str) -> None:
    with pytest.raises(ValueError, match=rf"log\.csv:? {says}"):
        read(text, origin="first" if "2026" in str(text) else None)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"unit": "min"}, ValueError, "unit is 'min': give 's', 'ms', 'us' or 'ns'"),
        ({"unit": None}, ValueError, "unit is None"),
        ({"unit": 1}, ValueError, "unit is 1"),
        ({"units": {"duration": "h"}}, ValueError, r"units\['duration'\] is 'h': give 's'"),
        ({"units": {"durations": "s"}}, ValueError, "units has 'durations', which is no column .*: time, duration"),
        ({"units": "ms"}, TypeError, "units: give a dictionary"),
        ({"values": "duration"}, TypeError, "values: give a list of names of columns, not str"),
        ({"values": [1]}, TypeError, "values: give a list of names of columns; number 0 of it is int"),
        ({"time": 0}, TypeError, "time: give the name of a column, not int"),
        ({"function": None}, TypeError, "function: give the name of a column, not None"),
        ({"end_time": 0}, TypeError, "end_time: give the name of a column, not int"),
        ({"origin": "noon"}, ValueError, "origin is 'noon': give 'first'"),
        ({"names": {}}, ValueError, "functions is empty"),
        ({"names": ["f"]}, TypeError, r"functions: give the only RegisteredFunction, or a dictionary .*not \['f'\]"),
        ({"names": {"f": 1}}, TypeError, r"functions\['f'\] is 1: give what register_function returned"),
    ],
)
def test_wrong_arguments(read: Read, options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match="^" + says):
        read(HEADER + "0,f,1\n", **options)


def test_H2_what_has_no_end_is_no_file(functions: Functions, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero", "/dev/urandom", tmp_path):
        with pytest.raises(ValueError, match=r"path is '.*': that is no regular file"):
            ws.Workload.from_csv(path, functions.sleep)
    with pytest.raises(FileNotFoundError, match=r"path is '.*nowhere': there is no such file"):
        ws.Workload.from_csv(tmp_path / "nowhere", functions.sleep)
    with pytest.raises(ValueError, match=r"path is .*null"):
        ws.Workload.from_csv("a\0b", functions.sleep)
    for other in (5, None, io.StringIO(HEADER)):
        with pytest.raises(TypeError, match="path: give the name of a file, not "):
            ws.Workload.from_csv(other, functions.sleep)


def test_a_name_that_is_missing_does_not_list_thousands(functions: Functions, read: Read) -> None:
    known = {f"f{index}": functions.sleep for index in range(5000)}
    with pytest.raises(ValueError, match=r"functions: f0, f1, .* and 4992 more$"):
        read(HEADER + "0,g,1\n", known)


def test_time_grows_with_functions_and_not_with_their_square(functions: Functions, read: Read) -> None:
    """Twice as many took four times as long. Counted in calls of Python's, not in seconds."""

    def calls(count: int) -> int:
        known = {f"f{index}": functions.sleep for index in range(count)}
        text = HEADER + "".join(f"0,f{index},1\n" for index in range(count))
        read(text, known)  # what is imported is
        seen = 0

        def count_one(*_: Any) -> None:
            nonlocal seen
            seen += 1

        before = sys.getprofile()
        sys.setprofile(count_one)
        try:
            read(text, known)
        finally:
            sys.setprofile(before)
        return seen

    assert calls(2000) < 2.5 * calls(1000)


def test_a_log_is_replayed(tmp_path: Path) -> None:
    world = World(nodes=1, cores=4)
    image = world.image("small", size="0B", memory="0B")
    known = {name: world.function(ws.Profile(ws.Sleep()), name, image) for name in ("007", "7")}
    path = tmp_path / "log.csv"
    path.write_text(HEADER + "2026-01-05T10:00:00.5,007,250\n2026-01-05T10:00:03,7,500\n")
    world.manager.replay(ws.Workload.from_csv(path, known, origin="first", unit="ms"))
    table = world.sim.run().invocations
    assert table["requested"].tolist() == [0, 2.5]
    assert table.names("function").tolist() == ["007", "7"]
    assert np.allclose(table["ended"] - table["started"], [0.25, 0.5])
