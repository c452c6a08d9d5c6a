"""Who may include whom: bindings → service → engine → policy → model, downwards only; SimGrid from engine alone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ["model", "policy", "engine", "service", "bindings"]  # each may include those before it
SIMGRID = ("simgrid/", "xbt/", "xbt.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.?pp"))


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text())


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_includes_only_layers_below_it(layer: str) -> None:
    above = LAYERS[LAYERS.index(layer) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in sources(f"cpp/{layer}", f"tests/{layer}")
        for name in includes(path)
        if name.split("/")[0] in above
    ]
    assert not wrong


def test_only_the_engine_includes_simgrid() -> None:
    folders = [f"cpp/{layer}" for layer in LAYERS if layer != "engine"] + ["tests/model", "tests/policy"]
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in sources(*folders)
        for name in includes(path)
        if name.startswith(SIMGRID)
    ]
    assert not wrong


def test_public_headers_include_public_headers_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in sources("cpp/include")
        for name in includes(path)
        if name.split("/")[0] in LAYERS
    ]
    assert not wrong


def test_only_bindings_include_python() -> None:
    folders = [f"cpp/{layer}" for layer in LAYERS if layer != "bindings"]
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in sources("cpp/include", *folders)
        for name in includes(path)
        if name.startswith(("pybind11/", "Python.h"))
    ]
    assert not wrong


def test_no_file_is_longer_than_500_lines() -> None:
    folders = ("cpp", "python", "tests", "examples", "benchmarks", "cmake")
    endings = {".cpp", ".hpp", ".py", ".pyi", ".cmake"}
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in endings]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files}
    assert not {name: lines for name, lines in lengths.items() if lines > 500}
