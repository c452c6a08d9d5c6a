"""Columns of numbers, times and dates from whatever holds them: NumPy, Arrow, pandas, Polars, lists.

Everything is taken for what it is, exactly, or refused with the name of the column, the index and the value.
"""

from __future__ import annotations

import datetime
import math
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from wrench_serverless import _dates
from wrench_serverless._arguments import name_of_type, shown
from wrench_serverless._dates import Dates, Origin
from wrench_serverless._ticks import Floats, Spans, Ticks, decimal_counts

# Numbers as they are; timedeltas, and decimals, as ticks; dates.
Column = npt.NDArray[Any] | Ticks | Dates

LATEST = 9.0e9  # s; floats beyond it don't tell microseconds apart
_GIVE = "give a list or an array of numbers, of timedeltas or of dates, with an entry for each call"
_KINDS = {"b": "a truth value", "c": "a complex number", "S": "bytes", "U": "a text", "T": "a text", "V": "a record"}


def read(name: str, values: Any) -> Column:
    """The column. Raises TypeError for what is none, and ValueError where an entry is missing."""
    if isinstance(values, (str, bytes, bytearray, memoryview)):
        raise TypeError(f"{name} is {shown(values)}: {_GIVE}")
    if type(values).__module__.partition(".")[0] == "pandas":
        values = _from_pandas(name, values)
    elif not isinstance(values, np.ndarray) and hasattr(values, "to_arrow"):  # Polars
        values = values.to_arrow()
    arrow = sys.modules.get("pyarrow")  # nobody has its arrays who has not imported it
    if arrow is not None and isinstance(values, (arrow.Array, arrow.ChunkedArray)):
        return _of_arrow(name, values)
    if isinstance(values, (list, tuple)):
        return _of_list(name, values)
    if isinstance(values, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(values)
        if masked.any():
            raise ValueError(f"{name}[{int(np.argmax(masked))}] is masked: every call needs a value")
        values = values.data
    return _of_array(name, _to_array(name, values))


def times(name: str, values: Any, origin: Origin) -> Floats:
    """Seconds since the origin, at least 0. None: of numbers and timedeltas, as they are."""
    column = read(name, values)
    if isinstance(column, Dates) and origin is None:
        raise ValueError(
            f"{name} are dates, as {name}[0] is {column.text(0)}: say from when they count, with origin='first' (the "
            "first call is at 0 s), origin='midnight' (the midnight before that), or a date"
        )
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        floats = _check_finite(name, to_floats(column))
        return check_times(name, floats if origin is None else _floats_since(name, floats, origin))
    if origin is None:
        assert not isinstance(column, Dates)
        return check_times(name, column.to_floats() if isinstance(column, Ticks) else to_floats(column))
    return _since(name, _whole_ticks(column) if isinstance(column, np.ndarray) else column, origin)


def _since(name: str, column: Ticks | Dates, origin: Origin) -> Floats:
    dates = column if isinstance(column, Dates) else None
    ticks = column.ticks if isinstance(column, Dates) else column
    result = ticks.since(_dates.start(origin, ticks.least(), name, dates)).to_floats()
    early = result < 0
    if dates and early.any():
        index = int(np.argmax(early))
        raise ValueError(f"{name}[{index}] is {dates.text(index)}: that is {-result[index]:g} s before the origin")
    return check_times(name, result)


def _floats_since(name: str, column: Floats, origin: Origin) -> Floats:
    zero = _dates.start(origin, Fraction(float(column.min())) if len(column) else Fraction(0), name)
    if zero == Fraction(float(zero)):
        return column - float(zero)
    return np.array([float(Fraction(value) - zero) for value in column.tolist()], dtype=np.float64)


def _whole_ticks(column: npt.NDArray[Any]) -> Ticks:
    small = column.dtype != np.uint64 or not len(column) or int(column.max()) < 2**63
    return Ticks(column.astype(np.int64 if small else object), Fraction(1))


def numbers(name: str, values: Any, length: int, units: frozenset[str]) -> Floats:
    """Numbers at least 0. Where all that take them take seconds, timedeltas too: `units` are what they take."""
    column = read(name, values)
    if isinstance(column, Dates):
        raise TypeError(f"{name}[0] is {column.text(0)}: give numbers or timedeltas, not dates")
    if isinstance(column, Spans) and not units <= {"seconds"}:
        raise TypeError(f"{name} are timedeltas, but a step takes {', '.join(sorted(units))}: give numbers")
    result = column.to_floats() if isinstance(column, Ticks) else to_floats(column)
    if len(result) != length:
        raise ValueError(f"{name} has {len(result)} entries, and times has {length}: give one for each call")
    return _check_each(name, result)


def indices(name: str, values: Any, length: int, end: int, what: str) -> npt.NDArray[np.uint32]:
    """Whole numbers from 0 to `end`, without it."""
    column = read(name, values)
    if not isinstance(column, np.ndarray) or (len(column) and column.dtype.kind not in "iu"):
        kind = column.dtype if isinstance(column, np.ndarray) else "dates or timedeltas"
        raise TypeError(f"{name}: give whole numbers, not {kind}")
    if len(column) != length:
        raise ValueError(f"{name} has {len(column)} entries, and times has {length}: give one for each call")
    wrong = (column < 0) | (column >= end)
    if wrong.any():
        index = int(np.argmax(wrong))
        raise ValueError(f"{name}[{index}] is {column[index]}: there are {end} {what}")
    return np.ascontiguousarray(column, dtype=np.uint32)


def to_floats(column: npt.NDArray[Any]) -> Floats:
    """Not copied if they are floats already."""
    with np.errstate(over="ignore"):  # of a long double: it is found to be infinite
        return np.ascontiguousarray(column, dtype=np.float64)


def check_times(name: str, column: Floats) -> Floats:
    late = _check_each(name, column) > LATEST
    if late.any():
        index = int(np.argmax(late))
        raise ValueError(
            f"{name}[{index}] is {column[index]}: times are seconds, at most {LATEST:g}, as those beyond can't be told "
            "apart to a microsecond. Milliseconds have to be scaled, and what counts from 1970 needs an origin"
        )
    return column


def _check_finite(name: str, column: Floats) -> Floats:
    return _refuse_where(name, column, ~np.isfinite(column))


def _check_each(name: str, column: Floats) -> Floats:
    return _refuse_where(name, column, ~((column >= 0) & (column < np.inf)))


def _refuse_where(name: str, column: Floats, wrong: npt.NDArray[np.bool_]) -> Floats:
    if wrong.any():
        index = int(np.argmax(wrong))
        raise ValueError(f"{name}[{index}] is {column[index]}: it must be finite and >= 0")
    return column


def _refuse(name: str, index: int, value: object, kind: str) -> NoReturn:
    raise TypeError(f"{name}[{index}] is {shown(value)}, {kind}: give numbers, timedeltas or dates")


def _missing(name: str, index: int, value: object) -> NoReturn:
    raise ValueError(f"{name}[{index}] is {value}: every call needs a value")


def _to_array(name: str, values: Any) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{name} is {shown(values)}: {_GIVE}") from error
    if array.ndim == 0:
        raise TypeError(f"{name} is {shown(values)}: {_GIVE}")
    if array.ndim > 1:
        raise ValueError(f"{name} has {array.ndim} dimensions: it must have one, an entry for each call")
    return array


def _of_array(name: str, array: npt.NDArray[Any]) -> Column:
    kind = array.dtype.kind
    if kind in "iuf":
        return array
    if len(array) == 0:
        return np.empty(0)
    if kind in "Mm":
        return _of_numpy_dates(name, array)
    if kind == "O":
        return _of_objects(name, array.tolist())
    _refuse(name, 0, array[0].item() if kind in "bc" else array[0], _KINDS.get(kind, f"of {array.dtype}"))


def _of_numpy_dates(name: str, array: npt.NDArray[Any]) -> Ticks | Dates:
    unset = np.isnat(array)
    if unset.any():
        _missing(name, int(np.argmax(unset)), "NaT")
    months = array.dtype.kind == "M" and np.datetime_data(array.dtype)[0] in "MY"
    if months:
        array = array.astype("datetime64[D]")
    unit = _dates.numpy_unit(array.dtype)
    if unit is None:
        raise TypeError(f"{name} is {array.dtype}, which is no time: give it a unit from weeks to attoseconds")
    counts = array.astype(np.int64)
    return Dates(Ticks(counts, unit), None) if array.dtype.kind == "M" else Spans(counts, unit)


def _of_list(name: str, values: Sequence[Any]) -> Column:
    kinds = set(map(type, values))
    if all(map(_is_numeric, kinds)):
        try:
            array = np.asarray(values, dtype=None if values else np.float64)
            return array if array.dtype.kind in "iuf" else array.astype(np.float64)
        except OverflowError:
            index = next(place for place, value in enumerate(values) if isinstance(value, int) and abs(value) > _HUGE)
            raise ValueError(f"{name}[{index}] is {shown(values[index])}: it must be finite and >= 0") from None
    if all(issubclass(kind, (list, tuple, np.ndarray)) for kind in kinds):
        return _of_array(name, _to_array(name, values))
    if _is_numeric(type(values[0])):
        index = next(place for place, value in enumerate(values) if not _is_numeric(type(value)))
        kind, _ = _of_object(name, index, values[index])
        _mixed(name, index, kind, values, "a number")
    return _of_objects(name, values)


_HUGE = int(sys.float_info.max)


def _is_numeric(kind: type) -> bool:
    return issubclass(kind, (int, float, np.integer, np.floating)) and kind is not bool


def _mixed(name: str, index: int, kind: str, values: Sequence[Any], first: str) -> NoReturn:
    raise TypeError(
        f"{name}[{index}] is {shown(values[index])}, {kind}, and {name}[0] is {shown(values[0])}, {first}: give "
        "entries of one kind"
    )


def _of_objects(name: str, values: Sequence[Any]) -> Ticks | Dates:
    """Objects of Python's, NumPy's or pandas' that are dates or timedeltas, all of one kind."""
    counted = [_of_object(name, index, value) for index, value in enumerate(values)]
    first_kind, _ = counted[0]
    for index, (kind, _) in enumerate(counted):
        if kind != first_kind:
            _mixed(name, index, kind, values, first_kind)
    unit = Fraction(1, math.lcm(*{seconds.denominator for _, seconds in counted}))
    counts = [int(seconds / unit) for _, seconds in counted]
    small = max(map(abs, counts)) < 2**63
    column = np.array(counts, dtype=np.int64 if small else object)
    if first_kind == _TIMEDELTA:
        return Spans(column, unit)
    return Dates(Ticks(column, unit), values[0].tzinfo if first_kind == _ZONED else None)


_ZONED, _BARE, _TIMEDELTA = "a date with a zone", "a date without a zone", "a timedelta"


def _of_object(name: str, index: int, value: Any) -> tuple[str, Fraction]:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        _missing(name, index, value)
    if isinstance(value, (np.datetime64, np.timedelta64)):
        if np.isnat(value):
            _missing(name, index, "NaT")
        if isinstance(value, np.datetime64):
            return _BARE, _dates.of_datetime64(value)
        unit = _dates.numpy_unit(value.dtype)
        if unit is not None:
            return _TIMEDELTA, int(value.astype(np.int64)) * unit
        _refuse(name, index, value, "which is no time")
    if isinstance(value, datetime.date):
        return (_ZONED if _dates.has_zone(value) else _BARE), _dates.of_date(value)
    if isinstance(value, datetime.timedelta):
        return _TIMEDELTA, _dates.of_timedelta(value)
    if isinstance(value, float) and math.isnan(value):
        _missing(name, index, value)
    _refuse(
        name, index, value, "a truth value" if isinstance(value, bool) else f"an object of type {name_of_type(value)}"
    )


_PANDAS = ("DatetimeTZDtype", "ArrowDtype", "StringDtype", "BooleanDtype", "CategoricalDtype", "SparseDtype")


def _from_pandas(name: str, values: Any) -> Any:
    """What NumPy makes of its own types is right; of pandas' own, what Arrow makes."""
    dtype = getattr(values, "dtype", None)
    if dtype is None or isinstance(dtype, np.dtype):
        return _to_array(name, values)
    kind = type(dtype).__name__
    import pyarrow as pa

    numeric = kind.startswith(("Int", "UInt", "Float")) and not kind.startswith("Interval")
    if numeric or kind in _PANDAS:
        try:
            return pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, TypeError):
            pass
    raise TypeError(f"{name} is a column of {dtype}: give numbers, timedeltas or dates")


