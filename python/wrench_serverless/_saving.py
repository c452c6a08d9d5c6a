"""Results in a folder: a Parquet file for each table, and `results.json` with the rest.

The files of one save carry its digest. So a mixture of two saves, which a process leaves behind that is killed between
two of them, is not taken for results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wrench_serverless import _core
from wrench_serverless._files import write_together
from wrench_serverless._lazy import AnyColumn, Column
from wrench_serverless._row_stream import ROWS, part_paths, read_parts

if TYPE_CHECKING:
    from wrench_serverless._results import Table

FORMAT = 2
_OLDER = (1,)  # that can be read
_FACTS = "results.json"
_DIGEST = b"wrench_serverless.save"
_PRICES = ("per_gb_second", "per_request", "per_second", "per_provisioned_gb_second", "rounding", "minimum", "gigabyte")


def save(folder: Path, tables: Mapping[str, Table], facts: Mapping[str, Any], before: str = "") -> str:
    """Write tables and facts: all of it, or nothing. Gives the digest; `before`: that of what is there already."""
    digest = _digest(tables, json.dumps(facts))
    if digest == before:
        return digest
    writers: dict[str, Callable[[Path], object]] = {
        f"{name}.parquet": _table_writer(table, digest) for name, table in tables.items()
    }
    text = json.dumps({**facts, "save": digest}, indent=1)
    writers[_FACTS] = lambda path: path.write_text(text, encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    write_together(folder, writers)
    return digest


def _digest(tables: Mapping[str, Table], facts: str) -> str:
    """What two saves share only if they are the same."""
    digest = hashlib.blake2b(facts.encode(), digest_size=16)
    for table in tables.values():
        for name, column in table.items():
            digest.update(name.encode())
            texts = column.dtype == object
            digest.update("\0".join(map(str, column)).encode() if texts else np.ascontiguousarray(column).data)
    return digest.hexdigest()


def _table_writer(table: Table, digest: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        columns = {key: pa.array(column, type=_plain(column)) for key, column in table.items()}
        readable = {f"{key}_name": table._arrow_column(key) for key in table.categories}
        arrow = pa.table({**columns, **readable})
        pq.write_table(arrow.replace_schema_metadata({_DIGEST: digest.encode()}), path)

    return write


def _plain(column: Column) -> pa.DataType | None:
    return pa.string() if column.dtype == object else None


def rows_facts(parts: int, columns: Mapping[str, Column], billing: Sequence[_core.Billing]) -> dict[str, Any]:
    """What is to be known of rows that are in so many files, with such columns."""
    return {
        "parts": parts,
        "columns": {name: column.dtype.str for name, column in columns.items()},
        "billing": [{name: getattr(prices, name) for name in _PRICES} for prices in billing],
    }


def load_facts(folder: Path) -> dict[str, Any]:
    """What `results.json` says. Raises FileNotFoundError, and ValueError for another format."""
    path = folder / _FACTS
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        count = len(part_paths(folder / ROWS))
        if count == 0:
            raise
        raise FileNotFoundError(
            f"{path} is missing: it is written when a run ends, or the simulation is closed. The rows of invocations "
            f"up to then are in {count} Parquet files in {folder / ROWS}"
        ) from None
    if facts.get("format") not in (*_OLDER, FORMAT):
        known = " and ".join(map(str, (*_OLDER, FORMAT)))
        raise ValueError(f"{folder}: format {facts.get('format')}; this version reads {known}")
    return facts


def load_table(folder: Path, name: str, facts: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """The columns of a table. Raises FileNotFoundError and ValueError, which say what is missing."""
    if name == ROWS and (rows := facts.get("rows")) is not None:
        return _load_rows(folder, rows)
    path = folder / f"{name}.parquet"
    table = pq.read_table(path)
    digest = (table.schema.metadata or {}).get(_DIGEST, b"").decode()
    if digest != facts.get("save", ""):
        raise ValueError(f"{path} and {folder / _FACTS} are not of one save: the last one was cut off. Save them again")
    return {
        column: table[column].combine_chunks().to_numpy(zero_copy_only=False)
        for column in table.column_names
        if not column.endswith("_name")
    }


def _load_rows(folder: Path, rows: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """Those that were written while the simulation ran."""
    count = rows["parts"]
    found, wanted = part_paths(folder / ROWS), part_paths(folder / ROWS, count)
    if missing := [path.name for path in wanted if path not in found]:
        raise FileNotFoundError(f"{folder / ROWS}: {', '.join(missing)} is missing, of {count} files of rows")
    if len(found) > count:
        raise ValueError(
            f"{folder / _FACTS} was written when there were {count} files of rows, and there are {len(found)}: the "
            f"process ended before it could write the rest. The rows are in the Parquet files in {folder / ROWS}"
        )
    empty = {name: np.empty(0, dtype=dtype) for name, dtype in rows["columns"].items()}
    return empty if count == 0 else read_parts(folder / ROWS, count, empty)


def load_billing(facts: Mapping[str, Any]) -> list[_core.Billing] | None:
    """What each provider asks, if the costs of invocations are still to be worked out."""
    rows = facts.get("rows")
    return None if rows is None else [_core.Billing(**prices) for prices in rows["billing"]]
