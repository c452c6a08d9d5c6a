"""Records of invocations that go to disk while the simulation runs, so many at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wrench_serverless._files import replacing
from wrench_serverless._lazy import Column, LazyColumn

if TYPE_CHECKING:
    from wrench_serverless import _core

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

    def columns(self, here: Mapping[str, Column]) -> Mapping[str, Column | LazyColumn]:
        """All rows so far: those that are on disk, and then those that are still `here`. Read when somebody looks."""
        if self.parts == 0:
            return here
        return read_parts(self.folder, self.parts, here)


def part_paths(folder: Path, count: int | None = None) -> list[Path]:
    """The files of rows: those that are there, or so many as they are called."""
    if count is None:
        return sorted(folder.glob("part-*.parquet"))
    return [folder / f"part-{part:05}.parquet" for part in range(count)]


def read_parts(folder: Path, count: int, after: Mapping[str, Column]) -> dict[str, LazyColumn]:
    """The columns of the first files of rows, and then those of `after`. Read when somebody looks."""
    paths = part_paths(folder, count)

    def rows_of(path: Path) -> int:
        return int(pq.read_metadata(path).num_rows)

    def column(name: str) -> LazyColumn:
        def read(first: list[Path]) -> list[Column]:
            return [pq.read_table(path, columns=[name])[name].to_numpy() for path in first]

        def head(wanted: int) -> Column:
            needed, rows = 0, 0
            while needed < len(paths) and rows < wanted:
                rows += rows_of(paths[needed])
                needed += 1
            return np.concatenate([after[name][:0], *read(paths[:needed]), after[name]])[:wanted]

        return LazyColumn(
            lambda: np.concatenate([*read(paths), after[name]]),
            head,
            lambda: sum(map(rows_of, paths)) + len(after[name]),
        )

    return {name: column(name) for name in after}
