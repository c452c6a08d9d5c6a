"""Columns that are computed, or read from disk, when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Column = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class LazyColumn:
    """A column whose first rows, and their number, can be had without the rest."""

    read: Callable[[], Column]
    head: Callable[[int], Column]
    size: Callable[[], int]


AnyColumn = Column | LazyColumn
