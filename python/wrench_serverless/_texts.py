"""Columns of texts, as CSV files have them, as numbers and dates: exactly, or it is said which entry is none."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wrench_serverless._dates import Dates
from wrench_serverless._ticks import Ticks, affine, decimal_counts

Texts = Any  # pa.LargeStringArray

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?$"
_DATE = (
    r"^(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?P<time>[0-9]{2}:[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,18}))?)? ?(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
NUMBER_HELP = "give a number such as 12.5"
DATE_HELP = "give a date such as 2024-05-31T12:00:00.25 or 2024-05-31 12:00:00+02:00"

_LONG = 40  # characters: those of a number with more are counted before they are read
_TINY = 60  # decimal exponents beyond it are read as floats


class Unreadable(ValueError):
    """An entry that can't be read: its row, from 0, and why."""

    def __init__(self, row: int, why: str) -> None:
        super().__init__(row, why)
        self.row = row
        self.why = why


def column(texts: Sequence[str]) -> Texts:
    return pa.array(texts, pa.large_string())


def are_numbers(texts: Texts) -> bool:
    """Is the first entry, which says what they all have to be?"""
    return bool(pc.match_substring_regex(pc.ascii_trim_whitespace(texts[:1]), _NUMBER)[0].as_py())


def to_numbers(texts: Texts) -> Ticks:
    """Decimal numbers as ticks."""
    texts = pc.ascii_trim_whitespace(texts)
    _check(pc.match_substring_regex(texts, _NUMBER), f"is no number: {NUMBER_HELP}")
    if len(texts) == 0:
        return Ticks(np.empty(0, np.int64), Fraction(1))
    exponents = pc.any(pc.match_substring(texts, "e", ignore_case=True)).as_py()
    lengths = pc.binary_length(texts)
    if exponents or pc.max(lengths).as_py() > _LONG:
        _check(pc.is_finite(pc.cast(texts, pa.float64())), "is too large")
        return _one_by_one(texts)
    point = pc.find_substring(texts, ".")
    digits = pc.max(pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(lengths, point), 1))).as_py()
    try:
        if digits == 0 and not pc.any(pc.greater_equal(point, 0)).as_py():
            return Ticks(_to_numpy(pc.cast(_without_plus(texts), pa.int64())), Fraction(1))
        return Ticks(decimal_counts(pc.cast(texts, pa.decimal128(38, digits))), Fraction(1, 10**digits))
    except pa.ArrowInvalid:  # more digits than these take
        return _one_by_one(texts)


def _one_by_one(texts: Texts) -> Ticks:
    values = [_fraction(text) for text in texts.to_pylist()]
    unit = Fraction(1)
    for divisor in {value.denominator for value in values}:
        unit = Fraction(1, np.lcm(unit.denominator, divisor, dtype=object))
    return Ticks(np.array([int(value / unit) for value in values], dtype=object), unit)


def _fraction(text: str) -> Fraction:
    _, _, exponent = text.lower().partition("e")
    return Fraction(float(text)) if abs(int(exponent or "0")) > _TINY else Fraction(text)


def _without_plus(texts: Texts) -> Texts:
    return pc.replace_substring_regex(texts, r"^\+", "")


def to_dates(texts: Texts) -> Dates:
    """ISO dates, with or without a zone. The first one says whether all have one."""
    texts = pc.ascii_trim_whitespace(texts)
    parts = pc.extract_regex(texts, _DATE)
    _check(parts.is_valid(), f"is no date: {DATE_HELP}")
    date, time, second, fraction, zone = (parts.field(index) for index in range(5))
    moments = pc.binary_join_element_wise(date, _or(time, "00:00"), _text("T"))
    moments = pc.binary_join_element_wise(moments, _or(second, "00"), _text(":"))
    try:
        seconds = _to_numpy(pc.cast(pc.cast(moments, pa.timestamp("s")), pa.int64()))
    except pa.ArrowInvalid:
        raise _first_wrong(moments, f"is no date: {DATE_HELP}") from None
    offsets, of_first = _offsets(zone, seconds)
    ticks = Ticks(affine(seconds, 1, 0), Fraction(1)).minus(Ticks(offsets, Fraction(1)))
    width = max(pc.max(pc.binary_length(fraction)).as_py() or 0, 1)
    rest = _to_numpy(pc.cast(pc.utf8_rpad(fraction, width, "0"), pa.int64()))
    return Dates(ticks.plus(Ticks(rest, Fraction(1, 10**width))) if rest.any() else ticks, of_first)


def _text(text: str) -> Any:
    return pa.scalar(text, pa.large_string())


def _or(texts: Texts, default: str) -> Texts:
    return pc.if_else(pc.equal(texts, _text("")), _text(default), texts)


def _offsets(zones: Texts, seconds: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], datetime.tzinfo | None]:
    """Seconds that each date is ahead of UTC, and the zone of the first of all calls."""
    codes = zones.dictionary_encode()
    rows = _to_numpy(codes.indices)
    names = codes.dictionary.to_pylist()
    if len(rows) == 0 or names == [""]:
        return np.zeros(len(rows), np.int64), None
    if "" in names:
        bare = rows == names.index("")
        other = int(np.argmax(bare != bare[0]))
        raise Unreadable(
            other, "has no zone, and those before have one" if bare[other] else "has a zone, and those before have none"
        )
    known = [_seconds_of_zone(name) for name in names]
    for code, offset in enumerate(known):
        if offset is None:
            raise Unreadable(
                int(np.argmax(rows == code)), f"is no date: the zone is {names[code]}, and must be within a day"
            )
    offsets = np.array(known, dtype=np.int64)[rows]
    first = int(offsets[np.argmin(seconds - offsets)])
    return offsets, datetime.timezone(datetime.timedelta(seconds=first))


def _seconds_of_zone(name: str) -> int | None:
    if name[0] not in "+-":
        return 0
    digits = name[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return None
    return (-1 if name[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def _to_numpy(array: Any) -> np.ndarray[Any, Any]:
    return array.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _check(good: Any, why: str) -> None:
    """Raises Unreadable for the first that is not true."""
    if not pc.all(good, min_count=0).as_py():
        row = pc.index(good, False).as_py()
        raise Unreadable(row, why)


def _first_wrong(texts: Texts, why: str) -> Unreadable:
    """The first that is no timestamp, where at least one is none."""
    good, bad = 0, len(texts)  # so many from the beginning are, and so many are not
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            pc.cast(texts[good:middle], pa.timestamp("s"))
            good = middle
        except pa.ArrowInvalid:
            bad = middle
    return Unreadable(good, why)
