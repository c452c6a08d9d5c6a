"""Make a virtual environment, also where Debian's python3 comes without the means to; say what is missing otherwise."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path


def missing_packages() -> list[str]:
    """Debian packages that a build can't do without."""
    missing = []
    if not shutil.which(os.environ.get("CXX", "c++")):
        missing.append("g++")
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        missing.append("python3-dev")
    return missing


def make(folder: str) -> None:
    """Make the environment with venv, or with virtualenv, or with a virtualenv that pip brings for this once."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    elif importlib.util.find_spec("virtualenv"):
        subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", "--clear", folder], check=True)
    elif importlib.util.find_spec("pip"):
        with tempfile.TemporaryDirectory() as place:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", place, "virtualenv"]
            subprocess.run(pip, check=True)
            command = [sys.executable, "-m", "virtualenv", "--quiet", "--clear", folder]
            subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": place})
    else:
        sys.exit("python3 can't make virtual environments; try: apt-get install python3-venv")


def main() -> None:
    """Take the folder as the only argument."""
    if sys.version_info < (3, 10):  # noqa: UP036 - this runs before anything has checked it
        sys.exit(
            f"{sys.executable} is {sys.version.split()[0]}, 3.10 or later is needed; name another: make PYTHON=..."
        )
    if missing := missing_packages():
        sys.exit(f"missing; try: apt-get install {' '.join(missing)}")
    make(sys.argv[1])


if __name__ == "__main__":
    main()
