"""What a simulation leaves behind: tables of NumPy columns, a summary, and files to keep them in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from wrench_serverless import _core, _saving

if TYPE_CHECKING:
    import pandas
    import polars

    from wrench_serverless._row_stream import RowStream

Column = np.ndarray[Any, np.dtype[Any]]
AnyColumn = Column | Callable[[], Column]  # the latter: computed when somebody looks

_STATES = tuple(state.name for state in _core.InvocationState)
_CONTAINER_ENDS = ("ALIVE", "EXPIRED", "EVICTED", "FAILED", "SCALED_DOWN")
_TABLES = ("invocations", "containers", "transfers")


class Table(Mapping[str, Column]):
    """Named columns of equal length, as read-only NumPy arrays that share the core's memory.

    Columns of codes (function, state …) have their names in `categories`: `categories["state"][code]`.
    """

    def __init__(self, columns: Mapping[str, AnyColumn], categories: Mapping[str, Sequence[str]]) -> None:
        self._columns = dict(columns)
        self.categories = {name: tuple(values) for name, values in categories.items() if name in self._columns}

    def __getitem__(self, name: str) -> Column:
        try:
            column = self._columns[name]
        except KeyError:
            raise KeyError(f"{name!r} is no column: there are {', '.join(self._columns)}") from None
        if callable(column):
            column = self._columns[name] = column()
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self[next(iter(self._columns))])

    def names(self, column: str) -> Column:
        """A column of codes as names, None for codes below 0."""
        values = np.array([*self.categories[column], None], dtype=object)
        codes = self[column].astype(np.int64)
        return values[np.where(codes < 0, len(values) - 1, codes)]

    def to_arrow(self) -> pa.Table:
        """As an Arrow table, without copies where the memory allows it; codes as dictionaries of their names."""
        return pa.table({name: self._arrow_column(name) for name in self})

    def _arrow_column(self, name: str) -> pa.Array:
        column = self[name]
        if name not in self.categories:
            return pa.array(column, type=pa.string() if column.dtype == object else None)
        codes = column.astype(np.int32)
        indices = pa.array(codes, mask=codes < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self.categories[name], type=pa.string()))

    def to_pandas(self) -> pandas.DataFrame:
        """As a pandas frame, codes as categories. Needs pandas."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """As a polars frame, codes as categories. Needs polars."""
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def __repr__(self) -> str:
        return f"<Table of {self.row_count} rows: {', '.join(self)}>"


class Summary(Mapping[str, float]):
    """The main figures by name; prints as a table. Times in seconds; NaN where there was nothing to measure."""

    def __init__(self, lines: Sequence[tuple[str, float, str]]) -> None:
        self._lines = {name: (value, unit) for name, value, unit in lines}

    def __getitem__(self, name: str) -> float:
        return self._lines[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __str__(self) -> str:
        width = max(map(len, self))
        return "\n".join(
            f"{name:<{width}}  {_text(name, value):>12} {unit}".rstrip()
            for name, (value, unit) in self._lines.items()
            if not np.isnan(value)
        )

    def __repr__(self) -> str:
        return f"<Summary\n{self}\n>"


def _text(name: str, value: float) -> str:
    if name in ("cold share", "utilisation"):
        return f"{100 * value:.1f} %"
    if name == "cost":
        return f"{value:.4g}"
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e12 else f"{value:.4f}"


def _costs(invocations: Table, billing: Sequence[_core.Billing]) -> Column:
    """What each invocation costs."""
    provider, node, memory, seconds = map(invocations.__getitem__, ("provider", "node", "memory", "billed_seconds"))
    return _core.costs(provider, node, memory, seconds, billing)


class Results:
    """The records of a simulation. Immutable, and independent of the simulation that made them.

    `invocations`: one row each, in order of the calls: id function provider node state cold attempts requested admitted
    assigned started ended memory billed_seconds cost. `containers`: who lived when and where, and why it ended.
    `transfers`: what moved, from, to, bytes, start, end. Times in simulated seconds (NaN: it never happened), sizes in
    bytes.

    Where not all invocations are recorded, `statistics` has counts and distributions of all of them, the summary comes
    from there, and the rows of `invocations` are in order of their ends.
    """

    def __init__(self, core: _core.Results, stream: RowStream | None = None) -> None:
        self.function_names = tuple(core.function_names)
        self.provider_names = tuple(core.provider_names)
        self.node_names = tuple(core.node_names)
        self.node_slots = tuple(core.node_slots)
        self.now = core.now
        self.seed = core.seed
        self._lines: list[tuple[str, float, str]] = core.summary()
        self.statistics: _core.Statistics | None = core.statistics
        rows: Mapping[str, AnyColumn] = core.invocations if stream is None else stream.columns(core.invocations)
        billing = core.billing
        cost = {"cost": lambda: _costs(self.invocations, billing)}
        self._make_tables({**rows, **cost}, core.containers, core.transfers)

    def _make_tables(
        self,
        invocations: Mapping[str, AnyColumn],
        containers: Mapping[str, AnyColumn],
        transfers: Mapping[str, AnyColumn],
    ) -> None:
        places = {"function": self.function_names, "provider": self.provider_names, "node": self.node_names}
        self.invocations = Table(invocations, {**places, "state": _STATES})
        self.containers = Table(containers, {**places, "reason": _CONTAINER_ENDS})
        self.transfers = Table(transfers, {})

    def summary(self) -> Summary:
        """Counts by state, cold share, latency and waiting (mean, p50, p95, p99, max; s), utilisation, GB-s."""
        return Summary(self._lines)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the tables as Parquet, and everything else as JSON, into a folder; `load_results` reads them back.

        What was saved there before stays until all of it is written: a disk that is full changes nothing.
        """
        tables = {name: getattr(self, name) for name in _TABLES}
        _saving.save(Path(folder), tables, self._facts())

    def _save_beside_rows(self, folder: Path, rows: Mapping[str, Any], before: str) -> str:
        """The same where the rows of invocations are in files already. Gives what to give as `before` the next time."""
        tables = {name: getattr(self, name) for name in _TABLES[1:]}
        return _saving.save(folder, tables, {**self._facts(), "rows": rows}, before)

    def _facts(self) -> dict[str, Any]:
        """Everything but the tables."""
        return {
            "function_names": self.function_names,
            "provider_names": self.provider_names,
            "node_names": self.node_names,
            "node_slots": self.node_slots,
            "now": self.now,
            "seed": self.seed,
            "summary": self._lines,
            "statistics": None if self.statistics is None else self.statistics.__getstate__(),
        }

    def _restore(self, facts: Mapping[str, Any], tables: Iterable[Mapping[str, AnyColumn]]) -> None:
        self.function_names = tuple(facts["function_names"])
        self.provider_names = tuple(facts["provider_names"])
        self.node_names = tuple(facts["node_names"])
        self.node_slots = tuple(facts["node_slots"])
        self.now = facts["now"]
        self.seed = facts["seed"]
        self._lines = [(name, float(value), unit) for name, value, unit in facts["summary"]]
        self.statistics = None
        if (state := facts.get("statistics")) is not None:  # else it has none, or comes from an earlier version
            self.statistics = _core.Statistics.__new__(_core.Statistics)
            self.statistics.__setstate__(state)
        self._make_tables(*tables)

    def __getstate__(self) -> dict[str, Any]:
        """For pickle: results may come back from other processes."""
        tables = (self.invocations, self.containers, self.transfers)
        return {"facts": self._facts(), "tables": [dict(table) for table in tables]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._restore(state["facts"], state["tables"])

    def __repr__(self) -> str:
        return f"<Results of {self.invocations.row_count} invocations in {self.now:g} s>"


def load_results(folder: str | os.PathLike[str]) -> Results:
    """Read what `Results.save` wrote, or a simulation with records="parquet".

    Raises FileNotFoundError, and ValueError for another format, or files that don't belong together.
    """
    source = Path(folder)
    facts = _saving.load_facts(source)
    tables = {name: dict(_saving.load_table(source, name, facts)) for name in _TABLES}
    results = Results.__new__(Results)
    if (billing := _saving.load_billing(facts)) is not None:
        tables["invocations"]["cost"] = lambda: _costs(results.invocations, billing)
    results._restore(facts, tables.values())
    return results
