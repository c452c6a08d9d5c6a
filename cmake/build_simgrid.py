#!/usr/bin/env python3
"""Build the pinned SimGrid once, into a cache folder outside the tree, and print where it is.

The sources are the source distribution of the Python package `simgrid`, the Boost headers come from the Python package
`boost-headers`: nothing but pip, CMake and a C++ compiler is needed. Finished builds are found again by their key, a
hash of everything that decides the result; an unfinished one never has that name, so it can't pass for a finished one.

The result holds `include` (the headers of SimGrid, and those of Boost that they need), `lib` (the stripped library),
`catch` (catch.hpp, which SimGrid carries) and `licenses`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

LAYOUT = 2  # of the result; raise it when build() changes
VERSION = "4.1"
SIMGRID_SHA256 = "23ac24cb5b2467f1f051c992ec921b4a9f8f5ac2df16c489bd01bf1c44e6e817"
BOOST = "boost-headers==1.85.0.post1"
BOOST_SHA256 = "4510a571d3bf6c5e913b31d2a9b2441ee79f883ae42d42a5882dd1da46b35e7f"

CMAKE_FLAGS = [
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_SHARED_LINKER_FLAGS=-s -Wl,-z,defs",
    "-Dminimal-bindings=ON",
    "-Denable_smpi=OFF",
    "-Denable_python=OFF",
    "-Denable_java=OFF",
    "-Denable_model-checking=OFF",
    "-Denable_lto=OFF",
    "-Denable_sthread=OFF",
    "-Denable_documentation=OFF",
]

# What SimGrid includes of Boost, with what that includes: a sixth of all headers.
BOOST_FOLDERS = {
    "algorithm",
    "assert",
    "bind",
    "concept",
    "config",
    "core",
    "detail",
    "exception",
    "function",
    "heap",
    "intrusive",
    "iterator",
    "move",
    "mp11",
    "mpl",
    "optional",
    "parameter",
    "preprocessor",
    "range",
    "smart_ptr",
    "type_traits",
    "utility",
}

PRECOMPILED_HEADER = Path(__file__).with_name("simgrid_pch.hpp").read_text()

PRECOMPILE = """\
target_precompile_headers(simgrid PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:{folder}/simgrid_pch.hpp>")
target_compile_options(simgrid PRIVATE -g0 -O2)
set_source_files_properties(src/xbt/xbt_misc.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
"""

# CMake's own FindBoost comes and goes with its version and asks this file first.
BOOST_CONFIG = """\
set(Boost_FOUND TRUE)
set(Boost_INCLUDE_DIRS "{boost}")
"""

# file -> (old, new): exact texts, so that nothing changes silently.
CONTEXTS = "src/kernel/context/ContextSwapped"
EDITS = {
    CONTEXTS + ".hpp": [("#if HAVE_SANITIZER_ADDRESS_FIBER_SUPPORT", "#if 1")],
    CONTEXTS + ".cpp": [
        ("#if HAVE_SANITIZER_ADDRESS_FIBER_SUPPORT\n#include <sanitizer/asan_interface.h>\n#endif\n", ""),
        ("#if HAVE_SANITIZER_ADDRESS_FIBER_SUPPORT", "#if 1"),
        ("__sanitizer_start_switch_fiber", "wrench_serverless_start_switch"),
        ("__sanitizer_finish_switch_fiber", "wrench_serverless_finish_switch"),
        (
            "this->asan_stack_ = get_stack_bottom();",
            "this->asan_stack_ = this->stack_;\n    this->asan_stack_size_ = actor->get_stacksize();",
        ),
    ],
}


def key() -> str:
    """Name of the build in the cache: the version, and a hash of all that decides the result."""
    recipe = [LAYOUT, SIMGRID_SHA256, BOOST_SHA256, CMAKE_FLAGS, sorted(BOOST_FOLDERS), PRECOMPILED_HEADER, PRECOMPILE]
    text = repr([*recipe, EDITS, platform.system(), platform.machine()])
    return f"simgrid-{VERSION}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def cache_folder() -> Path:
    """Where builds are kept: WRENCH_SERVERLESS_CACHE, or wrench-serverless in the user's cache folder."""
    if chosen := os.environ.get("WRENCH_SERVERLESS_CACHE"):
        return Path(chosen).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wrench-serverless"


def say(text: str) -> None:
    print(f"simgrid: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two processes never build the same thing at once."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that is building into {path.parent}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: list[str], what: str, log: Path, **kwargs: object) -> None:
    """Run a command with its output in a log file; end with the last lines of that if it fails."""
    with log.open("w") as out:
        status = subprocess.run(
            command, cwd=log.parent, stdout=out, stderr=subprocess.STDOUT, check=False, **kwargs
        ).returncode  # type: ignore[call-overload]
    if status != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        sys.exit(f"{tail}\nsimgrid: {what} failed: {' '.join(command)}")


def download(requirement: str, sha256: str, options: list[str], work: Path) -> Path:
    """Let pip bring one distribution, and check its hash."""
    folder = work / re.split("=", requirement)[0]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "pip", "download", "--no-deps", *options, "--dest", str(folder), requirement]
    say(f"downloading {requirement} with pip")
    run(command, "the download", work / "download.log", env=environment)
    (file,) = folder.iterdir()
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"simgrid: {file.name} has SHA-256 {found}, not the pinned {sha256}")
    return file


