"""Records of invocations that go to disk while the simulation runs, so many at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wrench_serverless._files import replacing

if TYPE_CHECKING:
    from wrench_serverless import _core

Column = np.ndarray[Any, np.dtype[Any]]
Reader = Callable[[], Column]

ROWS = "invocations"  # the folder of the parts


class RowStream:
    """Takes columns of rows, and writes each lot to a Parquet file of its own: each is whole, whatever comes after."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder) / ROWS
        self.parts = 0
        self._kept = ""
        self._refuse_others()

    def open(self) -> None:
        """Make the folder. Raises FileExistsError if there are records already."""
        self._refuse_others()
        self.folder.mkdir(parents=True, exist_ok=True)

    def _refuse_others(self) -> None:
        saved = self.folder.with_name(f"{ROWS}.parquet").exists()
        if saved or (self.folder.is_dir() and any(self.folder.iterdir())):
            raise FileExistsError(
                f"records_to: {self.folder.parent} has records already: give a new folder for each simulation"
            )

    def __call__(self, columns: Mapping[str, Column]) -> None:
        """Write the rows."""
        with replacing(part_paths(self.folder, self.parts + 1)[-1]) as path:
            pq.write_table(pa.table(dict(columns)), path)
        self.parts += 1

    def keep(self, results: _core.Results) -> None:
        """Write all the rest beside the rows, so that `load_results` can read the folder."""
        from wrench_serverless import _results, _saving

        rows = _saving.rows_facts(self.parts, results.invocations, results.billing)
        self._kept = _results.Results(results, self)._save_beside_rows(self.folder.parent, rows, self._kept)

    def columns(self, here: Mapping[str, Column]) -> Mapping[str, Column | Reader]:
        """All rows so far: those that are on disk, and then those that are still `here`. Read when somebody looks."""
        if self.parts == 0:
            return here
        readers = read_parts(self.folder, self.parts, list(here))
        return {name: _joined(readers[name], here[name]) for name in here}


def part_paths(folder: Path, count: int | None = None) -> list[Path]:
    """The files of rows: those that are there, or so many as they are called."""
    if count is None:
        return sorted(folder.glob("part-*.parquet"))
    return [folder / f"part-{part:05}.parquet" for part in range(count)]


def read_parts(folder: Path, count: int, names: list[str]) -> dict[str, Reader]:
    """For each column, what reads it from the first files of rows; there is one at least."""
    paths = part_paths(folder, count)

    def reader(name: str) -> Reader:
        return lambda: np.concatenate([pq.read_table(path, columns=[name])[name].to_numpy() for path in paths])

    return {name: reader(name) for name in names}


def _joined(read: Reader, here: Column) -> Reader:
    return lambda: np.concatenate([read(), here])
