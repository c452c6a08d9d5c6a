"""Workloads: calls at given dates, with their values, as NumPy columns."""

from __future__ import annotations

import datetime
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wrench_serverless import _arguments, _columns, _core
from wrench_serverless._dates import Origin
from wrench_serverless._fibres import Seconds, attach

if TYPE_CHECKING:
    from wrench_serverless._call_log import Unit
    from wrench_serverless._core import FunctionManager, RegisteredFunction, Replay

# Numbers, timedeltas or dates: an array of NumPy's, Arrow's, pandas' or Polars', or a list, also of datetime objects.
Times = npt.ArrayLike | Sequence[datetime.date] | Sequence[datetime.timedelta] | Any
# A constant, a column, or what draws so many values from a generator.
Values = Times | Callable[[np.random.Generator, int], Times]


_FUNCTIONS = "a RegisteredFunction, from register_function, or a list of them"
_MOST = 2**32 - 1  # calls of a workload: rows are counted with 32 bits


class Workload:
    """Calls at given times, whatever becomes of the calls before (open loop).

    Args:
        functions: The function that is called, or several.
        times: Seconds from the start of the replay, at most 9.0e9, in any order; one entry for each call. Numbers;
            timedeltas (datetime.timedelta, timedelta64, Arrow's and pandas' types) of any unit; or dates (datetime,
            datetime64, Arrow's and pandas' types) of any unit, with or without a zone, which need an `origin`. Times
            are subtracted exactly, and rounded once.
        values: One column for each step of the profile that has no value of its own (seconds, flops or bytes), as long
            as `times`: numbers; where they are seconds, timedeltas too. For a body: its input, a float, or a tuple of
            floats if there are several columns.
        which: For several functions: for each call the index of its function.
        origin: What counts as 0 s. "first": the earliest call. "midnight": the one before, in the zone of the times, or
            else of UTC. A date, as a datetime, a datetime64, or a text in ISO form; without a zone it is on the clock
            of the times, and numbers count from 1970 then. A number of seconds; for dates only 0, which is 1970. None:
            times are no dates, and are taken as they are.

    Columns of float64 are not copied, and must not change while they are replayed. Raises TypeError and ValueError that
    name the column, the index and the value.
    """

    def __init__(
        self,
        functions: RegisteredFunction | Sequence[RegisteredFunction],
        times: Times,
        *values: Times,
        which: npt.ArrayLike | None = None,
        origin: Origin = None,
    ) -> None:
        self.functions = _functions(functions)
        self.times = _columns.times("times", times, origin)
        names = _value_names(len(values))
        self.values = tuple(
            _columns.numbers(name, column, len(self.times), _units(self.functions, place))
            for place, (name, column) in enumerate(zip(names, values, strict=True))
        )
        self.which = None
        if which is not None:
            self.which = _columns.indices("which", which, len(self.times), len(self.functions), "functions")
        elif len(self.functions) != 1:
            raise ValueError(f"which is missing: it says for each call which of the {len(self.functions)} functions")

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        return f"<Workload of {len(self)} calls of {len(self.functions)} functions>"

    @classmethod
    def poisson(
        cls,
        functions: RegisteredFunction | Sequence[RegisteredFunction],
        rate: float,
        *values: Values,
        count: int | None = None,
        until: Seconds | None = None,
        weights: npt.ArrayLike | None = None,
        seed: int = 0,
    ) -> Workload:
        """Make a Poisson process of `rate` calls a second: `count` calls, or those before the date `until` (s).

        Each of `values` is a constant (a number, or a text such as "250ms", "2Gf" or "3MB"), a column, or a function
        `(generator, n) -> column`, for example `lambda rng, n: rng.lognormal(-1, 1, n)`. Each call is of one of the
        functions, drawn by `weights` (default: all alike). The same seed gives the same workload. Raises ValueError and
        TypeError that name the argument.
        """
        several = _functions(functions)
        rate = _arguments.number(rate, "rate", "calls per second, finite and > 0", above=0)
        rng = np.random.default_rng(_arguments.count(seed, "seed", "a whole number", end=2**64))
        times = _poisson_times(rng, rate, count, until)
        which = None
        if not isinstance(functions, _core.RegisteredFunction):
            which = rng.choice(len(several), len(times), p=_shares(weights, len(several)))
        elif weights is not None:
            raise ValueError(f"weights is {_arguments.shown(weights)}: there is only one function to draw from")
        names = _value_names(len(values))
        columns = [
            _drawn(name, value, rng, len(times), _units(several, place))
            for place, (name, value) in enumerate(zip(names, values, strict=True))
        ]
        return cls(several, times, *columns, which=which)

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        functions: RegisteredFunction | Mapping[str, RegisteredFunction],
        *,
        time: str = "time",
        function: str = "function",
        values: Sequence[str] = ("duration",),
        unit: Unit = "s",
        units: Mapping[str, Unit | None] | None = None,
        origin: Origin = None,
        end_time: str | None = None,
    ) -> Workload:
        """Read a log of calls: a CSV file with a header, in UTF-8, which may be compressed (.gz, .bz2, .zst).

        Args:
            path: A file. Pipes and devices are refused.
            functions: The only one, or those of each name. Names are texts, always: "7", "007" and "7.0" are three.
            time: The column of times: numbers, or ISO dates with any number of digits ("2024-05-31T12:00:00.25+02:00",
                "2024-05-31 12:00", with a zone or without). Both are read exactly.
            function: The column of the names of functions. Not read if there is only one function.
            values: The columns of values, as those of a Workload.
            unit: Of numbers in the column of times, and of values that are durations: those of `Sleep` steps, and all
                values for a body. "s", "ms", "us" or "ns".
            units: Of columns that differ: `{"duration": "s", "size": None}`; None: the numbers are taken as they are.
            origin: What counts as 0 s, as for a Workload; a number is in the unit of the column, and 0 takes times as
                they are. None: the first call has to be within a day of 0, and there are no dates.
            end_time: Times are those of the ends of calls, in the column of this name. A call starts its first duration
                before. `time` is not read.

        Raises FileNotFoundError, and ValueError that names file, row (from 1, after the header), column and text.
        """
        from wrench_serverless import _call_log  # what reads files takes long to import

        one = isinstance(functions, _core.RegisteredFunction)
        named = {"": functions} if isinstance(functions, _core.RegisteredFunction) else _named(functions)
        _arguments.one(time, str, "time", "the name of a column")
        _arguments.one(function, str, "function", "the name of a column")
        _arguments.one("" if end_time is None else end_time, str, "end_time", "the name of a column")
        layout = _call_log.Layout(
            time if end_time is None else end_time,
            end_time is not None,
            _arguments.several(values, str, "values", "names of columns"),
            None if one else function,
            unit,
            {} if units is None else units,
        )
        steps = [each.function._open_units for each in named.values()]
        calls = _call_log.read(path, layout, list(named), steps, origin)
        return cls(tuple(named.values()), calls.times, *calls.values, which=calls.which)


