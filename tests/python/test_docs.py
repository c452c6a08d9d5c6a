"""The code in the documentation runs, and prints what is written below it."""

from __future__ import annotations

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str, int]]:
    """Language, text, and line of each block of code."""
    text = page.read_text()
    return [(match[1], match[2], text.count("\n", 0, match.start()) + 1) for match in BLOCK.finditer(text)]


PAGES = [page for page in sorted(DOCS.rglob("*.md")) if any(language == "python" for language, _, _ in blocks(page))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a page in `python` are one program; a block in `text` is what the one before it prints."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for language, text, line in blocks(page):
        if language == "python":
            assert printed == "", f"{page.name}, above line {line}: output that is not shown"
            with redirect_stdout(StringIO()) as out:
                exec(compile("\n" * line + text, page, "exec"), names)
            printed = out.getvalue()
        elif language == "text":
            assert printed.rstrip() == text.rstrip(), f"{page.name}, line {line}"
            printed = ""
    assert printed == ""


def test_there_are_pages() -> None:
    assert len(PAGES) >= 5
