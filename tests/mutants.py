"""Breaks one rule at a time, in a copy of the tree, and says which test notices. Not part of `make test`: slow.

    python tests/mutants.py              all of them: one incremental build and the tests for each
    python tests/mutants.py R17 R24      those of some rules
    python tests/mutants.py --check      only: does each mutation still fit the source, and compile?

A check of syntax is enough for the latter: seconds for each. It takes the flags of build/release/compile_commands.json;
without that file (`make build` writes it) nothing is compiled, and the last line says so.

A mutant that survives wants a test that kills it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutant import Mutant
from mutants_below import BELOW_SERVICE
from mutants_service import IN_SERVICE

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path("build/release")
COMMANDS = BUILD / "compile_commands.json"
CORES = 2  # for the check of syntax: each takes half a GB of memory

# By rule; those of a rule in the order of their layers.
MUTANTS = sorted(BELOW_SERVICE + IN_SERVICE, key=lambda mutant: int(re.sub(r"\D", "", mutant.rule)))


def run(command: list[str], where: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    try:
        path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"  # cmake and ninja, as for make build
        environment = {**os.environ, "PATH": path, "WRENCH_SERVERLESS_CHECK": "1"}
        return subprocess.run(
            command, cwd=where, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(command, 124, str(error.stdout or ""), "no end in sight")


def killer(mutant: Mutant, tree: Path) -> str | None:
    """The first test that fails; None: the mutant survives."""
    for binary in mutant.binaries:
        found = run([str(tree / BUILD / "tests" / binary), "--abort"], tree, 300)
        if found.returncode == 0:
            continue
        if found.returncode == 124:
            return f"{binary}: no end in sight"
        name = re.search(r"^-{20,}\n(.+?)\n-{20,}$", found.stdout, re.DOTALL | re.MULTILINE)
        return f"{binary}: {' '.join(name[1].split())}" if name else f"{binary}: exit {found.returncode}"
    return None


def mutated(mutant: Mutant, source: str) -> str:
    return source.replace(mutant.old, mutant.new, 1)


def syntax_error(mutant: Mutant, command: str, copy: Path) -> str | None:
    """What the compiler has against the mutated file, which is written to `copy`; None: nothing."""
    copy.write_text(mutated(mutant, (ROOT / "cpp" / mutant.file).read_text()))
    flags = shlex.split(command)
    at = flags.index("-o")
    done = run([*flags[:at], "-fsyntax-only", str(copy)], ROOT, 600)  # after it come the object, -c and the file
    if done.returncode == 0:
        return None
    return " ".join(re.findall(r"error: .*", done.stderr)[:1]) or f"exit {done.returncode}"


def check_syntax(mutants: list[Mutant]) -> int:
    """How many of them don't compile; prints which, and how many do."""
    if not (ROOT / COMMANDS).exists():
        print(f"not compiled: there is no {COMMANDS}")
        return 0
    commands = {entry["file"]: entry["command"] for entry in json.loads((ROOT / COMMANDS).read_text())}
    known = [mutant for mutant in mutants if str(ROOT / "cpp" / mutant.file) in commands]
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(CORES) as pool:
        verdicts = [
            pool.submit(syntax_error, mutant, commands[str(ROOT / "cpp" / mutant.file)], Path(scratch, f"{index}.cpp"))
            for index, mutant in enumerate(known)
        ]
        errors = [(mutant, verdict.result()) for mutant, verdict in zip(known, verdicts, strict=True)]
    wrong = [(mutant, error) for mutant, error in errors if error]
    for mutant, error in wrong:
        print(f"{mutant.rule}, {mutant.what}: does not compile: {error}")
    for mutant in mutants:
        if mutant not in known:
            print(f"{mutant.rule}, {mutant.what}: {COMMANDS} does not have cpp/{mutant.file}")
    print(f"{len(known) - len(wrong)} of {len(mutants)} mutations compile")
    return len(mutants) - len(known) + len(wrong)


def judge(mutant: Mutant, tree: Path) -> str:
    path = tree / "cpp" / mutant.file
    source = path.read_text()
    path.write_text(mutated(mutant, source))
    try:
        built = run(["cmake", "--build", str(BUILD), "--target", *mutant.binaries], tree, 3600)
        if built.returncode != 0:
            return "DOES NOT BUILD: " + " ".join(re.findall(r"error: .*", built.stdout)[:1])
        return killer(mutant, tree) or "SURVIVES"
    finally:
        path.write_text(source)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rules", nargs="*")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if not arguments.rules or mutant.rule in arguments.rules]
    stale = [mutant for mutant in chosen if (ROOT / "cpp" / mutant.file).read_text().count(mutant.old) != 1]
    for mutant in stale:
        print(f"{mutant.rule}: cpp/{mutant.file} does not have, exactly once: {mutant.old!r}")
    if arguments.check or stale:
        print(f"{len(chosen) - len(stale)} of {len(chosen)} mutations fit")
        wrong = check_syntax([mutant for mutant in chosen if mutant not in stale]) if arguments.check else 0
        return 1 if stale or wrong else 0
    survivors = 0
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        shutil.copytree(
            ROOT, tree, symlinks=True, ignore=shutil.ignore_patterns(".git", "build", ".venv", "__pycache__")
        )
        binaries = sorted({binary for mutant in chosen for binary in mutant.binaries})
        for step in (["cmake", "--preset", "release"], ["cmake", "--build", str(BUILD), "--target", *binaries]):
            done = run(step, tree, 3600)
            if done.returncode != 0:
                print(f"the tree itself does not build: {' '.join(step)}\n{(done.stdout + done.stderr)[-2000:]}")
                return 2
        print("| rule | mutation | killed by |\n|---|---|---|")
        for mutant in chosen:
            verdict = judge(mutant, tree)
            survivors += verdict == "SURVIVES" or verdict.startswith("DOES NOT BUILD")
            print(f"| {mutant.rule} | {mutant.what} | {verdict} |", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
