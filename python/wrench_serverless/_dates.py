"""Dates as exact ticks, and the origin from which they count."""

from __future__ import annotations

import datetime
import math
import numbers
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from wrench_serverless import _arguments
from wrench_serverless._ticks import Ticks

# What counts as 0 s. A date is one of these, or a text in ISO form.
Origin = Literal["first", "midnight"] | datetime.date | np.datetime64 | float | str | None

DAY = 86400  # s
_FAR = 10**30  # of any unit: no origin is there
_EPOCH = datetime.datetime(1970, 1, 1)
_UTC = datetime.timezone.utc
_WHAT_ORIGIN = (
    "give 'first' (the earliest call), 'midnight' (before the earliest call), or a date such as '2024-05-31T12:00'"
)
# Seconds, by NumPy's names; Arrow has those from s to ns.
UNITS = {"W": Fraction(7 * DAY), "D": Fraction(DAY), "h": Fraction(3600), "m": Fraction(60), "s": Fraction(1)} | {
    f"{prefix}s": Fraction(1, 10**digits) for prefix, digits in zip("munpfa", range(3, 21, 3), strict=True)
}


class Dates:
    """A column of dates: ticks since 1970 in UTC; without a zone, since 1970 on the clock that they were read from."""

    __slots__ = ("ticks", "zone")

    def __init__(self, ticks: Ticks, zone: str | datetime.tzinfo | None) -> None:
        self.ticks = ticks
        self.zone = zone

    def __len__(self) -> int:
        return len(self.ticks)

    def text(self, index: int) -> str:
        """The date as people write it, with UTC where there is a zone."""
        return text_of(self.ticks.value(index)) + ("" if self.zone is None else "Z")


def text_of(seconds: Fraction) -> str:
    whole = math.floor(seconds)
    try:
        date = (_EPOCH + datetime.timedelta(seconds=whole)).isoformat()
    except OverflowError:
        return f"{float(seconds):g} s since 1970"
    digits = f"{int((seconds - whole) * 10**9):09}".rstrip("0")
    return f"{date}.{digits}" if digits else date


def numpy_unit(dtype: np.dtype[Any]) -> Fraction | None:
    """Seconds of a tick of datetime64 or timedelta64; None where it has none: months, years, or no unit at all."""
    name, count = np.datetime_data(dtype)
    return count * UNITS[name] if name in UNITS else None


def of_date(date: datetime.date) -> Fraction:
    """Seconds since 1970: in UTC where it has a zone, else on its own clock."""
    if isinstance(date, datetime.datetime):
        exact = getattr(date, "to_datetime64", None)  # pandas: nanoseconds, in UTC
        if exact is not None:
            return of_datetime64(exact())
        if date.utcoffset() is not None:
            date = date.astimezone(_UTC).replace(tzinfo=None)
        return of_timedelta(date.replace(tzinfo=None) - _EPOCH)
    return Fraction((date - _EPOCH.date()).days * DAY)


def of_datetime64(date: np.datetime64) -> Fraction:
    if np.datetime_data(date.dtype)[0] in ("M", "Y"):
        date = date.astype("datetime64[D]")
    unit = numpy_unit(date.dtype)
    assert unit is not None
    return int(date.astype(np.int64)) * unit


def of_timedelta(span: datetime.timedelta) -> Fraction:
    exact = getattr(span, "to_timedelta64", None)  # pandas
    if exact is not None:
        span = exact()
        unit = numpy_unit(span.dtype)  # type: ignore[attr-defined]
        assert unit is not None
        return int(span.astype(np.int64)) * unit  # type: ignore[attr-defined]
    return Fraction((span.days * DAY + span.seconds) * 10**6 + span.microseconds, 10**6)


def has_zone(date: object) -> bool:
    return isinstance(date, datetime.datetime) and date.utcoffset() is not None


def start(
    origin: Origin, first: Fraction, name: str, dates: Dates | None = None, unit: Fraction = Fraction(1)
) -> Fraction:
    """What counts as 0 s in a column whose least entry is `first`, in seconds.

    `dates`: the column if it has dates. `unit`: of an origin that is a number. Raises ValueError and TypeError.
    """
    if isinstance(origin, str) and origin in ("first", "midnight"):
        return first if origin == "first" else _midnight(first, dates.zone if dates else None)
    if _arguments.is_number(origin):
        return _number(origin, dates is not None, name) * unit
    return _date(origin, dates, name)


def _number(origin: Any, dates: bool, name: str) -> Fraction:
    if not abs(origin) < _FAR:
        raise ValueError(f"origin is {_arguments.shown(origin)}: {_WHAT_ORIGIN}")
    if dates and origin != 0:
        raise ValueError(
            f"origin is {_arguments.shown(origin)}, and {name} has dates: {_WHAT_ORIGIN}; or 0, for dates since 1970"
        )
    return Fraction(int(origin) if isinstance(origin, numbers.Integral) else float(origin))


def _date(origin: object, dates: Dates | None, name: str) -> Fraction:
    zoned = False
    if isinstance(origin, str):
        seconds, zoned = _of_text(origin)
    elif isinstance(origin, np.datetime64) and not np.isnat(origin) and np.datetime_data(origin.dtype)[0] != "generic":
        seconds = of_datetime64(origin)
    elif isinstance(origin, datetime.date) and origin == origin:  # but pandas.NaT
        seconds, zoned = of_date(origin), has_zone(origin)
    else:
        raise TypeError(f"origin: {_WHAT_ORIGIN}, not {_arguments.shown(origin)}")
    if dates is None or (dates.zone is not None and zoned):
        return seconds
    if dates.zone is None:
        if zoned:
            raise ValueError(f"origin is {_arguments.shown(origin)}: it has a zone, but {name} has dates without one")
        return seconds
    return seconds - _offset(seconds, _zone(dates.zone), local=True)


def _of_text(text: str) -> tuple[Fraction, bool]:
    from wrench_serverless import _texts

    try:
        dates = _texts.to_dates(_texts.column([text]))
    except (_texts.Unreadable, UnicodeEncodeError):
        raise ValueError(f"origin is {_arguments.shown(text)}: {_WHAT_ORIGIN}") from None
    return dates.ticks.value(0), dates.zone is not None


def _midnight(first: Fraction, zone: str | datetime.tzinfo | None) -> Fraction:
    """The last midnight that is not after it, on the clocks of that zone."""
    if zone is None:
        return Fraction(first // DAY * DAY)
    where = _zone(zone)
    local = first + _offset(first, where, local=False)
    midnight = Fraction(local // DAY * DAY)
    return midnight - _offset(midnight, where, local=True)


def _zone(zone: str | datetime.tzinfo) -> datetime.tzinfo:
    if not isinstance(zone, str):
        return zone
    if zone in ("UTC", "Z"):
        return _UTC
    if zone[:1] in ("+", "-") and zone[1:3].isdigit():
        return datetime.datetime.fromisoformat(f"2000-01-01T00:00{zone}").tzinfo or _UTC
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"origin: the dates are in the zone {zone!r}, which is not known here") from error


def _offset(seconds: Fraction, zone: datetime.tzinfo, *, local: bool) -> int | Fraction:
    """How much later than in UTC it is there, at a date in UTC or on the clocks there."""
    try:
        date = _EPOCH + datetime.timedelta(seconds=math.floor(seconds))
        date = date.replace(tzinfo=zone) if local else date.replace(tzinfo=_UTC).astimezone(zone)
    except OverflowError as error:
        raise ValueError(f"origin: {text_of(seconds)} is too far away for the zone {zone}") from error
    return of_timedelta(date.utcoffset() or datetime.timedelta())
