"""A mutation of one file: what `mutants.py` breaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    rule: str
    what: str
    file: str  # under cpp
    old: str
    new: str
    binaries: tuple[str, ...] = ("test_service",)
