"""Times as whole numbers of a unit: they are subtracted and scaled exactly, and rounded once, when floats are made."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_SAFE = 2**62  # the sum of two is an int64 still
_EXACT = 2**53  # whole numbers up to here are floats


class Ticks:
    """A column of `counts * unit`. The counts are int64, or Python's ints (dtype object) where those are too small."""

    __slots__ = ("counts", "unit")

    def __init__(self, counts: npt.NDArray[Any], unit: Fraction) -> None:
        self.counts = counts
        self.unit = unit

    def __len__(self) -> int:
        return len(self.counts)

    def value(self, index: int) -> Fraction:
        return int(self.counts[index]) * self.unit

    def least(self) -> Fraction:
        """The least of them; 0 of none."""
        return int(self.counts.min()) * self.unit if len(self) else Fraction(0)

    def times(self, factor: Fraction) -> Ticks:
        return Ticks(self.counts, self.unit * factor)

    def since(self, origin: Fraction) -> Ticks:
        """How much later than `origin` each is."""
        unit = _common(self.unit, origin) if origin else self.unit
        return Ticks(affine(self.counts, int(self.unit / unit), -int(origin / unit)), unit)

    def plus(self, other: Ticks) -> Ticks:
        """The sums, row by row."""
        unit = _common(self.unit, other.unit)
        mine, others = (affine(each.counts, int(each.unit / unit), 0) for each in (self, other))
        return Ticks(mine + others, unit)  # of int64: both are small enough

    def minus(self, other: Ticks) -> Ticks:
        """The differences, row by row."""
        return self.plus(Ticks(other.counts, -other.unit))

    def take(self, rows: npt.NDArray[np.bool_]) -> Ticks:
        return Ticks(self.counts[rows], self.unit)

    def to_floats(self) -> Floats:
        """Each as the float next to it."""
        counts = affine(self.counts, self.unit.numerator, 0)
        divisor = self.unit.denominator
        if counts.dtype != object and _largest(counts) <= _EXACT and divisor <= 10**22 and float(divisor) == divisor:
            return counts.astype(np.float64) / float(divisor)
        # The division of Python's ints is rounded correctly, that of rounded floats is not.
        return np.array([count / divisor for count in counts.tolist()], dtype=np.float64)


class Spans(Ticks):
    """Of timedeltas: seconds for sure, where other ticks may be numbers of anything."""

    __slots__ = ()


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The largest unit of which both are multiples."""
    return Fraction(
        math.gcd(one.numerator * other.denominator, other.numerator * one.denominator),
        one.denominator * other.denominator,
    )


def _largest(counts: npt.NDArray[Any]) -> int:
    return max(abs(int(counts.min())), abs(int(counts.max()))) if len(counts) else 0


def affine(counts: npt.NDArray[Any], factor: int, offset: int) -> npt.NDArray[Any]:
    """`counts * factor + offset`, without any overflow."""
    if len(counts) == 0 or (factor == 1 and offset == 0 and (counts.dtype == object or _largest(counts) < _SAFE)):
        return counts
    least, most = int(counts.min()), int(counts.max())
    ends = (least * factor + offset, most * factor + offset, (most - least) * factor)
    if counts.dtype != object and most - least < _SAFE and all(abs(end) < _SAFE for end in ends):
        return (counts.astype(np.int64, copy=False) - least) * factor + (least * factor + offset)
    return counts.astype(object) * factor + offset


def decimal_counts(decimals: Any) -> np.ndarray[Any, Any]:
    """The whole numbers of an array of decimal128 without its scale. `decimals` has no nulls."""
    _, words = decimals.buffers()
    pairs = np.frombuffer(words, dtype="<i8").reshape(-1, 2)[decimals.offset : decimals.offset + len(decimals)]
    low, high = pairs[:, 0], pairs[:, 1]
    if np.array_equal(high, low >> 63):
        return np.ascontiguousarray(low, dtype=np.int64)
    scale = decimals.type.scale
    return np.array([int(number.scaleb(scale)) for number in decimals.to_pylist()], dtype=object)
