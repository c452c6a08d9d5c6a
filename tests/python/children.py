"""Programs that may end their process: each runs in a child of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WORLD = "from world import World, nap, platform\nimport wrench_serverless as ws\n"


def run_child(program: str, *, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program, with `world` and `ws` at hand; `before` comes before anything is imported."""
    path = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", before + "\n" + path + WORLD + program],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def output_of(program: str) -> list[str]:
    """What it prints, line by line; it ends well."""
    done = run_child(program)
    assert done.returncode == 0, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout.splitlines()
