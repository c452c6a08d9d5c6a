"""Checks of what callers give: an error names the argument, what came, and what would be right."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def name_of_type(value: object) -> str:
    return "None" if value is None else type(value).__name__


def one(value: Any, kinds: type[T] | tuple[type[T], ...], argument: str, what: str) -> T:
    """The value, if it is one of these. Raises TypeError otherwise: `what` says what to give."""
    if not isinstance(value, kinds):
        raise TypeError(f"{argument}: give {what}, not {name_of_type(value)}")
    return value


def check_plain_function(function: Any, argument: str) -> None:
    """Raises TypeError unless calling it is all that it takes to run it. The core asks this, too."""
    if not callable(function):
        raise TypeError(f"{argument}: give a callable, not {name_of_type(function)}")
    kinds = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    if any(is_of(function) for is_of in kinds):
        raise TypeError(
            f"{argument}: give a plain function, not one with yield or async: {function!r} would never run. "
            "It calls sleep() and others as they are"
        )


def several(values: Iterable[T], kinds: type | tuple[type, ...], argument: str, what: str) -> list[T]:
    """A list of all values, if they are of these kinds. Raises TypeError otherwise; a text is no list of names."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"{argument}: give a list of {what}, not {name_of_type(values)}")
    given = list(values)
    for place, value in enumerate(given):
        if not isinstance(value, kinds):
            raise TypeError(f"{argument}: give a list of {what}; number {place} of it is {name_of_type(value)}")
    return given
