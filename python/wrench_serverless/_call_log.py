"""Logs of calls in CSV files: read exactly, and refused with the file, the row, the column and the text.

All columns are read as texts: what a number, a date or a name is, is decided here, and for a whole column.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple, NoReturn, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from wrench_serverless import _arguments, _columns, _dates, _texts
from wrench_serverless._dates import Dates, Origin
from wrench_serverless._texts import Texts, Unreadable
from wrench_serverless._ticks import Floats, Ticks

Unit = Literal["s", "ms", "us", "ns"]
# For each function: what the open steps of its profile take, "seconds", "flops" or "bytes"; None: it has a body.
Steps = Sequence[Sequence[str] | None]

_SHOWN = 8  # names, in an error
_AGAIN = "is the header once more: are these several files in one?"


class Layout(NamedTuple):
    """Which columns are read, and what they mean."""

    time: str
    ends: bool  # the times are those of the ends
    values: Sequence[str]
    function: str | None  # None: there is only one function
    unit: Unit
    units: Mapping[str, Unit | None]

    def check(self) -> None:
        names = (self.time, *self.values)
        _unit("unit", self.unit)
        for name, unit in _arguments.one(
            self.units, Mapping, "units", "a dictionary of columns and their units"
        ).items():
            if name not in names:
                raise ValueError(
                    f"units has {_arguments.shown(name)}, which is no column of times or values: {_listed(names)}"
                )
            if unit is not None:
                _unit(f"units[{name!r}]", unit)
        if self.ends and not self.values:
            raise ValueError("end_time: without values there is no duration, so that nobody knows when the calls began")

    def factor(self, name: str) -> Fraction:
        """Seconds of a 1 in that column, if it has seconds."""
        unit = self.units.get(name, self.unit)
        return _dates.UNITS[unit] if unit is not None else Fraction(1)

    def is_duration(self, place: int, steps: Sequence[str] | None) -> bool:
        name = self.values[place]
        if steps is None:
            return self.units.get(name, self.unit) is not None
        return place < len(steps) and steps[place] == "seconds"

    def value_factor(self, place: int, steps: Sequence[str] | None) -> Fraction:
        name = self.values[place]
        return self.factor(name) if name in self.units or self.is_duration(place, steps) else Fraction(1)


class Calls(NamedTuple):
    times: Floats
    values: list[Floats]
    which: npt.NDArray[np.uint32] | None


def read(path: str | os.PathLike[str], layout: Layout, names: Sequence[str], steps: Steps, origin: Origin) -> Calls:
    """All calls of the file. `names`: those of the functions, where the file says which one each call is of."""
    layout.check()
    log = _Log(path, layout)
    which = None if layout.function is None else log.functions(layout.function, names)
    numbers = [log.numbers(name) for name in layout.values]
    when = log.times(layout.time)
    if isinstance(when, Dates) and layout.time in layout.units:
        raise ValueError(f"units has {layout.time!r}, but {log.path} has dates there: leave it out")
    if isinstance(when, Ticks):
        when = when.times(layout.factor(layout.time))
    if layout.ends:
        when = _starts(when, _durations(log, layout, numbers, which, names, steps))
    values = [_scaled(log, layout, place, column, which, steps) for place, column in enumerate(numbers)]
    return Calls(_since(log, layout, when, origin), values, which)


class _Log:
    def __init__(self, path: str | os.PathLike[str], layout: Layout) -> None:
        self.path = _file(path)
        names = [layout.time, *layout.values, *([] if layout.function is None else [layout.function])]
        self._check_header(_header(self.path), names)
        self._table = _table(self.path, list(dict.fromkeys(names)))

    def _check_header(self, header: Sequence[str], names: Sequence[str]) -> None:
        for name in names:
            count = header.count(name)
            if count == 0:
                raise ValueError(f"{self.path} has no column '{name}': it has {_listed(header)}")
            if count > 1:
                raise ValueError(
                    f"{self.path} has {count} columns '{name}', where one is meant: it has {_listed(header)}"
                )

    def texts(self, name: str) -> Texts:
        column = self._table[name].combine_chunks()
        try:
            return column.cast(pa.large_string())
        except pa.ArrowInvalid:
            for row, entry in enumerate(column.to_pylist()):
                try:
                    entry.decode()
                except UnicodeDecodeError:
                    self.refuse(row, name, repr(entry), "is not UTF-8")
            raise

    def numbers(self, name: str) -> Ticks:
        texts = self.texts(name)
        try:
            return _texts.to_numbers(texts)
        except Unreadable as error:
            self._refuse_text(texts, name, error)

    def times(self, name: str) -> Ticks | Dates:
        texts = self.texts(name)
        try:
            if len(texts) == 0 or _texts.are_numbers(texts):
                return _texts.to_numbers(texts)
            return _texts.to_dates(texts)
        except Unreadable as error:
            self._refuse_text(texts, name, error)

    def _refuse_text(self, texts: Texts, name: str, error: Unreadable) -> NoReturn:
        text = texts[error.row].as_py()
        why = error.why
        if text.strip() == name:
            why = _AGAIN
        elif not text.strip():
            why = "is empty: every call needs a value"
        self.refuse(error.row, name, _arguments.shown(text), why)

    def functions(self, name: str, known: Sequence[str]) -> npt.NDArray[np.uint32]:
        """For each call the index of its function."""
        codes = self.texts(name).dictionary_encode()
        index_of = {function: index for index, function in enumerate(known)}
        rows = codes.indices.to_numpy(zero_copy_only=False)
        indices = []
        for code, function in enumerate(codes.dictionary.to_pylist()):
            if function == name and function not in index_of:
                self.refuse(int(np.argmax(rows == code)), name, _arguments.shown(function), _AGAIN)
            if function not in index_of:
                row = int(np.argmax(rows == code)) + 1
                raise ValueError(
                    f"{self.path}: row {row} has calls of {_arguments.shown(function)}, which is not among functions: "
                    f"{_listed(known)}"
                )
            indices.append(index_of[function])
        which: npt.NDArray[np.uint32] = np.array(indices, dtype=np.uint32)[rows]
        return which

    def refuse(self, row: int, name: str, text: str, why: str) -> NoReturn:
        raise ValueError(f"{self.path}: row {row + 1}, column {name}: {text} {why}")


def _starts(ends: Ticks | Dates, durations: Ticks) -> Ticks | Dates:
    return Dates(ends.ticks.minus(durations), ends.zone) if isinstance(ends, Dates) else ends.minus(durations)


def _durations(
    log: _Log,
    layout: Layout,
    numbers: Sequence[Ticks],
    which: npt.NDArray[np.uint32] | None,
    names: Sequence[str],
    steps: Steps,
) -> Ticks:
    """Of each call the first value that is one."""
    places = []
    for index, mine in enumerate(steps):
        place = next((place for place in range(len(numbers)) if layout.is_duration(place, mine)), None)
        if place is None and (which is None or (which == index).any()):
            of = f"of {names[index]!r} " if which is not None else ""
            raise ValueError(
                f"end_time: none of the values {of}is a duration, so that nobody knows when its calls began"
            )
        places.append(place or 0)
    durations = [column.times(layout.factor(name)) for name, column in zip(layout.values, numbers, strict=True)]
    if len(set(places)) == 1 or which is None:
        return durations[places[0]]
    chosen = np.array(places)[which]
    result = Ticks(np.zeros(len(chosen), np.int64), Fraction(1))
    for place in set(places):
        result = result.plus(Ticks(np.where(chosen == place, durations[place].counts, 0), durations[place].unit))
    return result


def _scaled(
    log: _Log, layout: Layout, place: int, column: Ticks, which: npt.NDArray[np.uint32] | None, steps: Steps
) -> Floats:
    factors = [layout.value_factor(place, mine) for mine in steps]
    result = column.times(factors[0] if factors else Fraction(1)).to_floats()
    for factor in set(factors[1:]) - set(factors[:1]):
        assert which is not None
        rows = np.array([each == factor for each in factors])[which]
        result[rows] = column.take(rows).times(factor).to_floats()
    negative = result < 0
    if negative.any():
        row = int(np.argmax(negative))
        log.refuse(row, layout.values[place], repr(log.texts(layout.values[place])[row].as_py()), "is negative")
    return result


def _since(log: _Log, layout: Layout, when: Ticks | Dates, origin: Origin) -> Floats:
    """Seconds since the origin. Without one, times have to begin near 0."""
    dates = when if isinstance(when, Dates) else None
    ticks = when.ticks if isinstance(when, Dates) else when
    first = ticks.least()
    if origin is not None:
        scale = Fraction(1) if dates else layout.factor(layout.time)
        ticks = ticks.since(_dates.start(origin, first, f"column {layout.time} of {log.path}", dates, scale))
    elif dates or abs(first) > _dates.DAY:
        unit = layout.units.get(layout.time, layout.unit)
        began = (
            _dates.text_of(first) if dates else f"{float(first):.15g} s, more than a day from 0 (with unit={unit!r})"
        )
        raise ValueError(
            f"{log.path}: by column {layout.time} the first call is at {began}: say what counts as 0 s, with "
            "origin='first' (that call), origin='midnight' (the midnight before it), a date, or origin=0 to take times "
            "as they are"
        )
    times = ticks.to_floats()
    started = " (the end; the call began earlier)" if layout.ends else ""
    for wrong, why in (
        (times < 0, "{:.15g} s before 0, where the replay starts: give an earlier origin"),
        (times > _columns.LATEST, "{:.15g} s after 0: beyond 9e9 s microseconds are lost; see unit and origin"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            text = _arguments.shown(log.texts(layout.time)[row].as_py())
            log.refuse(row, layout.time, text + started, "is " + why.format(abs(times[row])))
    return times


def _unit(name: str, unit: object) -> None:
    if not isinstance(unit, str) or unit not in get_args(Unit):
        raise ValueError(f"{name} is {_arguments.shown(unit)}: give 's', 'ms', 'us' or 'ns'")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(_arguments.shortened(name) for name in names[:_SHOWN]) + more


def _file(path: object) -> str:
    """The path as a text, if there is a file that can be read to an end."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path: give the name of a file, not {_arguments.shown(path)}")
    name = os.fsdecode(os.fspath(path))
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        raise FileNotFoundError(f"path is {name!r}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"path is {name!r}: {error}") from error
    if not stat.S_ISREG(mode):
        raise ValueError(f"path is {name!r}: that is no regular file, but a folder, a pipe or a device")
    return name


def _header(path: str) -> list[str]:
    try:
        with _opened(path, pyarrow.csv.ConvertOptions()) as reader:
            return list(reader.schema.names)
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8") from None
    except pa.ArrowInvalid as error:
        if _EMPTY not in str(error):
            raise ValueError(f"{path} can't be read as CSV: {error}") from error
        return _only_line(path)
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error}") from error