def _functions(functions: Any) -> tuple[RegisteredFunction, ...]:
    if isinstance(functions, _core.RegisteredFunction):
        return (functions,)
    if isinstance(functions, (str, bytes, Mapping)) or not isinstance(functions, Iterable):
        raise TypeError(f"functions: give {_FUNCTIONS}, not {_arguments.shown(functions)}")
    several = tuple(functions)
    if not several:
        raise ValueError(f"functions is empty: give {_FUNCTIONS}")
    for place, function in enumerate(several):
        if not isinstance(function, _core.RegisteredFunction):
            kind = _arguments.name_of_type(function)
            raise TypeError(f"functions: number {place} is {_arguments.shown(function)}: give {_FUNCTIONS}, not {kind}")
    return several


def _named(functions: Mapping[str, RegisteredFunction]) -> dict[str, RegisteredFunction]:
    if not isinstance(functions, Mapping):
        raise TypeError(
            "functions: give the only RegisteredFunction, or a dictionary of them by name, not "
            f"{_arguments.shown(functions)}"
        )
    for name, function in functions.items():
        if not isinstance(name, str):
            raise TypeError(f"functions has the name {_arguments.shown(name)}: names are texts, as in the file")
        if not isinstance(function, _core.RegisteredFunction):
            raise TypeError(
                f"functions[{_arguments.shown(name)}] is {_arguments.shown(function)}: give what register_function "
                "returned"
            )
    if not functions:
        raise ValueError("functions is empty: give a dictionary of at least one RegisteredFunction by name")
    return dict(functions)


