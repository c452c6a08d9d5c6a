"""Records of invocations that go to disk while the simulation runs, so many at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wrench_serverless._columns import Column, LazyColumn


class RowStream:
    """Takes columns of rows, and writes each lot to a Parquet file of its own: each is whole, whatever comes after."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder) / "invocations"
        self.folder.mkdir(parents=True, exist_ok=True)
        if any(self.folder.iterdir()):
            raise FileExistsError(f"records_to: {self.folder} is not empty: give a new folder for each simulation")
        self._parts = 0

    def __call__(self, columns: Mapping[str, Column]) -> None:
        """Write the rows."""
        pq.write_table(pa.table(dict(columns)), self.folder / f"part-{self._parts:05}.parquet")
        self._parts += 1

    def columns(self, empty: Mapping[str, Column]) -> dict[str, LazyColumn]:
        """All rows so far: for each column of `empty`, what reads it from disk."""
        parts = [self.folder / f"part-{part:05}.parquet" for part in range(self._parts)]

        def rows_of(part: Path) -> int:
            return int(pq.read_metadata(part).num_rows)

        def column(name: str) -> LazyColumn:
            def read(first: list[Path]) -> Column:
                return np.concatenate(
                    [empty[name], *(pq.read_table(part, columns=[name])[name].to_numpy() for part in first)]
                )

            def head(count: int) -> Column:
                needed, rows = 0, len(empty[name])
                while needed < len(parts) and rows < count:
                    rows += rows_of(parts[needed])
                    needed += 1
                return read(parts[:needed])[:count]

            return LazyColumn(lambda: read(parts), head, lambda: len(empty[name]) + sum(map(rows_of, parts)))

        return {name: column(name) for name in empty}
