"""How results print: bounded tables in a terminal, and the same as HTML in a notebook."""

from __future__ import annotations

import enum
import html
import math
import shutil
from collections.abc import Iterable, Sequence
from typing import Any

from wrench_serverless import _core

NOTHING = "–"  # printed where there is no value


def print_enums_by_name() -> None:
    """Make the enums of the core print as the names of their members, also in f-strings. Formats for numbers work."""

    def name_of(self: enum.IntEnum) -> str:
        return self.name

    def format_member(self: enum.IntEnum, spec: str) -> str:
        return format(int(self) if spec and spec[-1] in "bcdeEfFgGnoxX%" else self.name, spec)

    for kind in vars(_core).values():
        if isinstance(kind, type) and issubclass(kind, enum.IntEnum):
            setattr(kind, "__str__", name_of)  # noqa: B010  its type is that of an int's
            setattr(kind, "__format__", format_member)  # noqa: B010


def percentage(share: float) -> str:
    """A share of 1 in percent."""
    return NOTHING if math.isnan(share) else f"{100 * share:.1f} %"


def cell(value: Any) -> str:
    """A value of a table: six digits, and – for none."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def text_table(names: Sequence[str], rows: Sequence[Sequence[str]], row_count: int) -> str:
    """The rows under their names, aligned to the right, with as many columns as the terminal is wide."""
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    room = shutil.get_terminal_size((120, 24)).columns
    shown = 0
    while shown < len(names) and (shown == 0 or sum(widths[: shown + 1]) + 2 * shown <= room):
        shown += 1
    lines = ["  ".join(map(str.rjust, row[:shown], widths)) for row in (names, *rows)]
    if row_count > len(rows):
        lines.append(f"… {row_count - len(rows):,} more rows")
    if shown < len(names):
        lines.append(f"… {len(names) - shown} more columns: {', '.join(names[shown:])}")
    return "\n".join(lines)


def html_table(names: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """The same as an HTML table; whatever is in the cells is text."""

    def line(kind: str, cells: Iterable[str]) -> str:
        return "<tr>" + "".join(f"<{kind}>{html.escape(text)}</{kind}>" for text in cells) + "</tr>"

    head = f"<thead>{line('th', names)}</thead>" if names else ""
    body = "".join(line("td", row) for row in rows)
    return f"<table><caption>{html.escape(caption)}</caption>{head}<tbody>{body}</tbody></table>"
