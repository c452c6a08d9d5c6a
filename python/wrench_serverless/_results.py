"""What a simulation leaves behind: tables of NumPy columns, a summary, and files to keep them in."""

from __future__ import annotations

import html
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from wrench_serverless import _core, _extras, _older_saves, _printing, _saving
from wrench_serverless._lazy import AnyColumn, Column, LazyColumn

if TYPE_CHECKING:
    import pandas
    import polars

    from wrench_serverless._row_stream import RowStream

_STATES = tuple(state.name for state in _core.InvocationState)
_CONTAINER_ENDS = ("ALIVE", "EXPIRED", "EVICTED", "FAILED", "SCALED_DOWN")
_TABLES = ("invocations", "containers", "transfers")
_HEAD = 10  # rows of a table that print


class Table(Mapping[str, Column]):
    """Named columns of equal length, as read-only NumPy arrays that share the core's memory.

    Columns of codes (function, state …) have their names in `categories`: `categories["state"][code]`.
    """

    def __init__(
        self,
        columns: Mapping[str, AnyColumn],
        categories: Mapping[str, Sequence[str]],
        slot_use: _core.SlotUse | None = None,
    ) -> None:
        self._columns: dict[str, AnyColumn] = dict(columns)
        self._slot_use = slot_use  # for `draw_overview`, which took this table alone
        self.categories = {name: tuple(values) for name, values in categories.items() if name in self._columns}

    def __getitem__(self, name: str) -> Column:
        try:
            column = self._columns[name]
        except KeyError:
            raise KeyError(f"{name!r} is no column: there are {', '.join(self._columns)}") from None
        if isinstance(column, LazyColumn):
            column = self._columns[name] = column.read()
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        first = next(iter(self._columns))
        lazy = self._columns[first]
        return lazy.size() if isinstance(lazy, LazyColumn) else len(lazy)

    def _first(self, name: str, count: int) -> Column:
        """The first rows of a column. Of one that is on disk, the rest is not read."""
        lazy = self._columns.get(name)
        return lazy.head(count) if isinstance(lazy, LazyColumn) else self[name][:count]

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
        """As a pandas frame, codes as categories. Raises ModuleNotFoundError where pandas is missing."""
        _extras.need("pandas", "to_pandas()")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """As a polars frame, codes as categories. Raises ModuleNotFoundError where polars is missing."""
        _extras.need("polars", "to_polars()")
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def _head(self) -> list[list[str]]:
        """The first rows as they print."""
        count = min(self.row_count, _HEAD)
        columns = [self._printed(name, count) for name in self]
        return [list(row) for row in zip(*columns, strict=True)]

    def _printed(self, name: str, count: int) -> list[str]:
        values = self._first(name, count).tolist()
        if name in self.categories:
            names = self.categories[name]
            values = [names[code] if 0 <= code < len(names) else None for code in values]
        return [_printing.cell(value) for value in values]

    def __repr__(self) -> str:
        return f"Table of {self.row_count:,} rows\n" + _printing.text_table(list(self), self._head(), self.row_count)

    def _repr_html_(self) -> str:
        rows = self._head()
        more = "" if self.row_count == len(rows) else f", of which these are the first {len(rows)}"
        return _printing.html_table(list(self), rows, f"Table of {self.row_count:,} rows{more}")


