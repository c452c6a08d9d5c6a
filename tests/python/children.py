"""Programs that may end their process: each runs in a child of its own, in a folder that goes when it ends."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

WORLD = "from world import World, nap, platform\nimport wrench_serverless as ws\n"


def run_child(program: str, *, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program, with `world` and `ws` at hand; `before` comes before anything is imported."""
    path = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [sys.executable, "-c", before + "\n" + path + WORLD + program],
            cwd=folder,
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