def _of_arrow(name: str, values: Any) -> Column:
    import pyarrow as pa

    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(array, pa.ChunkedArray):  # more than one can hold
        raise ValueError(f"{name} is too long for one Arrow array: give it in parts")
    kind = array.type
    if len(array) == 0:
        return np.empty(0)
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if array.null_count:
        _missing(name, int(np.argmin(array.is_valid().to_numpy(zero_copy_only=False))), "null")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return array.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
    if pa.types.is_timestamp(kind):
        return Dates(_arrow_ticks(array, _dates.UNITS[kind.unit]), kind.tz)
    if pa.types.is_duration(kind):
        ticks = _arrow_ticks(array, _dates.UNITS[kind.unit])
        return Spans(ticks.counts, ticks.unit)
    if pa.types.is_date32(kind):
        return Dates(_arrow_ticks(array.view(pa.int32()), Fraction(_dates.DAY)), None)
    if pa.types.is_date64(kind):
        return Dates(_arrow_ticks(array, _dates.UNITS["ms"]), None)
    if pa.types.is_decimal128(kind) and kind.scale >= 0:
        return Ticks(decimal_counts(array), Fraction(1, 10**kind.scale))
    _refuse(name, 0, array[0].as_py(), f"of Arrow's type {kind}")


def _arrow_ticks(array: Any, unit: Fraction) -> Ticks:
    import pyarrow as pa

    return Ticks(array.cast(pa.int64()).to_numpy(zero_copy_only=False), unit)