_PARSE = {"newlines_in_values": True}
_EMPTY = "Empty CSV"  # Arrow's words for a file without the end of a line


def _only_line(path: str) -> list[str]:
    """The names in a file that has nothing but a header, without the end of a line."""
    with pa.input_stream(path) as stream:
        line = stream.read(1 << 16).strip()
    if not line:
        raise ValueError(f"{path} is empty: give a CSV file with a header")
    try:
        return list(pyarrow.csv.read_csv(pa.BufferReader(line + b"\n")).schema.names)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise ValueError(f"{path} can't be read as CSV: {error}") from error


def _opened(path: str, convert: Any) -> Any:
    parse = pyarrow.csv.ParseOptions(invalid_row_handler=lambda _: "skip", **_PARSE)
    return pyarrow.csv.open_csv(path, parse_options=parse, convert_options=convert)


def _table(path: str, names: Sequence[str]) -> Any:
    """The columns as bytes. Raises ValueError for rows that are longer or shorter than the header."""
    convert = pyarrow.csv.ConvertOptions(
        include_columns=names, column_types=dict.fromkeys(names, pa.large_binary()), strings_can_be_null=False
    )
    wrong: list[Any] = []

    def note(row: Any) -> str:
        if not wrong:
            wrong.append(row)  # one is enough to be reported
        return "skip"

    def whole(threads: bool) -> Any:
        return pyarrow.csv.read_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(use_threads=threads),
            parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=note, **_PARSE),
            convert_options=convert,
        )

    try:
        table = whole(True)
        if wrong:
            wrong.clear()
            whole(False)  # one after the other: rows have numbers
    except (pa.ArrowInvalid, OSError) as error:
        if _EMPTY in str(error):
            return pa.table({name: pa.array([], pa.large_binary()) for name in names})
        raise ValueError(f"{path} can't be read as CSV: {error}") from error
    if wrong:
        row = wrong[0]  # its number counts the header
        raise ValueError(
            f"{path}: row {row.number - 1} has {row.actual_columns} entries, and the header has "
            f"{row.expected_columns}: {_arguments.shown(row.text)}"
        )
    return table


__all__ = ["Calls", "Layout", "Unit", "read"]
