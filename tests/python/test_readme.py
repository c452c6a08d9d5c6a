"""The README's example does what the README says."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def blocks() -> tuple[str, str]:
    """The README's Python script, and the output that it claims."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    script = next(index for index, (language, _) in enumerate(found) if language == "python")
    return found[script][1], found[script + 1][1]


def test_readme_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    script, expected = blocks()
    path = tmp_path / "readme.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout == expected
