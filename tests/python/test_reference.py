"""The reference in the documentation has everything that is public, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import wrench_serverless as ws

ROOT = Path(__file__).resolve().parents[2]


def test_the_python_page_has_all_that_the_package_has() -> None:
    text = (ROOT / "docs/reference/python.md").read_text()
    found = re.findall(r"^\.\. auto\w+:: wrench_serverless\.(\w+)$", text, re.MULTILINE)
    assert sorted(found) == sorted(ws.__all__)


def test_the_cpp_page_has_all_headers() -> None:
    text = (ROOT / "docs/reference/cpp.md").read_text()
    found = re.findall(r"^\| `(\w+\.hpp)` \|", text, re.MULTILINE)
    headers = [path.name for path in (ROOT / "cpp/include/wrench_serverless").glob("*.hpp")]
    headers.remove("wrench_serverless.hpp")  # the page begins with it: it includes the others
    assert sorted(found) == sorted(headers)
    assert "`#include <wrench_serverless/wrench_serverless.hpp>`" in text


def test_one_header_includes_all_others() -> None:
    """So says the page."""
    folder = ROOT / "cpp/include"
    seen: set[str] = set()
    left = ["wrench_serverless/wrench_serverless.hpp"]
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += re.findall(r'^#include "(\S+)"', (folder / name).read_text(), re.MULTILINE)
    assert seen == {str(path.relative_to(folder)) for path in folder.rglob("*.hpp")}
