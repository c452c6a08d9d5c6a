"""Every rule of the model has a test that is named after it: `test_R17_…` in Python, `TEST_CASE("R17 …")` in C++."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
RULES = [*(str(number) for number in range(1, 39)), "18b"]
NAMES = (
    ("*.py", re.compile(r"^\s*def test_((?:R\d+b?_)+)", re.MULTILINE)),
    ("*.cpp", re.compile(r'TEST_CASE(?:_METHOD\(\w+, |\()"((?:R\d+b?[ :,]+)+)')),
)


def rules_with_tests() -> set[str]:
    """The numbers at the beginning of a test's name; there may be several."""
    return {
        number
        for pattern, name in NAMES
        for path in TESTS.rglob(pattern)
        for numbers in name.findall(path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+b?", numbers)
    }


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_a_test_of_its_name(rule: str) -> None:
    assert rule in rules_with_tests(), f"no test is named after R{rule}"
