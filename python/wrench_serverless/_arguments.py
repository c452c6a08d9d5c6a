"""Checks of what callers give: an error names the argument, what came, and what would be right."""

from __future__ import annotations

import inspect
import math
import numbers
import operator
import os
from collections.abc import Iterable
from types import FunctionType, MethodType
from typing import Any, TypeVar

import numpy as np

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


def check_takes(function: Any, count: int, argument: str, how: str) -> None:
    """Raises TypeError if a call with so many arguments would fail; `how` says how it is called.

    Builtins that have no signature are let through.
    """
    if type(function) is FunctionType and _code_takes(function, count):
        return  # the usual case, fast: there may be hundreds of thousands of functions
    if (
        type(function) is MethodType
        and type(function.__func__) is FunctionType
        and _code_takes(function.__func__, count + 1)
    ):
        return
    try:
        # What it wraps may take something else.
        signature = inspect.signature(function, follow_wrapped=False)
    except Exception:  # it has none, or does not say
        return
    try:
        signature.bind(*[None] * count)
    except TypeError as error:
        takes = shown(signature).removeprefix("<Signature ").removesuffix(">")  # defaults are the user's objects
        raise TypeError(f"{argument}: it is called as {how}, and {shown(function)} takes {takes}: {error}") from None


def _code_takes(function: FunctionType, count: int) -> bool:
    """Can it be called with so many arguments, by position? False: look more closely."""
    code = function.__code__
    least = code.co_argcount - len(function.__defaults__ or ())
    most = count if code.co_flags & inspect.CO_VARARGS else code.co_argcount
    return least <= count <= most and code.co_kwonlyargcount <= len(function.__kwdefaults__ or ())


def several(values: Iterable[T], kinds: type | tuple[type, ...], argument: str, what: str) -> list[T]:
    """A list of all values, if they are of these kinds. Raises TypeError otherwise; a text is no list of names."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"{argument}: give a list of {what}, not {name_of_type(values)}")
    given = list(values)
    for place, value in enumerate(given):
        if not isinstance(value, kinds):
            raise TypeError(f"{argument}: give a list of {what}; number {place} of it is {name_of_type(value)}")
    return given


_LONGEST = 60  # characters of a value in an error


def shortened(text: str) -> str:
    """The text as it can be printed, not too long."""
    text = text[: 2 * _LONGEST]
    if not text.isprintable():
        text = repr(text)[1:-1]
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def shown(value: object) -> str:
    """The value as errors show it. What can't be shown is named by its type."""
    if isinstance(value, int) and value.bit_length() > 4 * _LONGEST:
        return f"a whole number of {value.bit_length()} bits"
    try:
        return shortened(repr(value[: 2 * _LONGEST] if isinstance(value, (str, bytes)) else value))
    except Exception:
        return f"a {name_of_type(value)}"


def is_number(value: object) -> bool:
    """A real number, of Python's or NumPy's; a truth value is none."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def number(value: Any, argument: str, what: str, *, above: float = -math.inf) -> float:
    """A finite number above `above`. Raises TypeError and ValueError: `what` says what to give."""
    if not is_number(value):
        raise TypeError(f"{argument}: give {what}, not {shown(value)}")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not above < result < math.inf:
        raise ValueError(f"{argument} is {shown(value)}: give {what}")
    return result


def count(value: Any, argument: str, what: str, *, end: int) -> int:
    """A whole number from 0 to `end`, without it. Raises TypeError for all but integers: fractions, texts, bool."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(type(value), "__index__"):
        raise TypeError(f"{argument}: give {what}, not {shown(value)}")
    try:
        result = operator.index(value)
    except TypeError:  # an array
        raise TypeError(f"{argument}: give {what}, not {shown(value)}") from None
    if not 0 <= result < end:
        raise ValueError(f"{argument} is {shown(result)}: give {what}, from 0 to {end - 1}")
    return result


def choice(value: Any, words: tuple[str, ...], argument: str) -> None:
    """Raises TypeError and ValueError unless it is one of these words."""
    *others, last = (f"'{word}'" for word in words)
    help = f"give {', '.join(others)} or {last}"
    if not isinstance(value, str):
        raise TypeError(f"{argument}: {help}, not {shown(value)}")
    if value not in words:
        raise ValueError(f"{argument} is {shown(value)}: {help}")


def path(value: Any, argument: str, what: str) -> str:
    """The path as a text. Raises TypeError for what is none, and ValueError where the system could not take it."""
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{argument}: give {what}, not {shown(value)}")
    text = os.fspath(value)
    if not isinstance(text, str):
        raise TypeError(f"{argument}: give {what} as a text, not {shown(text)}")
    if not text or "\0" in text or not _is_encodable(text):
        raise ValueError(f"{argument} is {shown(text)}: give {what}")
    return text


def _is_encodable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeError:
        return False
    return True