class Summary(Mapping[str, float]):
    """The main figures by name; prints as a table. Times in seconds; NaN, printed –: there was nothing to measure.

    `simulated_time`; counts of `invocations`, and of these the `queued`, `starting`, `running`, `completed`, `failed`,
    `timed_out` and `refused` ones; `cold_starts`, those that at their last attempt waited for any part of a container's
    start, whoever that was started for, and `cold_share`, their share of those that a container took; `containers`
    that started. `latency_mean`, `_p50`, `_p95`, `_p99` and `_max`: from the call to the end, of those whose body
    started; `waiting_mean` and so on: from the call to the body.

    `utilisation`: the share of all slots that was held, from the claim of a container, or the moment that an idle one
    took a call, to the end of the call (R28); `body_utilisation`: the share in which a body ran, those of a shared
    container once. Both over the time from the first call to the last end.

    `billed`, `idle`, `provisioned`: memory that was billed, that containers without a body held, and that provisioned
    ones did, GB-s; `transferred`: GB; `cost`, if a provider's `billing` asks for anything.

    `failures` has counts of those that failed, timed out or were refused, by reason: the name of the exception's type.
    """

    def __init__(self, lines: Sequence[tuple[str, float, str]], failures: Mapping[str, int] | None = None) -> None:
        self._lines = {name: (value, unit) for name, value, unit in lines}
        self.failures: Mapping[str, int] = MappingProxyType(dict(failures or {}))

    def __getitem__(self, name: str) -> float:
        if name not in self._lines and (new := str(name).replace(" ", "_")) in self._lines:
            warnings.warn(f"{name!r} is now {new!r}; the old name will go", DeprecationWarning, stacklevel=2)
            name = new
        try:
            return self._lines[name][0]
        except KeyError:
            raise KeyError(f"{name!r} is no figure of a summary: there are {', '.join(self._lines)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        for name, (value, unit) in self._lines.items():
            yield name, _text(name, value), "" if np.isnan(value) else unit
            if name == "refused":  # the last of the states
                for reason, count in self.failures.items():
                    yield f"  {reason}", str(count), ""

    def __str__(self) -> str:
        rows = list(self._rows())
        width = max(len(name) for name, _, _ in rows)
        return "\n".join(f"{name:<{width}}  {text:>12} {unit}".rstrip() for name, text, unit in rows)

    def __repr__(self) -> str:
        return f"<Summary\n{self}\n>"

    def _repr_html_(self) -> str:
        return _printing.html_table((), self._rows(), "Summary")


def _text(name: str, value: float) -> str:
    if name in ("cold_share", "utilisation", "body_utilisation"):
        return _printing.percentage(value)
    if np.isnan(value):
        return _printing.NOTHING
    if name == "cost":
        return f"{value:.4g}"
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e12 else f"{value:.4f}"


def _costs(table: Callable[[], Table], billing: Sequence[_core.Billing]) -> LazyColumn:
    """What each invocation costs, by other columns of the table that this one becomes a part of."""
    needed = ("provider", "node", "memory", "billed_seconds")

    def read() -> Column:
        provider, node, memory, seconds = (table()[name] for name in needed)
        return _core.costs(provider, node, memory, seconds, billing)

    def head(count: int) -> Column:
        provider, node, memory, seconds = (table()._first(name, count) for name in needed)
        return _core.costs(provider, node, memory, seconds, billing)

    return LazyColumn(read, head, lambda: table().row_count)


class Results:
    """The records of a simulation. Immutable, and independent of the simulation that made them.

    `invocations`: one row each, in order of the calls: id function provider node state cold attempts failure requested
    admitted assigned started ended memory billed_seconds cost. `containers`: who lived when and where, and why it
    ended. `transfers`: what moved, from, to, bytes, start, end. Times in simulated seconds (NaN: it never happened),
    sizes in bytes.

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
        self.failure_names = tuple(core.failure_names)
        self._lines: list[tuple[str, float, str]] = core.summary()
        self._failures = core.failures()
        self._slot_use: _core.SlotUse | None = core.slot_use
        self.statistics: _core.Statistics | None = core.statistics
        rows: Mapping[str, AnyColumn] = core.invocations if stream is None else stream.columns(core.invocations)
        cost = _costs(lambda: self.invocations, core.billing)
        self._make_tables({**rows, "cost": cost}, core.containers, core.transfers)

    def _make_tables(
        self,
        invocations: Mapping[str, AnyColumn],
        containers: Mapping[str, AnyColumn],
        transfers: Mapping[str, AnyColumn],
    ) -> None:
        places = {"function": self.function_names, "provider": self.provider_names, "node": self.node_names}
        self.invocations = Table(
            invocations, {**places, "state": _STATES, "failure": self.failure_names}, self._slot_use
        )
        self.containers = Table(containers, {**places, "reason": _CONTAINER_ENDS})
        self.transfers = Table(transfers, {})

    def summary(self) -> Summary:
        """Counts by state, why calls failed, cold share, latency and waiting (s), utilisation, GB-s: see `Summary`."""
        return Summary(self._lines, self._failures)

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
            "format": _saving.FORMAT,
            "function_names": self.function_names,
            "provider_names": self.provider_names,
            "node_names": self.node_names,
            "node_slots": self.node_slots,
            "failure_names": self.failure_names,
            "now": self.now,
            "seed": self.seed,
            "summary": self._lines,
            "failures": self._failures,
            "slot_use": None if self._slot_use is None else self._slot_use.__getstate__(),
            "statistics": None if self.statistics is None else self.statistics.__getstate__(),
        }

    def _restore(self, facts: Mapping[str, Any], tables: Sequence[Mapping[str, AnyColumn]]) -> None:
        if facts["format"] == 1:
            facts, tables = _older_saves.upgrade(facts, tables)
        self.function_names = tuple(facts["function_names"])
        self.provider_names = tuple(facts["provider_names"])
        self.node_names = tuple(facts["node_names"])
        self.node_slots = tuple(facts["node_slots"])
        self.now = facts["now"]
        self.seed = facts["seed"]
        self.failure_names = tuple(facts["failure_names"])
        self._lines = [(name, float(value), unit) for name, value, unit in facts["summary"]]
        self._failures = dict(facts["failures"])
        self._slot_use = None
        if (use := facts["slot_use"]) is not None:  # else an earlier version did not measure it
            self._slot_use = _core.SlotUse.__new__(_core.SlotUse)
            self._slot_use.__setstate__(use)
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
        return f"{self._title()}\n{self.summary()}\n{self._contents()}"

    def _repr_html_(self) -> str:
        return (
            f"<p>{html.escape(self._title())}</p>{self.summary()._repr_html_()}<p>{html.escape(self._contents())}</p>"
        )

    def __str__(self) -> str:
        return f"<{self._title()}>"

    def _title(self) -> str:
        count = self._lines[1][1]  # also of those that have no row
        return f"Results of {count:.0f} invocations in {self.now:g} s"

    def _contents(self) -> str:
        tables = (f"{name}: {getattr(self, name).row_count:,}" for name in _TABLES)
        return f"Rows of {', '.join(tables)}"


def load_results(folder: str | os.PathLike[str]) -> Results:
    """Read what `Results.save` wrote, or a simulation with records="parquet".

    Raises FileNotFoundError, and ValueError for another format, or files that don't belong together.
    """
    source = Path(folder)
    facts = _saving.load_facts(source)
    tables = {name: dict(_saving.load_table(source, name, facts)) for name in _TABLES}
    results = Results.__new__(Results)
    if (billing := _saving.load_billing(facts)) is not None:
        tables["invocations"]["cost"] = _costs(lambda: results.invocations, billing)
    results._restore(facts, list(tables.values()))
    return results
