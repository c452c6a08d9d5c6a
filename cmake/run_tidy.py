"""Run clang-tidy over our files in a compile_commands.json; files that were clean and did not change are skipped."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def fingerprint(entry: dict[str, str], configuration: bytes) -> str:
    """Hash of the file as the compiler sees it, with all its headers, and of what to check."""
    command = shlex.split(entry["command"])
    del command[command.index("-o") : command.index("-o") + 2]
    command[command.index("-c")] = "-E"
    text = subprocess.run(command, cwd=entry["directory"], capture_output=True, check=False).stdout
    return hashlib.sha256(configuration + entry["command"].encode() + text).hexdigest()


def check(build: Path, entry: dict[str, str], configuration: bytes) -> str:
    """Return what clang-tidy has to say about one file; nothing if it is clean."""
    stamp = build / "clean" / fingerprint(entry, configuration)
    if stamp.exists():
        return ""
    command = ["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option", f"-p={build}", entry["file"]]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0 and "warning:" not in result.stdout:
        stamp.parent.mkdir(exist_ok=True)
        stamp.touch()
        return ""
    return result.stdout + result.stderr


def new_findings(output: str, seen: set[str]) -> str:
    """Leave out what another file's check has already said about a header."""
    blocks = re.split(r"^(?=\S+:\d+:\d+: (?:error|warning):)", output, flags=re.MULTILINE)
    kept = [block for block in blocks if block.split("\n")[0] not in seen]
    seen.update(block.split("\n")[0] for block in blocks)
    return "".join(kept)


def main() -> None:
    """Take the build folder and the number of jobs."""
    build, jobs = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    subprocess.run(["cmake", "--build", str(build), "--target", "build.ninja"], capture_output=True, check=True)
    entries = json.loads((build / "compile_commands.json").read_text())
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    configuration = (ROOT / ".clang-tidy").read_bytes() + version
    seen: set[str] = set()
    failed = 0
    with ThreadPoolExecutor(jobs) as pool:
        results = pool.map(lambda entry: check(build, entry, configuration), entries)
        for number, (entry, output) in enumerate(zip(entries, results, strict=True), start=1):
            name = Path(entry["file"]).relative_to(ROOT)
            print(f"[{number}/{len(entries)}] {name}{' FAILED' if output else ''}", flush=True)
            if output:
                print(new_findings(output, seen), flush=True)
                failed += 1
    if failed:
        sys.exit(f"clang-tidy: {failed} of {len(entries)} files are not clean")


if __name__ == "__main__":
    main()
