"""Records of invocations that go to disk while the simulation runs, so many at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Column = np.ndarray[Any, np.dtype[Any]]


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

    def columns(self, empty: Mapping[str, Column]) -> dict[str, Callable[[], Column]]:
        """All rows so far: for each column of `empty`, what reads it from disk."""
        parts = [self.folder / f"part-{part:05}.parquet" for part in range(self._parts)]

        def reader(name: str) -> Callable[[], Column]:
            return lambda: np.concatenate(
                [empty[name], *(pq.read_table(part, columns=[name])[name].to_numpy() for part in parts)]
            )

        return {name: reader(name) for name in empty}