def unpack_simgrid(archive: Path, work: Path) -> Path:
    """Unpack SimGrid's sources and make the edits."""
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(work, filter="data")
        else:
            tar.extractall(work)
    source = work / f"simgrid-{VERSION}"
    for name, edits in EDITS.items():
        text = (source / name).read_text()
        for old, new in edits:
            if old not in text:
                sys.exit(f"simgrid: {name} does not hold the text to edit: {old}")
            text = text.replace(old, new)
        (source / name).write_text(text)
    return source


def unpack_boost(wheel: Path, folder: Path) -> None:
    """Unpack the Boost headers that SimGrid needs."""
    prefix = "boost_headers/include/"
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = name.removeprefix(prefix)
            parts = path.split("/")
            if path != name and (len(parts) == 2 or parts[1] in BOOST_FOLDERS) and not name.endswith("/"):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))


def parallel_jobs() -> int:
    """As many jobs as there are cores to use, but one for each GB of memory at most."""
    if chosen := os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL"):
        return int(chosen)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return max(1, min(len(os.sched_getaffinity(0)), memory))


def compile_library(command: list[str], log: Path) -> None:
    """Run the build, showing how far it is: on one line in a terminal, else a line for every tenth."""
    start, shown = time.monotonic(), -1
    os.environ["NINJA_STATUS"] = "[%f/%t] "
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=log.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            out.write(line)
            if counts := re.match(r"\[ *(\d+)/(\d+)\]", line):
                percent = 100 * int(counts[1]) // int(counts[2])
            elif counts := re.match(r"\[ *(\d+)%\]", line):  # Makefiles
                percent = int(counts[1])
            else:
                continue
            text = f"simgrid: compiling {percent:3d} %  {time.monotonic() - start:4.0f} s"
            if sys.stderr.isatty():
                print(f"\r{text}", end="", file=sys.stderr, flush=True)
            elif percent // 10 != shown:
                print(text, file=sys.stderr, flush=True)
            shown = percent // 10
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if process.wait() != 0:
        errors = [line for line in log.read_text(errors="replace").splitlines() if not line.startswith("[")]
        sys.exit("\n".join(errors[-40:]) + "\nsimgrid: the compilation failed")


def build(work: Path, result: Path, options: argparse.Namespace) -> None:
    """Download, compile, and collect into `result`."""
    archive = download(f"simgrid=={VERSION}", SIMGRID_SHA256, ["--no-binary", "simgrid"], work)
    source = unpack_simgrid(archive, work)
    (result / "catch").mkdir(parents=True)
    shutil.copy2(source / "src/3rd-party/catch.hpp", result / "catch")
    if options.catch_only:
        return
    unpack_boost(download(BOOST, BOOST_SHA256, [], work), result / "include")

    objects = work / "objects"
    (work / "simgrid_pch.hpp").write_text(PRECOMPILED_HEADER)
    (work / "precompile.cmake").write_text(PRECOMPILE.format(folder=work))
    (work / "boost").mkdir()
    (work / "boost" / "BoostConfig.cmake").write_text(BOOST_CONFIG.format(boost=result / "include"))
    (work / "boost" / "BoostConfigVersion.cmake").write_text("set(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
    (work / "inject.cmake").write_text(f'cmake_language(DEFER CALL include "{work}/precompile.cmake")\n')
    configure = [options.cmake, "-S", str(source), "-B", str(objects), *CMAKE_FLAGS]
    configure += [f"-DBoost_DIR={work / 'boost'}", f"-DCMAKE_PROJECT_INCLUDE={work / 'inject.cmake'}"]
    if options.cxx:
        configure.append(f"-DCMAKE_CXX_COMPILER={options.cxx}")
    if ninja := options.ninja or shutil.which("ninja"):
        configure += ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
    say("configuring")
    run(configure, "the configuration", work / "configure.log")
    target = ["--target", "simgrid", "--parallel", str(parallel_jobs())]
    compile_library([options.cmake, "--build", str(objects), *target], work / "build.log")

    headers = shutil.ignore_patterns("*.in")
    shutil.copytree(source / "include", result / "include", ignore=headers, dirs_exist_ok=True)
    shutil.copytree(objects / "include" / "simgrid", result / "include" / "simgrid", dirs_exist_ok=True)
    shutil.copytree(objects / "lib", result / "lib", symlinks=True)
    (result / "licenses").mkdir()
    for name in ("COPYING", "LICENSE-LGPL-2.1", "AUTHORS"):
        shutil.copy2(source / name, result / "licenses" / f"SimGrid-{name}")


def main() -> None:
    """Print the folder of the finished build, after making it if need be."""
    parser = argparse.ArgumentParser(description="Build the pinned SimGrid once and print where it is.")
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--ninja", help="default: the one on the path, else CMake's default generator")
    parser.add_argument("--cxx", help="C++ compiler; default: CMake's choice")
    parser.add_argument("--catch-only", action="store_true", help="only bring catch.hpp")
    options = parser.parse_args()

    cache = cache_folder()
    final = cache / (key() + ("-catch" if options.catch_only else ""))
    if not final.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with locked(cache / f"{final.name}.lock"):
            if not final.exists():
                for unfinished in cache.glob(f".{final.name}.*"):
                    shutil.rmtree(unfinished)
                with tempfile.TemporaryDirectory(prefix=f".{final.name}.", dir=cache) as folder:
                    say(f"building SimGrid {VERSION} into {final}; this is done once and takes a few minutes")
                    start = time.monotonic()
                    result = Path(folder) / "result"
                    build(Path(folder), result, options)
                    result.rename(final)
                    say(f"done in {time.monotonic() - start:.0f} s")
    print(final)


if __name__ == "__main__":
    main()
