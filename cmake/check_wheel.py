"""Install a wheel into a fresh virtual environment, away from the tree, and run a small simulation with it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import make_venv

CHECK = """
import sys
from pathlib import Path
import wrench_serverless as ws

home = Path(ws.__file__).parent
assert Path(sys.prefix) in home.parents, home
mapped = {line.split()[-1] for line in open("/proc/self/maps") if "libsimgrid" in line}
assert mapped and all(Path(path).parent == home for path in mapped), mapped

sim = ws.Simulation(ws.Platform.cluster(nodes=1, cores=1, speed="1Gf", ram="1GB", disk="1GB"))
ended = []

@sim.controller("user")
def main():
    ws.sleep(1.5)
    ended.append(ws.now())

sim.run()
assert ended == [1.5], ended
print(f"the wheel works: {home}")
"""


def main() -> None:
    """Take the wheel as the only argument."""
    wheel = Path(sys.argv[1]).resolve()
    environment = {**os.environ, "WRENCH_SERVERLESS_CACHE": os.devnull}
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder, "venv", "bin", "python")
        make_venv.make(str(Path(folder, "venv")))
        subprocess.run([python, "-m", "pip", "install", "-qq", str(wheel)], check=True)
        subprocess.run([python, "-I", "-c", CHECK], check=True, cwd=folder, env=environment)
    print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
