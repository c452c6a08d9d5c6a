"""Workloads: calls at given dates, with their values, as NumPy columns."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wrench_serverless import _arguments, _core
from wrench_serverless._fibres import attach

if TYPE_CHECKING:
    from wrench_serverless._core import FunctionManager, RegisteredFunction, Replay

Column = npt.NDArray[np.float64]
# A constant, an array, or what draws so many values from a generator.
Values = float | npt.ArrayLike | Callable[[np.random.Generator, int], npt.ArrayLike]


class Workload:
    """Calls at given times, whatever becomes of the calls before (open loop).

    Args:
        functions: The function that is called, or several.
        times: Seconds from the start of the replay, float64, in any order.
        values: One column for each step of the profile that has no value of its own (seconds, flops or bytes), as long
            as `times`. For a body: its input, a float, or a tuple of floats if there are several columns.
        which: For several functions: for each call the index of its function.

    Raises ValueError that names the column, the index and the value.
    """

    def __init__(
        self,
        functions: RegisteredFunction | Sequence[RegisteredFunction],
        times: npt.ArrayLike,
        *values: npt.ArrayLike,
        which: npt.ArrayLike | None = None,
    ) -> None:
        self.functions = (functions,) if isinstance(functions, _core.RegisteredFunction) else tuple(functions)
        for function in self.functions:
            if not isinstance(function, _core.RegisteredFunction):
                raise TypeError(f"functions: give what register_function returned, not {type(function).__name__}")
        self.times = _column("times", times, None)
        names = ["durations"] if len(values) == 1 else [f"values[{index}]" for index in range(len(values))]
        self.values = tuple(_column(name, column, len(self.times)) for name, column in zip(names, values, strict=True))
        self.which = None if which is None else _indices(which, len(self.times), len(self.functions))
        if self.which is None and len(self.functions) != 1:
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
        until: float | None = None,
        weights: npt.ArrayLike | None = None,
        seed: int = 0,
    ) -> Workload:
        """Make a Poisson process of `rate` calls a second: `count` calls, or those before the date `until` (s).

        Each of `values` is a constant, an array, or a function `(generator, n) -> array`, for example
        `lambda rng, n: rng.lognormal(-1, 1, n)`. Each call is of one of the functions, drawn by `weights` (default:
        all alike). The same seed gives the same workload.
        """
        if not (rate > 0 and np.isfinite(rate)):
            raise ValueError(f"rate is {rate}: it must be calls per second, finite and > 0")
        if (count is None) == (until is None):
            raise ValueError("count, until: give one of the two")
        rng = np.random.default_rng(seed)
        if count is not None:
            times = np.cumsum(rng.exponential(1 / rate, count))
        else:
            assert until is not None
            times = np.sort(rng.uniform(0, until, rng.poisson(rate * until)))
        several = () if isinstance(functions, _core.RegisteredFunction) else tuple(functions)
        which = None
        if several:
            shares = np.ones(len(several)) if weights is None else np.asarray(weights, dtype=float)
            if shares.shape != (len(several),) or not np.all(shares >= 0) or not shares.sum() > 0:
                raise ValueError(f"weights: give {len(several)} numbers >= 0, not all 0")
            which = rng.choice(len(several), len(times), p=shares / shares.sum())
        columns = [_drawn(value, rng, len(times)) for value in values]
        return cls(functions, times, *columns, which=which)

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike[str],
        functions: RegisteredFunction | Mapping[str, RegisteredFunction],
        *,
        time: str = "time",
        values: Sequence[str] = ("duration",),
        function: str = "function",
    ) -> Workload:
        """Read a CSV file with a header: a column of times (s), one of each value, and one of names of functions.

        `functions`: the only one, or those of each name. Raises ValueError for a name or a column that is not there.
        """
        import pyarrow.csv

        table = pyarrow.csv.read_csv(os.fspath(path))
        wanted = [time, *values, *([] if isinstance(functions, _core.RegisteredFunction) else [function])]
        for name in wanted:
            if name not in table.column_names:
                raise ValueError(f"{path} has no column '{name}': it has {', '.join(table.column_names)}")
        columns = [table[name].to_numpy() for name in (time, *values)]
        if isinstance(functions, _core.RegisteredFunction):
            return cls(functions, *columns)
        names = table[function].combine_chunks().dictionary_encode()
        known = list(functions)
        codes = []
        for name in map(str, names.dictionary.to_pylist()):
            if name not in functions:
                raise ValueError(f"{path} has calls of '{name}', which is not among functions: {', '.join(known)}")
            codes.append(known.index(name))
        which = np.array(codes, dtype=np.uint32)[names.indices.to_numpy()]
        return cls(tuple(functions.values()), *columns, which=which)


def _column(name: str, values: npt.ArrayLike, length: int | None) -> Column:
    column = np.ascontiguousarray(values, dtype=np.float64)
    if column.ndim != 1:
        raise ValueError(f"{name} has {column.ndim} dimensions: it must have one, an entry for each call")
    if length is not None and len(column) != length:
        raise ValueError(f"{name} has {len(column)} entries, and times has {length}: give one for each call")
    wrong = ~((column >= 0) & (column < np.inf))
    if wrong.any():
        index = int(np.argmax(wrong))
        raise ValueError(f"{name}[{index}] is {column[index]}: it must be finite and >= 0")
    return column


def _indices(which: npt.ArrayLike, length: int, functions: int) -> npt.NDArray[np.uint32]:
    column = np.asarray(which)
    if column.ndim != 1 or len(column) != length:
        raise ValueError(f"which has the shape {column.shape}, and times has {length} entries: give one for each call")
    if length and not np.issubdtype(column.dtype, np.integer):
        raise TypeError(f"which: give whole numbers, not {column.dtype}")
    wrong = (column < 0) | (column >= functions)
    if wrong.any():
        index = int(np.argmax(wrong))
        raise ValueError(f"which[{index}] is {column[index]}: there are {functions} functions")
    return np.ascontiguousarray(column, dtype=np.uint32)


def _drawn(values: Values, rng: np.random.Generator, count: int) -> npt.ArrayLike:
    if callable(values):
        return values(rng, count)
    return np.full(count, float(values)) if np.isscalar(values) else values  # type: ignore[arg-type]


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