def _poisson_times(
    rng: np.random.Generator, rate: float, count: int | None, until: Seconds | None
) -> npt.NDArray[np.float64]:
    if (count is None) == (until is None):
        raise ValueError("count, until: give one of the two")
    if count is not None:
        return np.cumsum(rng.exponential(1 / rate, _arguments.count(count, "count", "a whole number", end=_MOST + 1)))
    end = _core.to_seconds(until, "until")  # type: ignore[arg-type]
    if end * rate > _MOST / 2:
        raise ValueError(
            f"until is {_arguments.shown(until)}: at {rate:g} calls a second, more than {_MOST // 2} are too many"
        )
    return np.sort(rng.uniform(0, end, rng.poisson(rate * end)))


def _shares(weights: npt.ArrayLike | None, count: int) -> npt.NDArray[np.float64]:
    if weights is None:
        return np.full(count, 1 / count)
    column = _columns.read("weights", weights)
    shares: npt.NDArray[np.float64] = _columns.to_floats(column) if isinstance(column, np.ndarray) else np.empty(0)
    total = shares.sum()
    if len(shares) != count or (shares < 0).any() or not 0 < total < np.inf:
        raise ValueError(f"weights: give {count} numbers >= 0, not all 0, not {_arguments.shown(weights)}")
    shares = shares / total
    return shares


def _value_names(count: int) -> list[str]:
    return ["durations"] if count == 1 else [f"values[{index}]" for index in range(count)]


def _units(functions: Iterable[RegisteredFunction], place: int) -> frozenset[str]:
    """What they take in that column of values; the input of a body counts as seconds."""
    taken = [function.function._open_units for function in functions]
    return frozenset(
        "seconds" if units is None else units[place] for units in taken if units is None or place < len(units)
    )


_READERS = {"seconds": _core.to_seconds, "flops": _core.to_flops, "bytes": _core.to_bytes}


def _drawn(name: str, values: Values, rng: np.random.Generator, count: int, units: frozenset[str]) -> Times:
    if callable(values):
        return values(rng, count)
    if isinstance(values, str) and len(units) == 1:
        return np.full(count, float(_READERS[next(iter(units))](values, name)))
    if _arguments.is_number(values):
        return np.full(count, _arguments.number(values, name, "a number >= 0, finite"))
    return values


def _names(functions: Sequence[RegisteredFunction]) -> str:
    return ", ".join(repr(function.name) for function in functions)


def _replay(self: FunctionManager, workload: Workload | Iterable[Workload]) -> Replay:
    """Make all calls of the workload, each at its time from now. Does not block; can be waited for (R36).

    It works outside controllers too, and the simulation lasts until all calls have ended. An iterable gives the
    parts of a workload, in order of time: each is fetched when the one before has been called, so that a workload may
    be larger than memory. Their arrays are read while the replay runs: don't change them.
    """
    if isinstance(workload, (str, bytes)) or not isinstance(workload, (Workload, Iterable)):
        raise TypeError(f"workload: give a Workload, or an iterable of them, not {_arguments.name_of_type(workload)}")
    parts: Iterator[Any] = iter((workload,) if isinstance(workload, Workload) else workload)
    numbers = itertools.count()
    functions: tuple[RegisteredFunction, ...] | None = None

    def following() -> tuple[Any, ...] | None:
        nonlocal functions
        try:
            part = next(parts)
        except StopIteration:
            return None
        number = next(numbers)
        if not isinstance(part, Workload):
            raise TypeError(
                f"workload: give a Workload, or an iterable of them; part {number} is {_arguments.name_of_type(part)}"
            )
        if functions is not None and part.functions != functions:
            raise ValueError(
                f"workload: part {number} has other functions than the parts before: {_names(part.functions)} instead "
                f"of {_names(functions)}. Give all parts the same ones; `which` says whose the calls are"
            )
        functions = part.functions
        return list(part.functions), part.times, list(part.values), part.which

    return _core.start_replay(self, following)


attach(_core.FunctionManager, replay=_replay)
